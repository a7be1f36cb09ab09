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
  examples: [
    {
      title: 'a ticket of any scheme paid after the last date of death',
      given: {
        'death-police': [{ death_date: '2021-10-05', canc_date: '2021-10-11' }],
        'premium-payment': [{ ticket_no: 'E1', insutype: '310', paid_amt: 20000, subs_amt: 12000 }],
      },
      finds: [{ about: 'E1', priority: 'P2', amount_fen: 32000, facts: { last: '2021-10-05' }, rows: 2 }],
    },
    {
      title: 'on the day, between the dates of two sources, or refunded: clear',
      given: {
        'death-police': [
          { death_date: '2021-12-01' },
          { who: 'b', death_date: '2021-11-20' },
          { who: 'c', death_date: '2021-10-05' },
        ],
        cremation: [{ who: 'b', death_date: '2021-12-05', crem_date: '2021-12-06' }],
        'premium-payment': [
          {},
          { who: 'b' },
          { who: 'c', ticket_no: 'E2' },
          { who: 'c', ticket_no: 'E3', paid_amt: -32000, refund_flag: true, orig_ticket_no: 'E2' },
        ],
      },
      finds: [],
    },
    {
      title: 'what a refund left is at stake',
      given: {
        'death-police': [{ death_date: '2021-10-05' }],
        'premium-payment': [
          { ticket_no: 'E4' },
          { ticket_no: 'E5', paid_amt: -12000, refund_flag: true, orig_ticket_no: 'E4' },
        ],
      },
      finds: [{ amount_fen: 20000, rows: 3 }],
    },
  ],
});
