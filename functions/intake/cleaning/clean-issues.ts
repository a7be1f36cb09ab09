import type { Column } from '../../../schemas/feeds/feed.ts';
import type { Database } from '../../runtime/duckdb.ts';
import { literal, REJECTS } from './clean-cells.ts';

/**
 * Leaves `row_issues`: one line per row and code, in the order of the file. It leaves the hub with the acknowledgement,
 * so the value is masked: enough to find the cell again, never a name or a certificate number.
 */
export async function writeIssues(db: Database, columns: readonly Column[]): Promise<void> {
  const places = columns.map((column, i) => `(${i}, '${column.field}', ${literal(column.header)})`).join(', ');
  const raw = await db.all<{ name: string }>(
    `SELECT column_name AS name FROM duckdb_columns() WHERE table_name = 'raw'`,
  );
  const present = columns.filter((column) => raw.some(({ name }) => name === column.field));
  const values = present.map((column) => `WHEN '${column.field}' THEN ${masked(column)}`).join(' ');
  await db.run(`CREATE OR REPLACE TABLE row_issues AS
    WITH cells AS (SELECT row_no, unnest(string_split(issues, ';')) AS cell FROM accepted WHERE issues IS NOT NULL),
    found AS (SELECT row_no, split_part(cell, '=', 1) AS field, unnest(string_split(split_part(cell, '=', 2), ' ')) AS code FROM cells),
    valued AS (
      SELECT row_no, CASE WHEN code[1] = '${REJECTS}' THEN 'reject' ELSE 'warning' END AS severity, ltrim(code, '${REJECTS}') AS code,
        field, CASE field ${values} END AS value FROM found JOIN raw USING (row_no)
      UNION ALL
      SELECT row_no, 'warning', CASE WHEN dropped THEN 'duplicate-row' ELSE 'duplicate-key' END, '', '#' || first_row FROM repeats)
    SELECT row_no, severity, code, field, coalesce(header, '') AS header, coalesce(value, '') AS value
    FROM valued LEFT JOIN (VALUES ${places}) places(place, field, header) USING (field)
    ORDER BY row_no, place, code`);
}

/** Personal columns show one character; others what they hold, unless it looks like a person in the wrong column. */
function masked(column: Column): string {
  const x = `"${column.field}"`;
  const hidden = `CASE WHEN length(${x}) < 3 THEN repeat('*', length(${x})) ELSE ${x}[1] || '********' || ${x}[-1] END`;
  const { kind } = column.type;
  if (kind === 'name') return `CASE WHEN ${x} <> '' THEN ${x}[1] || '*' END`;
  if (kind === 'certificate' || PERSONAL.has(column.field)) return hidden;
  const person = `regexp_matches(${x}, '[0-9０-９]{15}')`;
  // Category names must be seen to be mapped; hanzi in other coded or counted columns may be somebody's name.
  const category = kind === 'text' || (kind === 'code' && CATEGORIES.has(column.type.list.name));
  const nameless = category ? 'false' : `NOT regexp_matches(${x}, '[0-9０-９A-Za-z]')`;
  return `CASE WHEN ${person} OR ${nameless} THEN ${hidden} ELSE ${x}[1:40] END`;
}

const PERSONAL = new Set(['psn_cert_type', 'gend', 'brdy', 'mother_cert_type']);
const CATEGORIES = new Set(['idet_type', 'monitor_type', 'subs_type']);
