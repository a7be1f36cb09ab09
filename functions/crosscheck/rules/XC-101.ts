import { rule } from '../rule.ts';

export default rule({
  code: 'XC-101',
  slug: 'uninsured',
  name: { zh: '未参保', en: 'Not insured' },
  family: 'not-covered',
  owner: 'township',
  place: 6,
  definition:
    '目标人群（户籍或居住证人口，状态正常，未死亡、未参军、未出国定居）中，核查日没有任何有效参保记录，且不属于其他未参保情形的人员。曾有参保记录的，注明最近一次参保的终止日期。',
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
  facts: ['target', 'uncovered', 'past_cover'],
  considered: 'SELECT count(*) FROM target',
  setAside: `
    SELECT 'covered' AS reason, count(*) FROM target WHERE covered_here
    UNION ALL
    SELECT 'asked-for-next-year', count(*) FROM uncovered WHERE next_year
    UNION ALL
    SELECT 'same-person-or-exempt', (SELECT count(*) FROM target WHERE NOT covered_here) - (SELECT count(*) FROM uncovered WHERE in_target)`,
  excluded: {
    covered: { zh: '已有有效参保', en: 'covered' },
    'asked-for-next-year': { zh: '本年度已参保，只提示下年度缴费', en: 'covered this year, asked only for the next' },
    'same-person-or-exempt': { zh: '疑似同一人或已豁免', en: 'probable same person (XC-204), or exempt' },
    'covered-elsewhere': { zh: '异地已参保', en: 'covered elsewhere' },
  },
  sql: () => `
    WITH last_covers AS (
      SELECT person_key, max(ended) AS ended, arg_max(ref, (ended, ref)) AS ref FROM past_cover
      WHERE ended IS NOT NULL
      GROUP BY person_key
    )
    SELECT u.person_key, '' AS about,
      CASE WHEN u.elsewhere = 'found' THEN 'covered-elsewhere' END AS outcome,
      CASE WHEN u.ask_elsewhere THEN 'P3' ELSE 'P2' END AS priority,
      NULL AS amount_fen,
      CASE WHEN u.ask_elsewhere THEN 'elsewhere' END AS queue,
      {elsewhere: u.elsewhere, lastCover: l.ended} AS facts,
      u.refs || u.elsewhere_refs || CASE WHEN l.ref IS NULL THEN [] ELSE [l.ref] END AS refs
    FROM uncovered u LEFT JOIN last_covers l USING (person_key)
    WHERE u.in_target AND NOT u.next_year`,
  evidence: {
    population: ['pop_kind', 'pop_stas', 'chg_date'],
    enrolment: ['insutype', 'insu_year', 'psn_insu_stas', 'insuplc_admdvs', 'psn_insu_date', 'paus_insu_date'],
    'enrolment-elsewhere': ['query_date', 'result'],
  },
  summary: '未查到本年度有效参保记录[，最近一次参保截至{lastCover}]，请核实是否已在异地参保，未参保的请动员参保。',
  examples: [],
});
