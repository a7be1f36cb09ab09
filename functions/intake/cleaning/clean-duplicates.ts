import { type Feed, operationColumn } from '../../../schemas/feeds/feed.ts';
import type { Database } from '../../runtime/duckdb.ts';

/**
 * Leaves the table `repeats` (row_no, first_row, dropped): rows of `accepted` that say once more what an earlier row
 * said (`dropped`), or say something else under the same row key. Only keys that occur twice are looked at closely.
 *
 * In a delta the order of the rows is their meaning (insert, withdraw, insert): there a row repeats only the row of
 * its key right before it, and several rows of one key do not contradict each other.
 */
export async function findRepeats(db: Database, feed: Feed): Promise<void> {
  const key = feed.key.map((field) => (field === 'person' ? 'person_key' : `"${field}"`)).join(', ');
  const record = ['person_key', 'cert_status', ...feed.columns.map((column) => `"${column.field}"`)].join(', ');
  const before = `OVER (PARTITION BY ${key} ORDER BY row_no)`;
  const links = feed.columns.includes(operationColumn)
    ? `CASE WHEN lag(row(${record})) ${before} IS NOT DISTINCT FROM row(${record}) THEN lag(row_no) ${before} END AS same_record,
       NULL::BIGINT AS same_key`
    : `nullif(min(row_no) OVER (PARTITION BY ${record}), row_no) AS same_record,
       nullif(min(row_no) OVER (PARTITION BY ${key}), row_no) AS same_key`;
  await db.run(`CREATE OR REPLACE TABLE repeats AS
    WITH twice AS MATERIALIZED (
      SELECT hash(${key}) AS key_hash FROM accepted WHERE NOT rejected GROUP BY key_hash HAVING count(*) > 1
    ),
    compared AS (SELECT row_no, ${links} FROM accepted WHERE NOT rejected AND hash(${key}) IN (FROM twice))
    SELECT row_no, coalesce(same_record, same_key) AS first_row, same_record IS NOT NULL AS dropped
    FROM compared WHERE first_row IS NOT NULL`);
}
