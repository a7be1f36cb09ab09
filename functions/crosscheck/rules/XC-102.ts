import { subsidyTypes } from '../../../schemas/code-lists.ts';
import { uncoveredNeeds } from '../facts/uncovered.fact.ts';
import { hints, rule } from '../rule.ts';

export default rule({
  code: 'XC-102',
  slug: 'hardship-uninsured',
  name: { zh: '困难群体未参保', en: 'In hardship and not insured' },
  family: 'not-covered',
  owner: 'township',
  place: 2,
  definition:
    '核查日属于困难群体（民政困难群众，或乡村振兴监测对象中稳定脱贫以外、风险未消除的人员）而没有任何有效参保记录的在世人员；不在本地人口库目标人群内的也包括在内（注明），现役军人和出国定居人员除外。',
  needs: uncoveredNeeds,
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
      {elsewhere: u.elsewhere, categories: h.categories, "not-in-population": CASE WHEN NOT u.in_target THEN true END, hint: u.hint} AS facts,
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
    '属于困难群体（{categories*}），未查到本年度有效参保记录[，且{not-in-population}][，{hint}]，请优先上门核实，协助参保并落实资助。',
  words: { categories: subsidyTypes.codes, hint: hints, 'not-in-population': { true: '不在本地人口目标人群内' } },
  examples: [
    {
      title: 'somebody on a list and without cover comes first',
      given: { population: [{}], hardship: [{}] },
      finds: [{ priority: 'P0', facts: { categories: ['minimum-living'], elsewhere: 'not-asked' }, rows: 2 }],
    },
    {
      title: 'the interval counts its first day and not its end',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }],
        hardship: [
          { begn_date: '2022-06-30' },
          { who: 'b', begn_date: '2022-07-01' },
          { who: 'c', end_date: '2022-06-30' },
        ],
      },
      finds: [{}],
    },
    {
      title: 'a monitored household counts while its risk is there or has a later end',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }, { who: 'd' }, { who: 'e' }],
        'rural-monitoring': [
          {},
          { who: 'b', monitor_type: 'stable-exit' },
          { who: 'c', risk_stas: '1' },
          { who: 'd', risk_stas: '1', end_date: '2022-07-01' },
          { who: 'e', risk_stas: '0', end_date: '2022-06-30' },
        ],
      },
      finds: [{ facts: { categories: ['unstable-exit'] } }, { who: 'd' }],
    },
    {
      title: 'people in hardship without a qualifying population row are asked too, placed by the list',
      given: {
        population: [{ who: 'b', pop_stas: '3' }],
        hardship: [{ idet_admdvs: '500299107205' }, { who: 'b' }],
      },
      finds: [
        { facts: { 'not-in-population': true }, township: '500299107', rows: 1 },
        { who: 'b', facts: { 'not-in-population': true }, rows: 2 },
      ],
    },
    {
      title: 'but no soldiers, emigrants, dead or unborn',
      given: {
        population: [{ pop_stas: '4' }, { who: 'b', pop_stas: '5' }, { who: 'f', pop_stas: '1', brdy: '2022-07-05' }],
        'death-police': [
          { who: 'c', canc_type: '2', canc_date: '2020-01-01', death_date: null },
          { who: 'd', canc_type: '3', canc_date: '2020-01-01', death_date: null },
          { who: 'e' },
        ],
        hardship: [{}, { who: 'b' }, { who: 'c' }, { who: 'd' }, { who: 'e' }, { who: 'f' }],
      },
      finds: [],
    },
    {
      title: 'cover of any region is cover, for people outside the population as well',
      given: { hardship: [{}], enrolment: [{ insuplc_admdvs: '510104', insutype: '310', insu_year: null }] },
      finds: [],
    },
    {
      title: 'a name that differs is verified before anybody visits, a variant is not',
      given: {
        population: [
          { psn_name: '陈国华' },
          { who: 'b', psn_name: '陈国华' },
          { who: 'c', psn_name: '陈国华', former_name: '陈小华' },
        ],
        hardship: [{ psn_name: '陈国强' }, { who: 'b', psn_name: '陳國華' }, { who: 'c', psn_name: '陈小华' }],
      },
      finds: [
        { priority: 'P2', grade: 'D', queue: 'verify' },
        { who: 'b', priority: 'P0', grade: 'B', queue: 'dispatch' },
        { who: 'c', priority: 'P0', grade: 'B' },
      ],
    },
    {
      title:
        'an active row under the old number, or one that names this one as old, is verified first and clears nobody',
      given: {
        population: [
          { certno: '500235197001010018', old_certno: '500235197001011010' },
          { certno: '500235197001020013' },
        ],
        hardship: [{ certno: '500235197001010018' }, { certno: '500235197001020013' }],
        enrolment: [
          { certno: '500235197001011010' },
          { certno: '500235197001021016', old_certno: '500235197001020013' },
        ],
      },
      finds: ['500235197001010018', '500235197001020013'].map((who) => ({
        who,
        priority: 'P2',
        grade: 'E',
        queue: 'verify',
        facts: { hint: 'old-number' },
        rows: 2,
      })),
    },
    {
      title: 'a ticket of an outsider for the year clears, a suspended row does not',
      given: {
        population: [{ who: 'b' }],
        hardship: [{}, { who: 'b' }],
        'premium-payment': [{}],
        enrolment: [{ who: 'b', psn_insu_stas: '2' }],
      },
      finds: [{ who: 'b' }],
    },
    {
      title: 'where the look-up is in use, whoever has not been asked there is asked there first',
      settings: { feeds: { 'enrolment-elsewhere': { inUse: true } } },
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }],
        hardship: [{}, { who: 'b' }, { who: 'c' }],
        'enrolment-elsewhere': [{}, { who: 'b', result: '1' }],
      },
      finds: [
        { priority: 'P0', facts: { elsewhere: 'none' } },
        { who: 'c', priority: 'P3', queue: 'elsewhere', facts: { elsewhere: 'not-asked' } },
      ],
    },
    {
      title: 'before the year begins, cover of the year that runs is cover for outsiders too',
      asOf: '2022-11-15',
      year: '2023',
      given: { hardship: [{}, { who: 'b' }], enrolment: [{}] },
      finds: [{ who: 'b', priority: 'P0' }],
    },
  ],
});
