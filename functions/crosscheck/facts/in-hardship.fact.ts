import type { Fact } from './fact.ts';

/**
 * Everybody who is in hardship at A and alive, at home: not a soldier, not abroad, not unborn. In or outside the
 * target population (where one row that qualifies is enough, whatever the others say).
 */
const inHardship: Fact = {
  name: 'in_hardship',
  facts: ['held', 'deaths', 'departed', 'target'],
  sql: () => `
    WITH people AS (
      SELECT person_key, list_sort(list(DISTINCT category)) AS categories, list(ref) AS refs, max(place) AS place,
        max(brdy) AS brdy
      FROM held WHERE hardship AND covers(begin_date, end_date, as_of())
      GROUP BY person_key
    ),
    outsiders AS (SELECT person_key FROM people ANTI JOIN target USING (person_key)),
    registered AS (
      SELECT person_key, bool_or(pop_stas IN ('4', '5')) AS away, min(brdy) AS brdy
      FROM population SEMI JOIN outsiders USING (person_key)
      GROUP BY person_key
    )
    SELECT person_key, categories, refs, true AS in_target, township FROM people JOIN target USING (person_key)
    UNION ALL
    SELECT p.person_key, p.categories, p.refs, false, p.place[1:9]
    FROM people p
    SEMI JOIN outsiders o USING (person_key)
    LEFT JOIN registered r USING (person_key)
    ANTI JOIN (SELECT person_key FROM deaths WHERE dead) d ON d.person_key = p.person_key
    ANTI JOIN departed a ON a.person_key = p.person_key
    WHERE NOT coalesce(r.away, false) AND coalesce(r.brdy, p.brdy, as_of()) <= as_of()`,
};

export default inHardship;
