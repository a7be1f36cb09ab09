import type { Fact } from './fact.ts';

/**
 * Ground rules 5 and 6: the rows that are active at A, in any region. Class O (340, 350, 360) is cover, but never a
 * duplicate. `contributing`: takes part in 201-203, for premiums are being paid or the person is retired.
 */
const cover: Fact = {
  name: 'cover',
  sql: () => `
    SELECT person_key, ref, psn_name, scheme_class(insutype) AS class, insuplc_admdvs AS region,
      psn_insu_date AS begin_date,
      psn_clct_stas IS NULL OR psn_clct_stas = '1' OR coalesce(psn_type LIKE '12%', false) AS contributing
    FROM enrolment
    WHERE active(insutype, psn_insu_stas, psn_insu_date, paus_insu_date, insu_year, absent)`,
};

export default cover;
