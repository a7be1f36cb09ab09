import { z } from 'zod';
import { uncoveredNeeds } from '../facts/uncovered.fact.ts';
import { hints, rule } from '../rule.ts';

export default rule({
  code: 'XC-107',
  slug: 'paid-not-posted',
  name: { zh: '已缴费未入库', en: 'Paid but not posted' },
  family: 'not-covered',
  owner: 'tax-and-bureau',
  place: 1,
  definition:
    '目标人群中核查日没有有效参保，而有本年度未退费的居民医保缴费记录，最近一次缴费已超过15天的人员。15天以内的视为正常入库过程。本年度1月1日之前不提示。',
  needs: uncoveredNeeds,
  facts: ['uncovered', 'tickets'],
  settings: z.strictObject({
    /** Days a payment may take to reach the register. */
    postingDays: z.number().int().default(15),
  }),
  considered: 'SELECT count(*) FROM uncovered WHERE NOT next_year',
  excluded: {
    'in-posting': { zh: '刚缴费，正在入库', en: 'paid so recently that it may still be posted' },
    'before-the-year': { zh: '所缴年度尚未开始', en: 'the year paid for has not begun' },
    'outside-target': { zh: '不属于目标人群', en: 'outside the target population' },
  },
  sql: ({ postingDays }) => `
    WITH paid AS (
      SELECT person_key, max(pay_date) AS paid_on, flatten(list(ticket_refs(ref, refund_refs))) AS refs
      FROM tickets SEMI JOIN uncovered USING (person_key)
      WHERE class = 'R' AND pay_year = insurance_year()
      GROUP BY person_key
    )
    SELECT u.person_key, '' AS about,
      CASE
        WHEN NOT u.in_target THEN 'outside-target'
        WHEN as_of() < year_start() THEN 'before-the-year'
        WHEN as_of() - p.paid_on <= ${postingDays} THEN 'in-posting'
      END AS outcome,
      'P1' AS priority, NULL AS amount_fen, NULL AS queue,
      {paidOn: p.paid_on, hint: u.hint} AS facts,
      u.refs || p.refs AS refs
    FROM uncovered u JOIN paid p USING (person_key)
    WHERE NOT u.next_year`,
  evidence: {
    population: ['pop_kind', 'pop_stas', 'chg_date'],
    'premium-payment': ['insutype', 'pay_year', 'paid_amt', 'subs_amt', 'pay_date', 'refund_flag'],
  },
  summary: '已于{paidOn}缴纳本年度居民医保费，参保登记中尚无记录[，{hint}]，请税务与医保核对入库情况，不需入户。',
  words: { hint: hints },
  examples: [
    {
      title: 'a ticket of sixteen days ago that has not reached the register',
      given: { population: [{}], 'premium-payment': [{ pay_date: '2022-06-14' }] },
      finds: [{ priority: 'P1', queue: 'dispatch', rows: 2 }],
    },
    {
      title: 'fifteen days are still in time, and the newest of several counts',
      given: {
        population: [{}, { who: 'b' }],
        'premium-payment': [
          { pay_date: '2022-06-15' },
          { who: 'b', pay_date: '2021-11-01' },
          { who: 'b', pay_date: '2022-06-20', insutype: '391' },
        ],
      },
      finds: [],
    },
    {
      title: 'comes before all others of its family',
      given: {
        population: [{}, { who: 'b' }, { who: 'c', brdy: '2022-06-01' }],
        hardship: [{}],
        enrolment: [{ who: 'b', psn_insu_stas: '2' }],
        'premium-payment': [{}, { who: 'b' }, { who: 'c', pay_date: '2022-06-02' }],
      },
      finds: [{}, { who: 'b' }, { who: 'c' }],
    },
    {
      title: 'what refunds leave nothing of is no ticket; what they leave something of is',
      given: {
        population: [{}, { who: 'b' }],
        'premium-payment': [
          { ticket_no: 'T3' },
          { ticket_no: 'T4', paid_amt: -32000, refund_flag: true, orig_ticket_no: 'T3' },
          { who: 'b', ticket_no: 'T5', subs_amt: 16000, paid_amt: 16000 },
          { who: 'b', ticket_no: 'T6', paid_amt: -16000, refund_flag: true, orig_ticket_no: 'T5' },
        ],
      },
      finds: [{ who: 'b', rows: 3 }],
    },
    {
      title: 'tickets of another year or of the employee scheme do not count',
      given: {
        population: [{}, { who: 'b' }],
        'premium-payment': [{ pay_year: '2021' }, { who: 'b', insutype: '310' }],
      },
      finds: [],
    },
    {
      title: 'is not raised before the year begins, and the payer is in none of the others',
      asOf: '2022-11-15',
      year: '2023',
      given: { population: [{}], 'premium-payment': [{ pay_year: '2023', pay_date: '2022-10-01' }] },
      finds: [],
    },
    {
      title: 'is raised in the collection after New Year',
      asOf: '2022-02-10',
      given: {
        population: [{}],
        enrolment: [{ insu_year: '2021', psn_insu_date: '2021-01-01' }],
        'premium-payment': [{ pay_date: '2021-12-01' }],
      },
      finds: [{ priority: 'P1' }],
    },
  ],
});
