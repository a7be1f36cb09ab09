import { maskName, maskNumber } from '../../../schemas/certificate.ts';
import type { Database } from '../../runtime/duckdb.ts';
import { mapColumn } from '../map-column.ts';

/**
 * What a list for people shows of the columns `psn_name` and `certno` of a table: tables `masked_names` and
 * `masked_numbers` (value, mapped), and `cell(t)` for texts.
 */
export async function maskColumns(database: Database, table: string): Promise<void> {
  await mapColumn(database, { table, column: 'psn_name' }, 'masked_names', maskName);
  await mapColumn(database, { table, column: 'certno' }, 'masked_numbers', (number) => maskNumber(number, 'file'));
  // Excel takes a text that begins like this for a formula.
  await database.run(
    `CREATE OR REPLACE MACRO cell(t) AS CASE WHEN regexp_matches(t, '^[=+@\\t\\r-]') THEN '''' || t ELSE t END`,
  );
}
