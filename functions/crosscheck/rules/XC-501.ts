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
  examples: [],
});
