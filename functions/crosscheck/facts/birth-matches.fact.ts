import type { Fact } from './fact.ts';

/**
 * Prelude only, for mother and child lie in different ranges of h. Births of the last year that are no newborn without
 * registration: a population or enrolment row of that birth date exists in the mother's household, or under her as
 * guardian (`birth-registered`), or the register knows the mother but not her household (`household-unknown`).
 * A mother whom the register does not know has no such row: her child is asked about.
 */
const birthMatches: Fact = {
  name: 'birth_matches',
  sql: () => `
    WITH births AS MATERIALIZED (
      SELECT DISTINCT person_key, mother_key, mother_certno, brdy FROM birth
      WHERE brdy <= as_of() AND brdy > months_after(as_of(), -12)
    ),
    mothers AS (
      SELECT b.person_key, b.brdy, p.household_no
      FROM population p JOIN births b ON b.mother_key = p.person_key
    ),
    days AS (SELECT DISTINCT brdy FROM births),
    registered AS (
      SELECT m.person_key
      FROM mothers m JOIN (SELECT household_no, brdy FROM population SEMI JOIN days USING (brdy)) p USING (household_no, brdy)
      UNION ALL
      SELECT b.person_key
      FROM births b JOIN (
        SELECT person_key, guardian_certno, brdy FROM enrolment SEMI JOIN days USING (brdy)
        UNION ALL
        SELECT person_key, guardian_certno, brdy FROM "enrolment-unkeyed" SEMI JOIN days USING (brdy)
      ) e ON e.brdy = b.brdy AND (e.person_key = b.mother_key OR e.guardian_certno = b.mother_certno
        OR 'C:' || e.guardian_certno = b.mother_key)
    ),
    unknown AS (SELECT person_key FROM mothers GROUP BY person_key HAVING count(household_no) = 0)
    SELECT person_key, min(kind) AS kind
    FROM (
      SELECT person_key, 'birth-registered' AS kind FROM registered
      UNION ALL
      SELECT person_key, 'household-unknown' FROM unknown
    )
    GROUP BY person_key`,
};

export default birthMatches;
