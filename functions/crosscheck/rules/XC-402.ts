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
  examples: [],
});
