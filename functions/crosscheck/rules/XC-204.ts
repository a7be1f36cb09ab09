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
  examples: [
    {
      title: 'one substituted character, one swap of neighbours, or a wrong check character',
      given: {
        population: [
          { certno: '500235198507121019', psn_name: '欧阳若兰' },
          { certno: '500235198507122011', psn_name: '诸葛明远' },
          { certno: '500235198507123014', psn_name: '阿依古丽·买买提' },
        ],
        enrolment: [
          { certno: '500235198507121819', psn_name: '欧阳若兰' },
          { certno: '500325198507122011', psn_name: '諸葛明遠' },
          { certno: '500235198507123015', psn_name: '阿依古丽买买提' },
        ],
      },
      finds: [
        {
          who: '500235198507121019',
          priority: 'P2',
          grade: 'E',
          queue: 'verify',
          facts: { alsoActive: false },
          rows: 2,
        },
        { who: '500235198507122011' },
        { who: '500235198507123014' },
      ],
    },
    {
      title: 'the person may have an active row of their own',
      given: {
        population: [{ certno: '500235198507124017', psn_name: '夏侯文轩' }],
        enrolment: [
          { certno: '500235198507124071', psn_name: '夏侯文轩' },
          { certno: '500235198507124017', psn_name: '夏侯文轩' },
        ],
      },
      finds: [{ who: '500235198507124017', facts: { alsoActive: true }, rows: 3 }],
    },
    {
      title: 'two candidates are none',
      given: {
        population: [
          { certno: '500235199001010017', psn_name: '皇甫静' },
          { certno: '500235199001010025', psn_name: '皇甫静' },
        ],
        enrolment: [{ certno: '500235199001010015', psn_name: '皇甫静' }],
      },
      finds: [],
    },
    {
      title: 'a population row of any kind and status counts, a former name does not',
      given: {
        population: [
          { certno: '50023519850712501X', psn_name: '司徒雅琴', pop_kind: '3', pop_stas: '3' },
          { certno: '500235198507126012', psn_name: '慕容秋', former_name: '慕容秋荻' },
        ],
        enrolment: [
          { certno: '500235198507125011', psn_name: '司徒雅琴' },
          { certno: '500235198507126013', psn_name: '慕容秋荻' },
        ],
      },
      finds: [{ who: '50023519850712501X' }],
    },
    {
      title: 'names with unreadable characters are equal to none',
      given: {
        population: [{ certno: '500235198507127015', psn_name: '尉迟*' }],
        enrolment: [{ certno: '500235198507127016', psn_name: '尉迟*' }],
      },
      finds: [],
    },
    {
      title: 'an impossible birth date is repaired too; two wrong characters are not',
      given: {
        population: [
          { certno: '500235198507139016', psn_name: '公孙胜' },
          { certno: '500235198507149011', psn_name: '公孙瓒' },
        ],
        enrolment: [
          { certno: '500235198517139016', psn_name: '公孙胜' },
          { certno: '500235198507149899', psn_name: '公孙瓒' },
        ],
      },
      finds: [{ who: '500235198507139016' }],
    },
  ],
});
