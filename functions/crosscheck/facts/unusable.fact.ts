import type { Fact } from './fact.ts';

/**
 * Prelude only. Active rows of basic schemes whose citizen number is unusable, under the person that a finding and a
 * case know them by (never for joining). A missing number is missing data, not a wrong one.
 */
const unusable: Fact = {
  name: 'unusable',
  sql: () => `
    SELECT concat_ws(':', 'U', insuplc_admdvs, psn_no) AS person_key, ref, certno, psn_name, cert_status,
      insuplc_admdvs AS region, psn_no
    FROM "enrolment-unkeyed"
    WHERE psn_cert_type IN ('01', '17')
      AND cert_status IN ('bad-check-digit', 'bad-birth-date', 'bad-length', 'placeholder', 'excel-damaged')
      AND active(insutype, psn_insu_stas, psn_insu_date, paus_insu_date, insu_year, absent) AND scheme_class(insutype) <> 'O'`,
};

export default unusable;
