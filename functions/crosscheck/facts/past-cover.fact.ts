import type { Fact } from './fact.ts';

/**
 * What the register holds of people without cover: rows of `kind` suspended (XC-104), lapsed (XC-103) or older (the
 * last cover that XC-101 mentions), and when each `ended`. Rows of status 0 and 3 never were cover.
 *
 * Class R of a delivery without insurance years: a row that covered a day since 1 January of Y−1 counts as one of Y−1
 * or Y.
 */
const pastCover: Fact = {
  name: 'past_cover',
  facts: ['uncovered'],
  sql: () => `
    WITH rows AS (
      SELECT person_key, ref, scheme_class(insutype) AS class, psn_insu_stas AS stas, psn_insu_date AS begin_date,
        paus_insu_date AS end_date, insu_year, year_not_sent(insu_year, absent) AS yearless
      FROM enrolment SEMI JOIN uncovered USING (person_key)
      WHERE scheme_class(insutype) IS NOT NULL AND psn_insu_stas NOT IN ('0', '3')
    ),
    judged AS (
      SELECT person_key, ref, class,
        CASE WHEN insu_year IS NOT NULL AND class = 'R' THEN least(make_date(insu_year::INTEGER + 1, 1, 1), end_date)
          ELSE end_date END AS ended,
        CASE
          WHEN class = 'E' AND stas = '2' AND begin_date <= as_of() AND end_date IS NULL THEN 'suspended'
          WHEN class = 'R' AND stas = '2' AND (insu_year IN (insurance_year(), year_before())
            OR yearless AND begin_date <= as_of() AND coalesce(end_date > make_date(year_before()::INTEGER, 1, 1), true)) THEN 'suspended'
          WHEN class = 'R' AND stas = '1' AND insu_year = year_before() AND ended <= as_of() THEN 'lapsed'
          WHEN class = 'R' AND stas = '1' AND yearless AND begin_date < year_start()
            AND end_date > make_date(year_before()::INTEGER, 1, 1) AND end_date <= as_of() THEN 'lapsed'
          WHEN class = 'E' AND end_date > months_after(as_of(), -12) AND end_date <= as_of() THEN 'lapsed'
          ELSE 'older'
        END AS kind
      FROM rows
    )
    SELECT * FROM judged WHERE kind = 'suspended' OR ended <= as_of()`,
};

export default pastCover;
