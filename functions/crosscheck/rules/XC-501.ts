import { rule } from '../rule.ts';

export default rule({
  code: 'XC-501',
  slug: 'overlapping-stays',
  name: { zh: '住院时间重叠', en: 'Overlapping stays' },
  family: 'benefits',
  owner: 'fund-supervision',
  definition:
    '同一人在不同医疗机构有两次未退费的住院结算，时间相互重叠（当日出院、当日入院的转院不算；新生儿随母不算）。每对一条，金额为两次中较小的基金支付。重叠一天或涉及转外住院、急诊转住院的降低优先级。',
  needs: ['settlement'],
  facts: ['settled'],
  considered: 'SELECT count(*) FROM settled WHERE in_patient',
  setAside: "SELECT 'taken-back' AS reason, count(*) FROM settled WHERE in_patient AND NOT stands",
  excluded: { 'taken-back': { zh: '已退费', en: 'a reversal, or taken back' } },
  sql: () => `
    WITH stays AS (SELECT * FROM settled WHERE in_patient AND stands AND med_type <> '9921')
    SELECT a.person_key, a.setl_id || '+' || b.setl_id AS about, NULL AS outcome,
      CASE
        WHEN least(a.end_date, b.end_date) - greatest(a.begin_date, b.begin_date) <= 1 THEN 'P2'
        WHEN a.med_type IN ('23', '24') OR b.med_type IN ('23', '24') THEN 'P2'
        ELSE 'P1'
      END AS priority,
      least(a.fund, b.fund) AS amount_fen, NULL AS queue,
      {days: least(a.end_date, b.end_date) - greatest(a.begin_date, b.begin_date)} AS facts,
      [a.ref, b.ref] AS refs
    FROM stays a JOIN stays b USING (person_key)
    WHERE a.setl_id < b.setl_id AND a.institution <> b.institution
      AND a.begin_date < b.end_date AND b.begin_date < a.end_date`,
  evidence: {
    settlement: ['setl_id', 'fixmedins_code', 'fixmedins_name', 'med_type', 'begndate', 'enddate', 'fund_pay_sumamt'],
  },
  summary: '两家医疗机构的住院时间重叠{days}天，涉及基金支付{amount}，请基金监督核对两次住院记录。',
  examples: [
    {
      title: 'two stays in different institutions at once: the smaller payment',
      given: {
        settlement: [
          { setl_id: 'F1' },
          {
            setl_id: 'F2',
            fixmedins_code: 'H2',
            begndate: '2022-03-05',
            enddate: '2022-03-20',
            fund_pay_sumamt: 500000,
            med_type: '52',
          },
        ],
      },
      finds: [{ about: 'F1+F2', priority: 'P1', amount_fen: 500000, facts: { days: 5 }, rows: 2 }],
    },
    {
      title: 'a transfer on the same day is clear, one day is less urgent, so is a transfer by its type',
      given: {
        settlement: [
          {},
          { fixmedins_code: 'H2', begndate: '2022-03-10', enddate: '2022-03-20' },
          { who: 'e', begndate: '2022-03-10', enddate: '2022-03-20' },
          { who: 'e', fixmedins_code: 'H2' },
          { who: 'b' },
          { who: 'b', fixmedins_code: 'H2', begndate: '2022-03-09', enddate: '2022-03-20' },
          { who: 'c' },
          { who: 'c', fixmedins_code: 'H2', begndate: '2022-03-05', enddate: '2022-03-20', med_type: '23' },
          { who: 'd' },
          { who: 'd', fixmedins_code: 'H2', begndate: '2022-03-08', enddate: '2022-03-20' },
        ],
      },
      finds: [
        { who: 'b', priority: 'P2', facts: { days: 1 } },
        { who: 'c', priority: 'P2', facts: { days: 5 } },
        { who: 'd', priority: 'P1', facts: { days: 2 } },
      ],
    },
    {
      title: 'three stays at once are three pairs',
      given: {
        settlement: [
          { setl_id: 'F3' },
          { setl_id: 'F4', fixmedins_code: 'H2' },
          { setl_id: 'F5', fixmedins_code: 'H3' },
        ],
      },
      finds: [{ about: 'F3+F4' }, { about: 'F3+F5' }, { about: 'F4+F5' }],
    },
    {
      title: 'one institution, out-patient care, a newborn with its mother, a stay taken back or without an end: clear',
      given: {
        settlement: [
          {},
          { begndate: '2022-03-05' },
          { who: 'b' },
          { who: 'b', fixmedins_code: 'H2', med_type: '11' },
          { who: 'c' },
          { who: 'c', fixmedins_code: 'H2', med_type: '9921' },
          { who: 'd' },
          { who: 'd', setl_id: 'F6', fixmedins_code: 'H2' },
          {
            who: 'd',
            setl_id: 'F7',
            fixmedins_code: 'H2',
            refd_setl_flag: true,
            orig_setl_id: 'F6',
            medfee_sumamt: -1000000,
            fund_pay_sumamt: -600000,
          },
          { who: 'e' },
          { who: 'e', fixmedins_code: 'H2', enddate: null },
        ],
      },
      finds: [],
    },
    {
      title: 'what an in-patient stay is, the region says',
      settings: { inPatientMedTypes: ['22'] },
      given: {
        settlement: [
          { med_type: '22' },
          { med_type: '22', fixmedins_code: 'H2' },
          { who: 'b' },
          { who: 'b', fixmedins_code: 'H2' },
        ],
      },
      finds: [{}],
    },
  ],
});
