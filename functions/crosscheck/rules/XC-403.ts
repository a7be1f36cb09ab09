import { rule } from '../rule.ts';

export default rule({
  code: 'XC-403',
  slug: 'paid-after-death',
  name: { zh: '死亡后缴费', en: 'Premium paid after death' },
  family: 'death',
  owner: 'bureau',
  definition: '任何险种未退费的缴费，缴费日期晚于各来源中最晚的死亡日期。金额为实缴与资助之和（已扣除退费）。',
  needs: ['death-police', 'cremation', 'premium-payment'],
  facts: ['deaths', 'tickets'],
  considered: 'SELECT count(*) FROM tickets SEMI JOIN (SELECT person_key FROM deaths WHERE dead) USING (person_key)',
  sql: () => `
    SELECT t.person_key, t.ticket_no AS about, NULL AS outcome,
      'P2' AS priority, t.paid + t.subsidised AS amount_fen, NULL AS queue,
      {last: d.last_date, paidOn: t.pay_date} AS facts,
      ticket_refs(t.ref, t.refund_refs) || d.refs AS refs
    FROM tickets t JOIN deaths d USING (person_key)
    WHERE d.dead AND t.pay_date > d.last_date`,
  evidence: {
    'premium-payment': ['insutype', 'pay_year', 'paid_amt', 'subs_amt', 'pay_date', 'refund_flag'],
    'death-police': ['canc_type', 'death_date', 'canc_date', 'restored'],
    cremation: ['crem_date', 'death_date'],
  },
  summary: '死亡日期{last}之后于{paidOn}仍有缴费{amount}，请医保局与税务核实后退费。',
  examples: [],
});
