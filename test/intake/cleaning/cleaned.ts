import { tmpdir } from 'node:os';
import { type CleanCounts, cleanRows } from '../../../functions/intake/cleaning/clean.ts';
import { type Database, openDatabase } from '../../../functions/runtime/duckdb.ts';
import type { Feed } from '../../../schemas/feeds/feed.ts';
import { defaultSettings, type Settings } from '../../../schemas/settings.ts';

export type Cells = Readonly<Record<string, string | null>>;
export type LakeRow = Record<string, string | number | boolean | null>;
export type Issue = { row_no: number; severity: string; code: string; field: string; header: string; value: string };

export type Cleaned = { accepted: LakeRow[]; issues: Issue[]; counts: CleanCounts };

/** Cleans rows given as cells by field, numbered from 2 as below a header line. */
export async function cleaned(
  feed: Feed,
  rows: readonly Cells[],
  more: { excelSerials?: boolean; mode?: 'full' | 'delta'; settings?: Settings } = {},
): Promise<Cleaned> {
  const db = await openDatabase({ memoryMb: 512, threads: 2, tempDir: tmpdir() });
  try {
    const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((field) => field !== 'defect');
    await fillRaw(db, fields, rows);
    const absent = feed.columns.map((column) => column.field).filter((field) => !fields.includes(field));
    const counts = await cleanRows(
      db,
      feed,
      { absent, excelSerials: false, ...more },
      more.settings ?? defaultSettings,
    );
    return {
      counts,
      accepted: await db.all<LakeRow>('SELECT * FROM accepted ORDER BY row_no'),
      issues: await db.all<Issue>('SELECT * FROM row_issues'),
    };
  } finally {
    db.close();
  }
}

/** `codes` of one row, sorted, each rejecting one with `!` before it. */
export function codesOf(result: Cleaned, row: number): string[] {
  const issues = result.issues.filter((issue) => issue.row_no === row);
  return issues.map(({ severity, code }) => `${severity === 'reject' ? '!' : ''}${code}`).sort();
}

async function fillRaw(db: Database, fields: readonly string[], rows: readonly Cells[]): Promise<void> {
  const types = ['defect', ...fields].map((field) => `"${field}": "VARCHAR"`).join(', ');
  const columns = fields.map((field) => `row."${field}" AS "${field}"`);
  await db.run(
    `CREATE TABLE raw AS SELECT position + 1 AS row_no, ${['row.defect AS defect', ...columns].join(', ')}
     FROM (SELECT unnest(from_json($1, '[{${types}}]')) AS row, generate_subscripts(from_json($1, '[{${types}}]'), 1) AS position)`,
    [JSON.stringify(rows)],
  );
}
