import type { Fact } from './fact.ts';

/**
 * Ground rule 7: everybody whom a source calls dead. `dead`: at A, by the last date any source gives. `contradicted`:
 * the police death was restored, but a cremation is on record; then the dates are the cremation's, and the person is
 * not dead for any rule but XC-401.
 */
const deaths: Fact = {
  name: 'deaths',
  sql: () => `
    WITH reports AS (
      SELECT person_key, 'death-police' AS source, coalesce(death_date, canc_date) AS died, canc_date AS reported,
        coalesce(restored, false) AS restored, ref
      FROM "death-police" WHERE canc_type = '1'
      UNION ALL
      SELECT person_key, 'cremation', coalesce(death_date, crem_date), crem_date, false, ref FROM cremation
    ),
    people AS (
      SELECT person_key,
        min(died) FILTER (NOT restored) AS first_date,
        max(died) FILTER (NOT restored) AS last_date,
        min(reported) FILTER (NOT restored) AS reported,
        list_sort(list(DISTINCT source) FILTER (NOT restored)) AS sources,
        bool_or(restored) AND NOT bool_or(source = 'death-police' AND NOT restored) AS contradicted,
        list(ref) AS refs
      FROM reports GROUP BY person_key
    )
    SELECT *, NOT contradicted AND last_date <= as_of() AS dead FROM people WHERE len(sources) > 0`,
};

export default deaths;
