import type { Fact } from './fact.ts';

/**
 * Prelude only, for the two numbers lie in different ranges of h. People of the population register who may be
 * covered under another number: an active row under their old number, or one that names theirs as the old one
 * (`old-number`); a newborn of whom the guardian's rows tell, by the same guardian and birth date (`guardian`).
 * Hints link to verification; nobody is joined or cleared by one.
 */
const hints: Fact = {
  name: 'hints',
  sql: () => `
    WITH active_rows AS NOT MATERIALIZED (
      SELECT person_key, old_certno, guardian_certno, brdy FROM enrolment
      WHERE active(insutype, psn_insu_stas, psn_insu_date, paus_insu_date, insu_year, absent)
    ),
    renumbered AS (SELECT person_key, 'C:' || old_certno AS old_key FROM population WHERE old_certno IS NOT NULL),
    newborns AS (
      SELECT person_key, guardian_certno, brdy FROM population
      WHERE guardian_certno IS NOT NULL AND brdy > months_after(as_of(), -12)
    ),
    guarded AS (
      SELECT person_key, guardian_certno, brdy FROM active_rows WHERE guardian_certno IS NOT NULL
      UNION ALL
      SELECT NULL, guardian_certno, brdy FROM "enrolment-unkeyed"
      WHERE guardian_certno IS NOT NULL
        AND active(insutype, psn_insu_stas, psn_insu_date, paus_insu_date, insu_year, absent)
      UNION ALL
      -- Or the row is under the guardian's own number, with the child's birth date.
      SELECT person_key, person_key[3:], brdy FROM active_rows SEMI JOIN newborns USING (brdy)
    )
    SELECT r.person_key, 'old-number' AS kind FROM active_rows a JOIN renumbered r ON r.old_key = a.person_key
    UNION
    SELECT 'C:' || old_certno, 'old-number' FROM active_rows WHERE old_certno IS NOT NULL
    UNION
    SELECT n.person_key, 'guardian'
    FROM newborns n JOIN guarded g USING (guardian_certno, brdy)
    WHERE g.person_key IS DISTINCT FROM n.person_key`,
};

export default hints;
