import { uncoveredNeeds } from '../facts/uncovered.fact.ts';
import { rule } from '../rule.ts';

export default rule({
  code: 'XC-106',
  slug: 'next-year-unpaid',
  name: { zh: '下年度未缴费', en: 'Next year not paid' },
  family: 'not-covered',
  owner: 'township',
  definition:
    '集中征缴期内，目标人群中已参加上一年度（即本期征缴的前一年度）居民医保，而没有本期征缴年度居民医保的参保记录和未退费的缴费记录，也没有有效的职工医保及离休、残疾军人、老红军保障的人员。',
  needs: uncoveredNeeds,
  facts: ['uncovered', 'tickets'],
  considered: 'SELECT count(*) FROM uncovered WHERE next_year',
  excluded: {
    paid: { zh: '已缴费', en: 'has paid' },
    registered: { zh: '已有该年度参保记录', en: 'registered for the year' },
  },
  sql: () => `
    WITH paid AS (
      SELECT DISTINCT person_key FROM tickets SEMI JOIN uncovered USING (person_key)
      WHERE class = 'R' AND pay_year = insurance_year()
    ),
    registered AS (
      SELECT DISTINCT person_key FROM enrolment SEMI JOIN (SELECT person_key FROM uncovered WHERE next_year) USING (person_key)
      WHERE scheme_class(insutype) = 'R' AND insu_year = insurance_year()
    )
    SELECT u.person_key, '' AS about,
      CASE WHEN p.person_key IS NOT NULL THEN 'paid' WHEN r.person_key IS NOT NULL THEN 'registered' END AS outcome,
      CASE WHEN u.hardship THEN 'P1' ELSE 'P3' END AS priority,
      NULL AS amount_fen, NULL AS queue,
      {hardship: CASE WHEN u.hardship THEN true END} AS facts,
      u.refs
    FROM uncovered u
    LEFT JOIN paid p USING (person_key)
    LEFT JOIN registered r USING (person_key)
    WHERE u.next_year`,
  evidence: { population: ['pop_kind', 'pop_stas', 'chg_date'] },
  summary: '[{hardship}，]尚未缴纳下一年度居民医保费，请在集中征缴期内提醒缴费。',
  words: { hardship: { true: '属于困难群体' } },
  examples: [
    {
      title: 'before the year begins, last year’s residents without ticket or row are asked, those in hardship first',
      asOf: '2022-11-15',
      year: '2023',
      given: { population: [{}, { who: 'b' }], enrolment: [{}, { who: 'b' }], hardship: [{ who: 'b' }] },
      finds: [
        { priority: 'P3', queue: 'dispatch' },
        { who: 'b', priority: 'P1' },
      ],
    },
    {
      title: 'a ticket, a row of the year, employee cover or 350 clears',
      asOf: '2022-11-15',
      year: '2023',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }, { who: 'd' }],
        enrolment: [
          {},
          { who: 'b' },
          { who: 'b', insu_year: '2023', psn_insu_date: '2023-01-01' },
          { who: 'c' },
          { who: 'c', insutype: '310', insu_year: null },
          { who: 'd' },
          { who: 'd', insutype: '350', insu_year: null },
        ],
        'premium-payment': [{ pay_year: '2023', pay_date: '2022-11-14' }],
      },
      finds: [],
    },
    {
      title: 'a refunded ticket and one of the employee scheme are none',
      asOf: '2022-11-15',
      year: '2023',
      given: {
        population: [{}, { who: 'b' }],
        enrolment: [{}, { who: 'b' }],
        'premium-payment': [
          { ticket_no: 'T1', pay_year: '2023', pay_date: '2022-11-01' },
          {
            ticket_no: 'T2',
            pay_year: '2023',
            pay_date: '2022-11-05',
            paid_amt: -32000,
            refund_flag: true,
            orig_ticket_no: 'T1',
          },
          { who: 'b', pay_year: '2023', pay_date: '2022-11-01', insutype: '310' },
        ],
      },
      finds: [{}, { who: 'b' }],
    },
    {
      title: 'people without last year’s cover are not asked this',
      asOf: '2022-11-15',
      year: '2023',
      given: { population: [{}, { who: 'b' }], enrolment: [{ who: 'b', paus_insu_date: '2022-10-01' }] },
      finds: [],
    },
    {
      title: 'in the collection after New Year those without a ticket are still only asked to pay',
      asOf: '2022-02-10',
      given: {
        population: [{}, { who: 'b' }],
        enrolment: [
          { insu_year: '2021', psn_insu_date: '2021-01-01' },
          { who: 'b', insu_year: '2021', psn_insu_date: '2021-01-01' },
        ],
        'premium-payment': [{ who: 'b', pay_date: '2022-01-10' }],
      },
      finds: [{ priority: 'P3' }],
    },
    {
      title: 'the collection ends on its last day',
      asOf: '2022-02-10',
      settings: { campaign: { collectionEnd: '02-09' } },
      given: { population: [{}], enrolment: [{ insu_year: '2021', psn_insu_date: '2021-01-01' }] },
      finds: [],
    },
    {
      title: 'and not before it',
      asOf: '2022-02-10',
      settings: { campaign: { collectionEnd: '02-10' } },
      given: { population: [{}], enrolment: [{ insu_year: '2021', psn_insu_date: '2021-01-01' }] },
      finds: [{}],
    },
    {
      title: 'in the middle of the year nobody is',
      given: { population: [{}], enrolment: [{ insu_year: '2021' }] },
      finds: [],
    },
  ],
});
