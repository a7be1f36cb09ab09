import { repairedNumbers } from '../near-id.ts';
import type { Fact } from './fact.ts';

/**
 * Prelude only. The population person that an unusable number most probably means: the only one with an equal folded
 * name and a number that is one repair away. Any kind and status of population row; former names do not count, nor
 * names with unreadable characters.
 */
const samePerson: Fact = {
  name: 'same_person',
  facts: ['unusable'],
  sql: () => `
    WITH repairable AS (
      SELECT * FROM unusable WHERE cert_status IN ('bad-check-digit', 'bad-birth-date') AND length(certno) = 18
    ),
    repairs AS MATERIALIZED (${repairedNumbers('SELECT DISTINCT certno AS number FROM repairable')}),
    people AS (
      SELECT r.number, p.person_key, p.psn_name, p.ref
      FROM population p JOIN (SELECT number, 'C:' || repaired AS person_key FROM repairs) r USING (person_key)
    ),
    candidates AS (
      SELECT u.ref AS ref, p.person_key, list(p.ref) AS refs
      FROM repairable u JOIN people p ON p.number = u.certno
      WHERE compare_names(u.psn_name, p.psn_name, NULL, false) IN ('equal', 'variant')
        AND readable(u.psn_name)
      GROUP BY u.ref, p.person_key
    )
    SELECT * FROM candidates QUALIFY count(*) OVER (PARTITION BY ref) = 1`,
};

export default samePerson;
