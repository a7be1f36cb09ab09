import { rule } from '../rule.ts';

export default rule({
  code: 'XC-106',
  slug: 'next-year-unpaid',
  name: { zh: '下年度未缴费', en: 'Next year not paid' },
  family: 'not-covered',
  owner: 'township',
  definition:
    '集中征缴期内，目标人群中已参加上一年度（即本期征缴的前一年度）居民医保，而没有本期征缴年度居民医保的参保记录和未退费的缴费记录，也没有有效的职工医保及离休、残疾军人、老红军保障的人员。',
  needs: [
    'population',
    'enrolment',
    'premium-payment',
    'death-police',
    'cremation',
    'hardship',
    'rural-monitoring',
    'birth',
    'enrolment-elsewhere',
  ],
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
  examples: [],
});
