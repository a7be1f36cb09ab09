import type { Fact } from './fact.ts';

/**
 * Settlements, each once (one sent twice under one number is as its last row says). `stands`: no reversal itself,
 * and taken back by none. A reversal that names no other takes back its own number.
 */
const settled: Fact = {
  name: 'settled',
  sql: ({ settings }) => `
    WITH rows AS (
      SELECT person_key, ref, setl_id, mdtrt_id, orig_setl_id, fixmedins_code AS institution, med_type, setl_type,
        begndate AS begin_date, enddate AS end_date, setl_time::DATE AS settled_on, medfee_sumamt AS total,
        fund_pay_sumamt AS fund, psn_part_amt AS own_part,
        coalesce(refd_setl_flag, false) OR coalesce(medfee_sumamt < 0, false) AS reversal
      FROM settlement
    ),
    repeated AS (
      SELECT person_key, setl_id, reversal, max(ref) AS ref FROM rows
      WHERE setl_id IN (SELECT setl_id FROM settlement GROUP BY setl_id HAVING count(*) > 1)
      GROUP BY person_key, setl_id, reversal
    )
    SELECT s.* EXCLUDE (orig_setl_id),
      NOT s.reversal AND back.setl_id IS NULL AS stands,
      s.med_type IN (${settings.inPatientMedTypes.map((type) => `'${type}'`).join(', ') || 'NULL'}) AS in_patient
    FROM rows s
    LEFT JOIN (SELECT DISTINCT person_key, coalesce(orig_setl_id, setl_id) AS setl_id FROM rows WHERE reversal) back
      USING (person_key, setl_id)
    LEFT JOIN repeated r USING (person_key, setl_id, reversal)
    WHERE coalesce(r.ref, s.ref) = s.ref`,
};

export default settled;
