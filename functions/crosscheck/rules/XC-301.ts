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
  examples: [
    {
      title: 'two tickets of one year: the sum less the largest',
      given: { 'premium-payment': [{}, { paid_amt: 30000, insutype: '391', insuplc_admdvs: '500101' }] },
      finds: [{ about: '2022', priority: 'P1', amount_fen: 30000, facts: { pay_year: '2022' }, rows: 2 }],
    },
    {
      title: 'each year by itself',
      given: {
        'premium-payment': [{}, { pay_year: '2021' }, { who: 'b', pay_year: '2020' }, { who: 'b', pay_year: '2020' }],
      },
      finds: [{ who: 'b', about: '2020', amount_fen: 32000 }],
    },
    {
      title: 'a refunded ticket is gone, a partly refunded one counts with what is left',
      given: {
        'premium-payment': [
          { ticket_no: 'A1' },
          { ticket_no: 'A2' },
          { ticket_no: 'A3', paid_amt: -32000, refund_flag: true, orig_ticket_no: 'A2' },
          { who: 'b', ticket_no: 'A4' },
          { who: 'b', ticket_no: 'A5' },
          { who: 'b', ticket_no: 'A6', paid_amt: -12000, refund_flag: true, orig_ticket_no: 'A5' },
        ],
      },
      finds: [{ who: 'b', amount_fen: 20000, rows: 3 }],
    },
    {
      title: 'a refund without flag is one by its negative amount, a flagged one by its flag',
      given: {
        'premium-payment': [
          { ticket_no: 'A7' },
          { ticket_no: 'A8' },
          { ticket_no: 'A9', paid_amt: -32000, orig_ticket_no: 'A8' },
          { who: 'b', ticket_no: 'A10' },
          { who: 'b', ticket_no: 'A11' },
          { who: 'b', ticket_no: 'A12', paid_amt: 32000, refund_flag: true, orig_ticket_no: 'A11' },
        ],
      },
      finds: [],
    },
    {
      title: 'a refund that names no ticket takes back its own number',
      given: {
        'premium-payment': [{}, { ticket_no: 'A14' }, { ticket_no: 'A14', paid_amt: -32000, refund_flag: true }],
      },
      finds: [],
    },
    {
      title: 'a ticket that the person paid nothing of, and one of the employee scheme, do not count',
      given: {
        'premium-payment': [{}, { paid_amt: 0, subs_amt: 32000 }, { who: 'b' }, { who: 'b', insutype: '310' }],
      },
      finds: [],
    },
    {
      title: 'one ticket sent twice under its number is one ticket',
      given: { 'premium-payment': [{ ticket_no: 'A13' }, { ticket_no: 'A13', paid_amt: 31000 }] },
      finds: [],
    },
  ],
});
