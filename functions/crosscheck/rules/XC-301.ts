import { rule } from '../rule.ts';

export default rule({
  code: 'XC-301',
  slug: 'duplicate-payment',
  name: { zh: '重复缴费', en: 'Premium paid twice' },
  family: 'money',
  owner: 'tax-and-bureau',
  definition:
    '同一人同一费款所属年度有两张及以上个人实缴金额大于零的居民医保税票（已扣除退费）。金额为各张实缴之和减去最大的一张。',
  needs: ['premium-payment'],
  facts: ['tickets'],
  considered: "SELECT count(*) FROM tickets WHERE class = 'R'",
  setAside: "SELECT 'one-ticket' AS reason, count(*) FROM tickets WHERE class = 'R' AND of_year = 1",
  excluded: { 'one-ticket': { zh: '该年度只有一张税票', en: 'only one ticket of the year' } },
  sql: () => `
    SELECT person_key, pay_year AS about, NULL AS outcome,
      'P1' AS priority, sum(paid) - max(paid) AS amount_fen, NULL AS queue,
      {pay_year: pay_year} AS facts,
      flatten(list(ticket_refs(ref, refund_refs))) AS refs
    FROM tickets
    WHERE class = 'R' AND of_year > 1 AND paid > 0
    GROUP BY person_key, pay_year
    HAVING count(*) > 1`,
  evidence: {
    'premium-payment': ['insutype', 'pay_year', 'paid_amt', 'subs_amt', 'pay_date', 'insuplc_admdvs', 'refund_flag'],
  },
  summary: '{pay_year}年度居民医保多次缴费，多缴{amount}，请税务与医保核实后退费。',
  examples: [],
});
