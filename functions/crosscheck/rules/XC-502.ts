import { rule } from '../rule.ts';

export default rule({
  code: 'XC-502',
  slug: 'settled-twice',
  name: { zh: '疑似重复结算', en: 'Settled twice, probably' },
  family: 'benefits',
  owner: 'fund-supervision',
  definition:
    '同一人在同一医疗机构，开始日期、结束日期、医疗费总额都相同而结算编号不同的未退费结算，且同为住院，或就诊编号相同，或一次中心报销一次联网结算（同日金额相同的门诊、购药属正常；新生儿随母不算）。每组一条，金额为基金支付之和减去最大的一笔。',
  needs: ['settlement'],
  facts: ['settled'],
  considered: 'SELECT count(*) FROM settled',
  setAside: "SELECT 'taken-back' AS reason, count(*) FROM settled WHERE NOT stands",
  excluded: { 'taken-back': { zh: '已退费', en: 'a reversal, or taken back' } },
  sql: () => `
    WITH several AS (
      SELECT person_key, begin_date, total FROM settled WHERE stands
      GROUP BY person_key, begin_date, total HAVING count(*) > 1
    ),
    bills AS MATERIALIZED (
      SELECT * FROM settled SEMI JOIN several USING (person_key, begin_date, total)
      WHERE stands AND med_type <> '9921'
    ),
    twice AS (
      SELECT DISTINCT a.person_key, a.institution, a.begin_date, a.end_date, a.total, a.ref, a.fund
      FROM bills a JOIN bills b USING (person_key, institution, begin_date, end_date, total)
      WHERE b.setl_id <> a.setl_id
        AND (a.in_patient AND b.in_patient OR a.mdtrt_id = b.mdtrt_id
          OR a.setl_type = '1' AND b.setl_type = '2' OR a.setl_type = '2' AND b.setl_type = '1')
    )
    SELECT person_key, concat_ws(':', institution, begin_date, end_date, total) AS about, NULL AS outcome,
      'P0' AS priority, sum(fund)::BIGINT - max(fund) AS amount_fen, NULL AS queue,
      {settlements: count(*)} AS facts,
      list(ref) AS refs
    FROM twice
    GROUP BY person_key, institution, begin_date, end_date, total`,
  evidence: {
    settlement: [
      'setl_id',
      'mdtrt_id',
      'fixmedins_code',
      'med_type',
      'begndate',
      'enddate',
      'medfee_sumamt',
      'fund_pay_sumamt',
      'setl_type',
    ],
  },
  summary: '同一机构、同一时间、同一金额有{settlements}笔结算，涉及基金支付{amount}，请基金监督核对是否为同一次就诊。',
  examples: [
    {
      title: 'equal stays of one institution: all but the largest payment, one finding per group',
      given: {
        settlement: [
          { fund_pay_sumamt: 200000 },
          { fund_pay_sumamt: 300000, med_type: '23' },
          { fund_pay_sumamt: 200000 },
        ],
      },
      finds: [{ priority: 'P0', amount_fen: 400000, rows: 3 }],
    },
    {
      title: 'out-patient bills count with one visit number, or settled once at the centre and once directly',
      given: {
        settlement: [
          { med_type: '11', mdtrt_id: 'V1' },
          { med_type: '14', mdtrt_id: 'V1' },
          { who: 'b', med_type: '11', setl_type: '1' },
          { who: 'b', med_type: '11', setl_type: '2' },
        ],
      },
      finds: [{ amount_fen: 600000 }, { who: 'b' }],
    },
    {
      title: 'equal out-patient or pharmacy bills of a day are daily life',
      given: {
        settlement: [
          { med_type: '11' },
          { med_type: '11' },
          { who: 'b', med_type: '41', setl_type: '1' },
          { who: 'b', med_type: '41', setl_type: '1' },
          { who: 'c', med_type: '41', setl_type: null },
          { who: 'c', med_type: '41', setl_type: '1' },
        ],
      },
      finds: [],
    },
    {
      title: 'only the bills that pair belong to the group',
      given: {
        settlement: [
          { med_type: '11', mdtrt_id: 'V2' },
          { med_type: '11', mdtrt_id: 'V2' },
          { med_type: '11', mdtrt_id: 'V3' },
        ],
      },
      finds: [{ amount_fen: 600000, rows: 2 }],
    },
    {
      title: 'another day, total or institution, a bill taken back, a newborn with its mother, one number twice: clear',
      given: {
        settlement: [
          {},
          { enddate: '2022-03-11' },
          { begndate: '2022-03-02' },
          { medfee_sumamt: 999999 },
          { fixmedins_code: 'H2', begndate: '2022-04-01', enddate: '2022-04-05' },
          { begndate: '2022-04-01', enddate: '2022-04-05' },
          { who: 'b', setl_id: 'G1' },
          { who: 'b', setl_id: 'G2' },
          {
            who: 'b',
            setl_id: 'G3',
            refd_setl_flag: true,
            orig_setl_id: 'G2',
            medfee_sumamt: -1000000,
            fund_pay_sumamt: -600000,
          },
          { who: 'c', med_type: '9921', mdtrt_id: 'V4' },
          { who: 'c', med_type: '9921', mdtrt_id: 'V4' },
          { who: 'd', setl_id: 'G4' },
          { who: 'd', setl_id: 'G4', mdtrt_id: 'V5' },
        ],
      },
      finds: [],
    },
  ],
});
