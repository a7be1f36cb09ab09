import { uncoveredNeeds } from '../facts/uncovered.fact.ts';
import { hints, rule } from '../rule.ts';

export default rule({
  code: 'XC-101',
  slug: 'uninsured',
  name: { zh: '未参保', en: 'Not insured' },
  family: 'not-covered',
  owner: 'township',
  place: 6,
  definition:
    '目标人群（户籍或居住证人口，状态正常，未死亡、未参军、未出国定居）中，核查日没有任何有效参保记录，且不属于其他未参保情形的人员。曾有参保记录的，注明最近一次参保的终止日期。',
  needs: uncoveredNeeds,
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
      {elsewhere: u.elsewhere, lastCover: l.ended, hint: u.hint} AS facts,
      u.refs || u.elsewhere_refs || CASE WHEN l.ref IS NULL THEN [] ELSE [l.ref] END AS refs
    FROM uncovered u LEFT JOIN last_covers l USING (person_key)
    WHERE u.in_target AND NOT u.next_year`,
  evidence: {
    population: ['pop_kind', 'pop_stas', 'chg_date'],
    enrolment: ['insutype', 'insu_year', 'psn_insu_stas', 'insuplc_admdvs', 'psn_insu_date', 'paus_insu_date'],
    'enrolment-elsewhere': ['query_date', 'result'],
  },
  summary:
    '未查到本年度有效参保记录[，最近一次参保截至{lastCover}][，{hint}]，请核实是否已在异地参保，未参保的请动员参保。',
  words: { hint: hints },
  examples: [
    {
      title: 'somebody of the target population without any row is a finding, placed by the residence',
      given: { population: [{}] },
      finds: [{ priority: 'P2', grade: 'A', queue: 'dispatch', facts: { elsewhere: 'not-asked' }, rows: 1 }],
    },
    {
      title: 'an active row of any region is cover',
      given: { population: [{}], enrolment: [{ insuplc_admdvs: '510104' }] },
      finds: [],
    },
    {
      title: 'rows of 340, 350 and 360 are cover',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }],
        enrolment: [
          { insutype: '340', insu_year: null },
          { who: 'b', insutype: '350', insu_year: null },
          { who: 'c', insutype: '360', insu_year: null },
        ],
      },
      finds: [],
    },
    {
      title: 'schemes that run beside the basic ones are no cover',
      given: {
        population: [{}],
        enrolment: ['320', '330', '370', '392', '399', '410', '510'].map((insutype) => ({ insutype })),
      },
      finds: [{}],
    },
    {
      title: 'class R of another year is no cover, nor one with an empty year',
      given: { population: [{}, { who: 'b' }], enrolment: [{ insu_year: '2020' }, { who: 'b', insu_year: null }] },
      finds: [{ facts: { lastCover: '2021-01-01' }, rows: 2 }, { who: 'b' }],
    },
    {
      title: 'in a delivery without insurance years the interval alone decides',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }],
        enrolment: [
          { insu_year: null, absent: 'insu_year', psn_insu_date: '2019-01-01' },
          { who: 'c', insu_year: null, absent: 'cont_months' },
          {
            who: 'b',
            insu_year: null,
            absent: 'cont_months insu_year',
            psn_insu_date: '2018-01-01',
            paus_insu_date: '2019-01-01',
          },
        ],
      },
      finds: [{ who: 'b', facts: { lastCover: '2019-01-01' } }, { who: 'c' }],
    },
    {
      title: 'cover begins on its first day and is over on its end',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }],
        enrolment: [
          { psn_insu_date: '2022-06-30' },
          { who: 'b', psn_insu_date: '2022-07-01' },
          { who: 'c', paus_insu_date: '2022-06-30' },
        ],
      },
      finds: [{ who: 'b' }, { who: 'c', facts: { lastCover: '2022-06-30' } }],
    },
    {
      title: 'temporary residents, people who moved out, soldiers, settled abroad and cancelled rows are not asked',
      given: {
        population: [
          { pop_kind: '3' },
          { who: 'b', pop_stas: '2' },
          { who: 'c', pop_stas: '3' },
          { who: 'd', pop_stas: '4' },
          { who: 'e', pop_stas: '5' },
        ],
      },
      finds: [],
    },
    {
      title: 'one row that qualifies is enough, and the newest change of those gives the township',
      given: {
        population: [
          { hukou_admdvs: '500299103201', live_admdvs: null, chg_date: '2020-01-01' },
          { pop_kind: '2', live_admdvs: '500299104202', chg_date: '2021-01-01' },
          { pop_stas: '3', hukou_admdvs: '500299105203', live_admdvs: null, chg_date: '2022-01-01' },
        ],
      },
      finds: [{ rows: 3, township: '500299104' }],
    },
    {
      title: 'the dead are not asked; a restored death, a later death and a doubled register entry are none',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }, { who: 'd' }, { who: 'e' }],
        'death-police': [
          { death_date: '2022-06-30', canc_date: '2022-06-30' },
          { who: 'b', restored: true },
          { who: 'c', death_date: '2022-07-01', canc_date: '2022-07-02' },
          { who: 'd', canc_type: '4' },
          { who: 'e', canc_type: '9' },
        ],
      },
      finds: [{ who: 'b' }, { who: 'c' }, { who: 'd' }, { who: 'e' }],
    },
    {
      title: 'a restored police death that a cremation contradicts is no death',
      given: { population: [{}], 'death-police': [{ restored: true }], cremation: [{}] },
      finds: [{}],
    },
    {
      title: 'the police cancellation of a soldier or emigrant counts from its day, unless restored',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }, { who: 'd' }],
        'death-police': [
          { canc_type: '2', canc_date: '2022-06-30', death_date: null },
          { who: 'b', canc_type: '3', canc_date: '2022-07-01', death_date: null },
          { who: 'c', canc_type: '3', canc_date: '2022-01-01', death_date: null, restored: true },
          { who: 'd', canc_type: '2', canc_date: '2022-01-01', death_date: null },
        ],
      },
      finds: [{ who: 'b' }, { who: 'c' }],
    },
    {
      title: 'the unborn are not asked',
      given: { population: [{ brdy: '2022-07-01' }] },
      finds: [],
    },
    {
      title: 'an answer of the national look-up decides who is visited',
      settings: { feeds: { 'enrolment-elsewhere': { inUse: true } } },
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }, { who: 'd' }, { who: 'e' }],
        'enrolment-elsewhere': [
          { query_date: '2022-05-01', result: '0' },
          { who: 'b', query_date: '2022-04-30', result: '0' },
          { who: 'c', query_date: '2022-06-01', result: '1' },
          { who: 'd', query_date: '2022-01-01', result: '1' },
          { who: 'd', query_date: '2022-06-01', result: '0' },
        ],
      },
      finds: [
        { priority: 'P2', queue: 'dispatch', facts: { elsewhere: 'none' }, rows: 2 },
        { who: 'b', priority: 'P3', queue: 'elsewhere', facts: { elsewhere: 'stale' } },
        { who: 'd', priority: 'P2', facts: { elsewhere: 'none' } },
        { who: 'e', priority: 'P3', queue: 'elsewhere', facts: { elsewhere: 'not-asked' } },
      ],
    },
    {
      title: 'the population person of a probable same person (XC-204) is not asked',
      given: {
        population: [{ certno: '500235198507129010', psn_name: '独孤清扬' }],
        enrolment: [{ certno: '500235198507129011', psn_name: '独孤清扬' }],
      },
      finds: [],
    },
    {
      title: 'two population rows with different names make the lead one to verify',
      given: { population: [{}, { pop_kind: '2', psn_name: '李四' }] },
      finds: [{ priority: 'P2', grade: 'D', queue: 'verify' }],
    },
  ],
});
