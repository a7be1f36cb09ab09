import { rule } from '../rule.ts';

export default rule({
  code: 'XC-204',
  slug: 'probable-same-person',
  name: { zh: '疑似同一人', en: 'Probably the same person' },
  family: 'covered-twice',
  owner: 'bureau-counter',
  grade: 'E',
  stage: 'prelude',
  definition:
    '有效参保记录的18位公民身份号码校验位或出生日期不正确，而公安人口中恰有一人（不论类别和状态，不看曾用名）姓名相同，且其正确号码与之只差一个字符或一次相邻换位。该人口人员不再列入未参保各项。',
  needs: ['enrolment', 'population'],
  facts: ['unusable', 'same_person'],
  considered: 'SELECT count(*) FROM unusable',
  setAside: `
    SELECT 'no-single-candidate' AS reason, (SELECT count(*) FROM unusable) - (SELECT count(*) FROM same_person)`,
  excluded: { 'no-single-candidate': { zh: '没有唯一的候选人', en: 'not exactly one candidate' } },
  sql: () => `
    WITH active_rows AS (
      SELECT person_key, list(ref) AS refs
      FROM enrolment SEMI JOIN same_person USING (person_key)
      WHERE active(insutype, psn_insu_stas, psn_insu_date, paus_insu_date, insu_year, absent) AND scheme_class(insutype) <> 'O'
      GROUP BY person_key
    ),
    pairs AS (
      SELECT s.person_key, concat_ws(':', u.region, u.psn_no) AS about, list(u.ref) || list_distinct(flatten(list(s.refs))) AS refs
      FROM same_person s JOIN unusable u USING (ref)
      GROUP BY ALL
    )
    SELECT p.person_key, p.about, NULL AS outcome,
      'P2' AS priority, NULL AS amount_fen, NULL AS queue,
      {alsoActive: a.person_key IS NOT NULL} AS facts,
      p.refs || coalesce(a.refs, []) AS refs
    FROM pairs p LEFT JOIN active_rows a USING (person_key)`,
  evidence: {
    enrolment: [
      'insutype',
      'insu_year',
      'psn_no',
      'psn_insu_stas',
      'insuplc_admdvs',
      'psn_insu_date',
      'paus_insu_date',
    ],
    population: ['pop_kind', 'pop_stas', 'chg_date'],
  },
  summary: '参保登记的证件号码有误，与一名姓名相同的人口人员号码只差一处，{alsoActive}，请窗口核对证件后更正。',
  words: { alsoActive: { true: '该人员另有有效参保', false: '该人员没有其他有效参保' } },
  examples: [],
});
