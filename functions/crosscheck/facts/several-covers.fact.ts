import type { Fact } from './fact.ts';

/** The active rows of basic schemes of everybody who has more than one, with what decides which to keep. */
const severalCovers: Fact = {
  name: 'several_covers',
  facts: ['cover'],
  sql: () => `
    SELECT c.person_key, c.ref, c.class, c.region, c.begin_date, c.contributing,
      e.psn_no, e.psn_type, e.cont_months, e.emp_name, e.grad_schl, e.live_admdvs[1:6] AS live_region, e.schl_admdvs[1:6] AS school_region
    FROM (
      SELECT * FROM cover
      SEMI JOIN (SELECT person_key FROM cover WHERE class <> 'O' GROUP BY person_key HAVING count(*) > 1) several
      USING (person_key)
      WHERE class <> 'O'
    ) c
    JOIN enrolment e USING (ref)`,
};

export default severalCovers;
