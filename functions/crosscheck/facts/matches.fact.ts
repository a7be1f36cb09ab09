import type { Fact } from './fact.ts';

/**
 * What the prelude found across ranges of h. `same-person`: person_key is the population person of an XC-204.
 * `birth-registered`, `household-unknown`: why the birth of person_key is no newborn without registration.
 * `old-number`, `guardian`: why person_key may be covered under another number.
 * `exempt`: an accepted exemption of person_key holds at A.
 */
const matches: Fact = { name: 'matches', sql: () => 'SELECT * FROM "prelude-matches"' };

export default matches;
