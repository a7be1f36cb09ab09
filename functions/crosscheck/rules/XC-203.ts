import { rule } from '../rule.ts';

export default rule({
  code: 'XC-203',
  slug: 'one-person-many-numbers',
  name: { zh: '一人多号', en: 'One person, several numbers' },
  family: 'covered-twice',
  owner: 'bureau-counter',
  definition:
    '核查日在同一统筹区、同一制度内，同一人以不同人员编号有两条及以上有效参保，缴费状态为缴费或未填（退休人员不论缴费状态）。每人每制度每统筹区一条，可与制度内重复参保并存，不要求最短重叠时间。',
  needs: ['enrolment'],
  facts: ['cover', 'several_covers'],
  considered: "SELECT count(*) FROM cover WHERE class <> 'O'",
  setAside: `
    SELECT 'one-cover' AS reason, (SELECT count(*) FROM cover WHERE class <> 'O') - (SELECT count(*) FROM several_covers)`,
  excluded: { 'one-cover': { zh: '只有一条有效参保', en: 'only one active row' } },
  sql: () => `
    SELECT person_key, class || ':' || region AS about, NULL AS outcome,
      'P1' AS priority, NULL AS amount_fen, NULL AS queue,
      {class: class, region: region} AS facts,
      list(ref) AS refs
    FROM several_covers
    WHERE contributing AND region IS NOT NULL
    GROUP BY person_key, class, region
    HAVING count(DISTINCT psn_no) > 1`,
  evidence: {
    enrolment: ['insutype', 'insu_year', 'psn_no', 'psn_insu_stas', 'psn_clct_stas', 'insuplc_admdvs', 'psn_insu_date'],
  },
  summary: '在{region}以多个人员编号同时参加{class}，请窗口核实后合并人员编号。',
  words: { class: { E: '职工医保', R: '居民医保' } },
  examples: [
    {
      title: 'two numbers in one region and class, from the first day',
      given: { enrolment: [{ psn_no: 'N1' }, { psn_no: 'N2', psn_insu_date: '2022-06-30' }] },
      finds: [{ about: 'R:500299', priority: 'P1', facts: { class: 'R', region: '500299' }, rows: 2 }],
    },
    {
      title: 'one number twice, or other numbers in other regions or classes, is none',
      given: {
        enrolment: [
          { psn_no: 'N3' },
          { psn_no: 'N3', insutype: '391' },
          { who: 'b', psn_no: 'N4' },
          { who: 'b', psn_no: 'N5', insuplc_admdvs: '500101' },
          { who: 'c', psn_no: 'N6' },
          { who: 'c', psn_no: 'N7', insutype: '310', insu_year: null },
        ],
      },
      finds: [],
    },
    {
      title: 'a row that ended or whose premiums are paused does not count',
      given: {
        enrolment: [
          { psn_no: 'N8' },
          { psn_no: 'N9', psn_insu_stas: '4' },
          { who: 'b', psn_no: 'N10' },
          { who: 'b', psn_no: 'N11', psn_clct_stas: '3' },
        ],
      },
      finds: [],
    },
  ],
});
