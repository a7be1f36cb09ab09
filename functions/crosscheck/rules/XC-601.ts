import { rule } from '../rule.ts';

export default rule({
  code: 'XC-601',
  slug: 'name-differs',
  name: { zh: '姓名不一致', en: 'Names differ' },
  family: 'identity',
  owner: 'bureau-counter',
  definition:
    '有效参保记录与同一证件号码的公安人口记录姓名不同。繁简、间隔号、大小写不同，与曾用名相同，含不可识别字符，以及不满一周岁以“之子”“之女”等登记的，不算不同。与任何一条人口记录相符即可。每人一条。',
  needs: ['enrolment', 'population'],
  facts: ['cover'],
  considered: "SELECT count(*) FROM cover WHERE class <> 'O'",
  excluded: { comparable: { zh: '异写、曾用名或无法比对', en: 'a variant, a former name, or not comparable' } },
  sql: () => `
    WITH unequal AS MATERIALIZED (
      SELECT DISTINCT c.person_key, c.ref, c.psn_name
      FROM cover c JOIN population p USING (person_key)
      WHERE c.class <> 'O' AND c.psn_name <> p.psn_name
    ),
    people AS (
      SELECT person_key, ref, psn_name, former_name, months_after(brdy, 12) > as_of() AS under_one_year
      FROM population SEMI JOIN unequal USING (person_key)
    ),
    -- Whoever has several population rows is compared with each: one that fits is enough.
    rows AS (
      SELECT u.person_key, u.ref AS cover_ref, list(p.ref) AS refs,
        bool_and(compare_names(u.psn_name, p.psn_name, p.former_name, p.under_one_year) = 'differs') AS differs
      FROM unequal u JOIN people p USING (person_key)
      GROUP BY u.person_key, u.ref
    )
    SELECT person_key, '' AS about,
      CASE WHEN NOT bool_or(differs) THEN 'comparable' END AS outcome,
      'P3' AS priority, NULL AS amount_fen, NULL AS queue,
      {rows: count(*) FILTER (differs)} AS facts,
      list(cover_ref) FILTER (differs) || list_distinct(flatten(list(refs) FILTER (differs))) AS refs
    FROM rows
    GROUP BY person_key`,
  evidence: {
    enrolment: ['insutype', 'insu_year', 'psn_insu_stas', 'insuplc_admdvs', 'psn_no'],
    population: ['pop_kind', 'pop_stas', 'chg_date'],
  },
  summary: '有效参保登记的姓名与公安人口登记不一致，请窗口核对证件后更正。',
  examples: [
    {
      title: 'the names differ: one finding per person, to verify',
      given: {
        population: [{ psn_name: '王小红' }],
        enrolment: [{ psn_name: '王晓丽' }, { psn_name: '王晓丽', insutype: '310', insu_year: null }],
      },
      finds: [{ priority: 'P3', grade: 'D', queue: 'verify', rows: 3 }],
    },
    {
      title: 'variants, former names and unreadable characters are no difference',
      given: {
        population: [
          { psn_name: '刘鹏飞' },
          { who: 'b', psn_name: '买买提·阿布都' },
          { who: 'c', psn_name: '王小红', former_name: '王曉麗' },
          { who: 'd', psn_name: '张㛃' },
          { who: 'e', psn_name: '张*' },
        ],
        enrolment: [
          { psn_name: '劉鵬飛' },
          { who: 'b', psn_name: '买买提阿布都' },
          { who: 'c', psn_name: '王晓丽' },
          { who: 'd', psn_name: '张?' },
          { who: 'e', psn_name: '张三丰' },
        ],
      },
      finds: [],
    },
    {
      title: 'a newborn’s placeholder is none until the first birthday',
      given: {
        population: [
          { psn_name: '李晨曦', brdy: '2021-07-01' },
          { who: 'b', psn_name: '李晨曦', brdy: '2021-06-30' },
          { who: 'c', psn_name: '李晨曦', brdy: '2022-01-01' },
        ],
        enrolment: [{ psn_name: '李伟之女' }, { who: 'b', psn_name: '李伟之女' }, { who: 'c', psn_name: '李晨光' }],
      },
      finds: [{ who: 'b' }, { who: 'c' }],
    },
    {
      title: 'one of several population rows that fits is enough',
      given: {
        population: [{ psn_name: '王小红' }, { pop_kind: '2', psn_name: '王晓丽' }],
        enrolment: [{ psn_name: '王晓丽' }],
      },
      finds: [],
    },
    {
      title: 'rows that are not active, or run beside the basic schemes, are not compared',
      given: {
        population: [{ psn_name: '王小红' }, { who: 'b', psn_name: '王小红' }],
        enrolment: [
          { psn_name: '李四', psn_insu_stas: '4' },
          { who: 'b', psn_name: '李四', insutype: '392' },
        ],
      },
      finds: [],
    },
  ],
});
