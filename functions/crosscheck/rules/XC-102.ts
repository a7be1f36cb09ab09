import { subsidyTypes } from '../../../schemas/code-lists.ts';
import { rule } from '../rule.ts';

export default rule({
  code: 'XC-102',
  slug: 'hardship-uninsured',
  name: { zh: '困难群体未参保', en: 'In hardship and not insured' },
  family: 'not-covered',
  owner: 'township',
  place: 2,
  definition:
    '核查日属于困难群体（民政困难群众，或乡村振兴监测对象中稳定脱贫以外、风险未消除的人员）而没有任何有效参保记录的在世人员；不在本地人口库目标人群内的也包括在内（注明），现役军人和出国定居人员除外。',
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
  facts: ['cover', 'in_hardship', 'uncovered'],
  considered: 'SELECT count(*) FROM in_hardship',
  setAside: `
    SELECT 'covered' AS reason, count(*) FROM in_hardship SEMI JOIN cover USING (person_key)
    UNION ALL
    SELECT 'asked-for-next-year', count(*) FROM uncovered WHERE next_year AND hardship`,
  excluded: {
    covered: { zh: '已有有效参保', en: 'covered' },
    'asked-for-next-year': { zh: '本年度已参保，只提示下年度缴费', en: 'covered this year, asked only for the next' },
    'covered-elsewhere': { zh: '异地已参保', en: 'covered elsewhere' },
  },
  sql: () => `
    SELECT u.person_key, '' AS about,
      CASE WHEN u.elsewhere = 'found' THEN 'covered-elsewhere' END AS outcome,
      CASE WHEN u.ask_elsewhere THEN 'P3' ELSE 'P0' END AS priority,
      NULL AS amount_fen,
      CASE WHEN u.ask_elsewhere THEN 'elsewhere' END AS queue,
      {elsewhere: u.elsewhere, categories: h.categories, "not-in-population": CASE WHEN NOT u.in_target THEN true END} AS facts,
      u.refs || h.refs || u.elsewhere_refs AS refs
    FROM uncovered u JOIN in_hardship h USING (person_key)
    WHERE NOT u.next_year`,
  evidence: {
    population: ['pop_kind', 'pop_stas', 'chg_date'],
    hardship: ['idet_type', 'begn_date', 'end_date'],
    'rural-monitoring': ['monitor_type', 'risk_stas', 'begn_date', 'end_date'],
    'enrolment-elsewhere': ['query_date', 'result'],
  },
  summary:
    '属于困难群体（{categories*}），未查到本年度有效参保记录[，且{not-in-population}]，请优先上门核实，协助参保并落实资助。',
  words: { categories: subsidyTypes.codes, 'not-in-population': { true: '不在本地人口目标人群内' } },
  examples: [],
});
