import type { Fact } from './fact.ts';

/** Ground rule 9: everybody whom the police cancelled by A as a soldier or as settled abroad, and did not restore. */
const departed: Fact = {
  name: 'departed',
  sql: () => `
    SELECT DISTINCT person_key FROM "death-police"
    WHERE canc_type IN ('2', '3') AND NOT coalesce(restored, false) AND canc_date <= as_of()`,
};

export default departed;
