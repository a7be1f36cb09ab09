import type { Circumstances } from '../rule.ts';

/**
 * Statements that give a connection the words of the ground rules, so that the SQL of facts and rules reads like the
 * rule book. Rule 2, names: `compare_names` of ../compare-names.ts.
 */
export function groundMacros({ asOf, year }: Pick<Circumstances, 'asOf' | 'year'>): string[] {
  return [
    // A and Y, and 1 January of Y.
    `CREATE OR REPLACE MACRO as_of() AS DATE '${asOf}'`,
    `CREATE OR REPLACE MACRO insurance_year() AS '${year}'`,
    `CREATE OR REPLACE MACRO year_before() AS '${Number(year) - 1}'`,
    `CREATE OR REPLACE MACRO year_start() AS DATE '${year}-01-01'`,
    // Rule 1. Intervals are [begin, end); an empty end is open.
    'CREATE OR REPLACE MACRO covers(begin_date, end_date, day) AS begin_date <= day AND (end_date IS NULL OR day < end_date)',
    `CREATE OR REPLACE MACRO months_after(day, months) AS (day + to_months(months))::DATE`,
    // Rule 5. Classes E and R; O: what counts as cover and never as a duplicate. Anything else runs beside them.
    `CREATE OR REPLACE MACRO scheme_class(insutype) AS CASE
       WHEN insutype = '310' THEN 'E'
       WHEN insutype IN ('390', '380', '391') THEN 'R'
       WHEN insutype IN ('340', '350', '360') THEN 'O' END`,
    // Rule 6. An empty cell is no year; a delivery without the column leaves it to the interval.
    `CREATE OR REPLACE MACRO year_not_sent(insu_year, absent) AS
       insu_year IS NULL AND absent IS NOT NULL AND list_contains(string_split(absent, ' '), 'insu_year')`,
    `CREATE OR REPLACE MACRO active(insutype, stas, begin_date, end_date, insu_year, absent) AS
       stas = '1' AND scheme_class(insutype) IS NOT NULL AND covers(begin_date, end_date, as_of())
       AND (scheme_class(insutype) <> 'R' OR insu_year = insurance_year() OR year_not_sent(insu_year, absent))`,
    `CREATE OR REPLACE MACRO yuan(fen) AS (fen // 100) || '.' || lpad((fen % 100)::VARCHAR, 2, '0') || '元'`,
    // A row of a feed in eight bytes: the feed (by its place in the register), 26 bits of delivery, 30 of row.
    `CREATE OR REPLACE MACRO row_ref(feed, seq, row_no) AS
       (feed::BIGINT << 56) + (coalesce(seq + 1, 0)::BIGINT << 30) + row_no`,
    'CREATE OR REPLACE MACRO feed_of(ref) AS ref >> 56',
    'CREATE OR REPLACE MACRO ticket_refs(ref, refund_refs) AS [ref] || coalesce(refund_refs, [])',
    // A name without unreadable characters can be told from any other.
    "CREATE OR REPLACE MACRO readable(psn_name) AS compare_names(psn_name, 'x', NULL, false) <> 'not-comparable'",
  ];
}
