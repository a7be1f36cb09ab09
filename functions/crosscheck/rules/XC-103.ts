import { uncoveredNeeds } from '../facts/uncovered.fact.ts';
import { hints, rule } from '../rule.ts';

export default rule({
  code: 'XC-103',
  slug: 'lapsed',
  name: { zh: '断保', en: 'Cover lapsed' },
  family: 'not-covered',
  owner: 'township',
  place: 4,
  definition:
    '目标人群中核查日没有有效参保，而上年度居民医保参保状态正常（参保至本年1月1日，提前暂停的至暂停日期），或职工医保在核查日前12个月内（含核查日）停止的人员；职工医保状态为未参保、无效的除外。按中断月数分为不满3个月、3至6个月、6个月以上。',
  needs: uncoveredNeeds,
  facts: ['uncovered', 'past_cover'],
  considered: 'SELECT count(*) FROM uncovered WHERE in_target AND NOT next_year',
  excluded: { 'covered-elsewhere': { zh: '异地已参保', en: 'covered elsewhere' } },
  sql: () => `
    WITH lapsed AS (
      SELECT person_key, max(ended) AS ended, list(ref) AS refs FROM past_cover WHERE kind = 'lapsed'
      GROUP BY person_key
    )
    SELECT u.person_key, '' AS about,
      CASE WHEN u.elsewhere = 'found' THEN 'covered-elsewhere' END AS outcome,
      CASE WHEN u.ask_elsewhere THEN 'P3' ELSE 'P2' END AS priority,
      NULL AS amount_fen,
      CASE WHEN u.ask_elsewhere THEN 'elsewhere' END AS queue,
      {
        ended: l.ended,
        band: CASE WHEN months_after(l.ended, 3) > as_of() THEN '<3' WHEN months_after(l.ended, 6) < as_of() THEN '>6' ELSE '3-6' END,
        elsewhere: u.elsewhere,
        hint: u.hint
      } AS facts,
      u.refs || l.refs || u.elsewhere_refs AS refs
    FROM uncovered u JOIN lapsed l USING (person_key)
    WHERE u.in_target AND NOT u.next_year`,
  evidence: {
    population: ['pop_kind', 'pop_stas', 'chg_date'],
    enrolment: ['insutype', 'insu_year', 'psn_insu_stas', 'insuplc_admdvs', 'psn_insu_date', 'paus_insu_date'],
    'enrolment-elsewhere': ['query_date', 'result'],
  },
  summary: '原参保截至{ended}，已中断{band}[，{hint}]，请核实原因，提醒及时续保。',
  words: { hint: hints, band: { '<3': '不满3个月', '3-6': '3至6个月', '>6': '6个月以上' } },
  examples: [
    {
      title: 'last year’s resident cover ended on 1 January',
      given: { population: [{}], enrolment: [{ insu_year: '2021', psn_insu_date: '2021-01-01' }] },
      finds: [{ priority: 'P2', facts: { ended: '2022-01-01', band: '3-6' }, rows: 2 }],
    },
    {
      title: 'or when it was paused before',
      given: {
        population: [{}],
        enrolment: [{ insu_year: '2021', psn_insu_date: '2021-01-01', paus_insu_date: '2021-10-01' }],
      },
      finds: [{ facts: { ended: '2021-10-01', band: '>6' } }],
    },
    {
      title: 'a pause after the end of the year does not lengthen it',
      given: {
        population: [{}],
        enrolment: [{ insu_year: '2021', psn_insu_date: '2021-01-01', paus_insu_date: '2022-05-01' }],
      },
      finds: [{ facts: { ended: '2022-01-01' } }],
    },
    {
      title: 'employee cover counts when it ended in the twelve months up to A',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }],
        enrolment: [
          {
            insutype: '310',
            insu_year: null,
            psn_insu_date: '2015-01-01',
            psn_insu_stas: '4',
            paus_insu_date: '2022-06-30',
          },
          {
            who: 'b',
            insutype: '310',
            insu_year: null,
            psn_insu_date: '2015-01-01',
            psn_insu_stas: '2',
            paus_insu_date: '2021-07-01',
          },
          {
            who: 'c',
            insutype: '310',
            insu_year: null,
            psn_insu_date: '2015-01-01',
            psn_insu_stas: '4',
            paus_insu_date: '2021-06-30',
          },
        ],
      },
      finds: [{ facts: { ended: '2022-06-30', band: '<3' } }, { who: 'b', facts: { ended: '2021-07-01', band: '>6' } }],
    },
    {
      title: 'never with status 0 or 3, and class R with status 1 only',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }],
        enrolment: [
          { insutype: '310', insu_year: null, psn_insu_stas: '0', paus_insu_date: '2022-05-01' },
          { who: 'b', insutype: '310', insu_year: null, psn_insu_stas: '3', paus_insu_date: '2022-05-01' },
          { who: 'c', insu_year: '2021', psn_insu_stas: '4' },
        ],
      },
      finds: [],
    },
    {
      title: 'the bands are calendar months: exactly three and exactly six belong to the middle',
      given: {
        population: [{}, { who: 'b' }, { who: 'c' }, { who: 'd' }],
        enrolment: ['2022-03-31', '2022-03-30', '2021-12-30', '2021-12-29'].map((paus_insu_date, at) => ({
          who: 'abcd'[at]!,
          insutype: '310',
          insu_year: null,
          psn_insu_stas: '4',
          psn_insu_date: '2015-01-01',
          paus_insu_date,
        })),
      },
      finds: [
        { facts: { band: '3-6' } },
        { who: 'b', facts: { band: '3-6' } },
        { who: 'c', facts: { band: '3-6' } },
        { who: 'd', facts: { band: '>6' } },
      ],
    },
    {
      title: 'of several the latest end counts',
      given: {
        population: [{}],
        enrolment: [
          { insu_year: '2021', psn_insu_date: '2021-01-01' },
          {
            insutype: '310',
            insu_year: null,
            psn_insu_stas: '4',
            psn_insu_date: '2022-01-01',
            paus_insu_date: '2022-06-01',
          },
        ],
      },
      finds: [{ facts: { ended: '2022-06-01', band: '<3' } }],
    },
    {
      title: 'without insurance years the interval tells',
      given: {
        population: [{}, { who: 'b' }],
        enrolment: [
          { insu_year: null, absent: 'insu_year', psn_insu_date: '2021-01-01', paus_insu_date: '2022-01-01' },
          { who: 'b', insu_year: null, absent: 'insu_year', psn_insu_date: '2020-01-01', paus_insu_date: '2021-01-01' },
        ],
      },
      finds: [{ facts: { ended: '2022-01-01' } }],
    },
    {
      title: 'somebody who moved out is not asked',
      given: { population: [{ pop_stas: '3' }], enrolment: [{ insu_year: '2021' }] },
      finds: [],
    },
  ],
});
