import { uncoveredNeeds } from '../facts/uncovered.fact.ts';
import { hints, rule } from '../rule.ts';

export default rule({
  code: 'XC-104',
  slug: 'suspended',
  name: { zh: '停保', en: 'Cover suspended' },
  family: 'not-covered',
  owner: 'township',
  place: 3,
  definition:
    '目标人群中核查日没有有效参保，而有暂停状态的参保记录的人员：任何统筹区的职工医保，参保日期不晚于核查日且没有暂停日期；或本年度、上年度的居民医保。',
  needs: uncoveredNeeds,
  facts: ['uncovered', 'past_cover'],
  considered: 'SELECT count(*) FROM uncovered WHERE in_target AND NOT next_year',
  excluded: { 'covered-elsewhere': { zh: '异地已参保', en: 'covered elsewhere' } },
  sql: () => `
    WITH suspended AS (
      SELECT person_key, list(ref) AS refs FROM past_cover WHERE kind = 'suspended'
      GROUP BY person_key
    )
    SELECT u.person_key, '' AS about,
      CASE WHEN u.elsewhere = 'found' THEN 'covered-elsewhere' END AS outcome,
      CASE WHEN u.ask_elsewhere THEN 'P3' ELSE 'P2' END AS priority,
      NULL AS amount_fen,
      CASE WHEN u.ask_elsewhere THEN 'elsewhere' END AS queue,
      {elsewhere: u.elsewhere, hint: u.hint} AS facts,
      u.refs || s.refs || u.elsewhere_refs AS refs
    FROM uncovered u JOIN suspended s USING (person_key)
    WHERE u.in_target AND NOT u.next_year`,
  evidence: {
    population: ['pop_kind', 'pop_stas', 'chg_date'],
    enrolment: ['insutype', 'insu_year', 'psn_insu_stas', 'insuplc_admdvs', 'psn_insu_date', 'paus_insu_date'],
    'enrolment-elsewhere': ['query_date', 'result'],
  },
  summary: '参保处于暂停状态，目前没有其他有效参保[，{hint}]，请核实停保原因，协助恢复或转换参保。',
  words: { hint: hints },
  examples: [
    {
      title: 'employee cover suspended without an end, in any region',
      given: {
        population: [{}],
        enrolment: [
          {
            insutype: '310',
            insu_year: null,
            psn_insu_stas: '2',
            psn_insu_date: '2019-01-01',
            insuplc_admdvs: '510104',
          },
        ],
      },
      finds: [{ priority: 'P2', rows: 2 }],
    },
    {
      title: 'not before it began, and not with an end',
      given: {
        population: [{}, { who: 'b' }],
        enrolment: [
          { insutype: '310', insu_year: null, psn_insu_stas: '2', psn_insu_date: '2022-07-01' },
          {
            who: 'b',
            insutype: '310',
            insu_year: null,
            psn_insu_stas: '2',
            psn_insu_date: '2015-01-01',
            paus_insu_date: '2019-01-01',
          },
        ],
      },
      finds: [],
    },
    {
      title: 'resident cover suspended this year or last, not before',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }],
        enrolment: [
          { psn_insu_stas: '2' },
          { who: 'b', psn_insu_stas: '2', insu_year: '2021' },
          { who: 'c', psn_insu_stas: '2', insu_year: '2020' },
        ],
      },
      finds: [{}, { who: 'b' }],
    },
    {
      title: 'is asked before lapsed',
      given: {
        population: [{}],
        enrolment: [{ psn_insu_stas: '2' }, { insu_year: '2021', psn_insu_date: '2021-01-01' }],
      },
      finds: [{}],
    },
    {
      title: 'an active row beside it clears',
      given: {
        population: [{}],
        enrolment: [{ psn_insu_stas: '2' }, { insutype: '310', insu_year: null }],
      },
      finds: [],
    },
  ],
});
