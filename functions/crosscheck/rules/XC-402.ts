import { z } from 'zod';
import { rule } from '../rule.ts';

export default rule({
  code: 'XC-402',
  slug: 'settled-after-death',
  name: { zh: '死亡日期后有结算记录（待核实）', en: 'Settled after the date of death' },
  family: 'death',
  owner: 'bureau',
  definition:
    '未退费的结算，基金支付大于零，就诊开始日期晚于各来源中最晚的死亡日期（死亡前入院、死亡后结算的属正常）。公安、民政两个来源为最高优先级；中心报销或开始日期在3天以内的先核验。金额为基金支付总额。',
  needs: ['death-police', 'cremation', 'settlement'],
  facts: ['deaths', 'settled'],
  settings: z.strictObject({
    /** Days after the last date within which a visit may be a matter of late booking. */
    verifyWithinDays: z.number().int().default(3),
  }),
  considered: 'SELECT count(*) FROM settled SEMI JOIN (SELECT person_key FROM deaths WHERE dead) USING (person_key)',
  excluded: {
    'taken-back': { zh: '已退费', en: 'taken back' },
    'nothing-paid': { zh: '基金未支付', en: 'nothing paid by the fund' },
  },
  sql: ({ verifyWithinDays }) => `
    SELECT s.person_key, s.setl_id AS about,
      CASE WHEN NOT s.stands THEN 'taken-back' WHEN coalesce(s.fund, 0) <= 0 THEN 'nothing-paid' END AS outcome,
      CASE
        WHEN s.setl_type = '1' OR s.begin_date - d.last_date <= ${verifyWithinDays} THEN 'P2'
        WHEN len(d.sources) > 1 THEN 'P0'
        ELSE 'P1'
      END AS priority,
      s.fund AS amount_fen,
      CASE WHEN priority = 'P2' THEN 'verify' END AS queue,
      {last: d.last_date, sources: d.sources, verify: priority = 'P2'} AS facts,
      [s.ref] || d.refs AS refs
    FROM settled s JOIN deaths d USING (person_key)
    WHERE d.dead AND NOT s.reversal AND s.begin_date > d.last_date`,
  evidence: {
    settlement: [
      'setl_id',
      'med_type',
      'fixmedins_code',
      'begndate',
      'enddate',
      'setl_time',
      'fund_pay_sumamt',
      'setl_type',
    ],
    'death-police': ['canc_type', 'death_date', 'canc_date', 'restored'],
    cremation: ['crem_date', 'death_date'],
  },
  summary:
    '{sources*}记载的死亡日期{last}之后有就诊结算记录，基金支付{amount}，请医保局核对日期与就诊记录，由基金监督跟进。',
  words: { sources: { 'death-police': '公安注销', cremation: '民政火化' } },
  examples: [
    {
      title: 'a visit that began after the last date of death: with one source and with two',
      given: {
        'death-police': [{}, { who: 'b' }],
        cremation: [{ who: 'b' }],
        settlement: [
          { setl_id: 'D1', begndate: '2022-04-01', fund_pay_sumamt: 23400 },
          { who: 'b', setl_id: 'D2', begndate: '2022-04-01', fund_pay_sumamt: 23400 },
        ],
      },
      finds: [
        {
          about: 'D1',
          priority: 'P1',
          amount_fen: 23400,
          queue: 'dispatch',
          facts: { verify: false, sources: ['death-police'] },
          rows: 2,
        },
        { who: 'b', priority: 'P0', facts: { sources: ['cremation', 'death-police'] }, rows: 3 },
      ],
    },
    {
      title: 'two rows of one feed are one source',
      given: {
        'death-police': [{}, { death_date: '2022-03-11', canc_date: '2022-03-17' }],
        settlement: [{ begndate: '2022-04-01' }],
      },
      finds: [{ priority: 'P1', facts: { last: '2022-03-11' } }],
    },
    {
      title: 'within three days, or reimbursed at the centre, it is verified first',
      given: {
        'death-police': [{}, { who: 'b' }, { who: 'c' }],
        settlement: [
          { begndate: '2022-03-13' },
          { who: 'b', begndate: '2022-03-14' },
          { who: 'c', begndate: '2022-05-01', setl_type: '1' },
        ],
      },
      finds: [
        { priority: 'P2', queue: 'verify', facts: { verify: true } },
        { who: 'b', priority: 'P1', facts: { verify: false } },
        { who: 'c', priority: 'P2', queue: 'verify' },
      ],
    },
    {
      title: 'begun on or before the last date, taken back, or nothing paid by the fund: clear',
      given: {
        'death-police': [{}, { who: 'b' }, { who: 'c' }, { who: 'd' }],
        cremation: [{ who: 'd', death_date: '2022-04-05', crem_date: '2022-04-06' }],
        settlement: [
          { begndate: '2022-03-10', enddate: '2022-03-12' },
          { who: 'b', setl_id: 'D3', begndate: '2022-04-01' },
          {
            who: 'b',
            setl_id: 'D4',
            begndate: '2022-04-01',
            refd_setl_flag: true,
            orig_setl_id: 'D3',
            medfee_sumamt: -1000000,
            fund_pay_sumamt: -600000,
          },
          { who: 'c', begndate: '2022-04-01', fund_pay_sumamt: 0 },
          { who: 'd', begndate: '2022-04-01' },
        ],
      },
      finds: [],
    },
    {
      title: 'a restored or contradicted death is none here',
      given: {
        'death-police': [{ restored: true }, { who: 'b', restored: true }],
        cremation: [{ who: 'b' }],
        settlement: [{ begndate: '2022-04-01' }, { who: 'b', begndate: '2022-04-01' }],
      },
      finds: [],
    },
    {
      title: 'each settlement by itself; one sent twice under its number once',
      given: {
        'death-police': [{}],
        settlement: [
          { setl_id: 'D5', begndate: '2022-04-01' },
          { setl_id: 'D6', begndate: '2022-04-02', med_type: '41' },
          { setl_id: 'D6', begndate: '2022-04-02', med_type: '41', fund_pay_sumamt: 500 },
        ],
      },
      finds: [{ about: 'D5' }, { about: 'D6', amount_fen: 500 }],
    },
  ],
});
