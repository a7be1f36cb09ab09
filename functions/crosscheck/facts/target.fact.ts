import type { Fact } from './fact.ts';

/**
 * Ground rule 9: the target population at A, one row per person. Of several rows that qualify, the newest change
 * gives the place. `covered`: an active row, or the national look-up found one elsewhere.
 */
const target: Fact = {
  name: 'target',
  facts: ['cover', 'deaths', 'departed', 'elsewhere'],
  sql: () => `
    WITH qualifying AS (
      SELECT person_key, coalesce(live_admdvs, hukou_admdvs) AS place, chg_date, pop_kind
      FROM population
      ANTI JOIN (SELECT person_key FROM deaths WHERE dead) USING (person_key)
      ANTI JOIN departed USING (person_key)
      WHERE pop_kind IN ('1', '2') AND pop_stas = '1' AND coalesce(brdy <= as_of(), true)
    ),
    -- Most people have one row.
    several AS (SELECT person_key FROM qualifying GROUP BY person_key HAVING count(*) > 1),
    people AS (
      SELECT person_key, place FROM qualifying ANTI JOIN several USING (person_key)
      UNION ALL
      SELECT person_key, max({changed: coalesce(chg_date, DATE '0001-01-01'), kind: -pop_kind::INTEGER, place: place}).place
      FROM (SELECT * FROM qualifying SEMI JOIN several USING (person_key))
      GROUP BY person_key
    ),
    here AS (
      SELECT person_key, place[1:9] AS township, person_key IN (SELECT person_key FROM cover) AS covered_here FROM people
    )
    SELECT here.*, covered_here OR e.person_key IS NOT NULL AS covered
    FROM here LEFT JOIN (SELECT person_key FROM elsewhere WHERE answer = 'found') e USING (person_key)`,
};

export default target;
