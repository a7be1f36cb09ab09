import type { Acknowledgement } from '../../schemas/delivery.ts';
import { rowCodes } from '../../schemas/errors.ts';
import type { Feed } from '../../schemas/feeds/feed.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { CleanCounts } from './cleaning/clean.ts';
import { literal } from './cleaning/clean-cells.ts';
import { deltaCodes } from './delta.ts';
import { amountColumns } from './manifest.ts';

/** What an acknowledgement tells of the rows of a file. */
export type RowRemarks = Pick<Acknowledgement, 'codes' | 'totals' | 'acceptedTotals'> & {
  readonly counts: CleanCounts;
};

/** Sums up `row_issues`: rows per code, and how many accepted rows have a warning. */
export async function remarksOf(db: Database, counts: CleanCounts): Promise<Pick<RowRemarks, 'counts' | 'codes'>> {
  const codes = await db.all<{ code: string; severity: string; rows: number }>(`
    SELECT code, severity, count(DISTINCT row_no) AS rows FROM row_issues GROUP BY ALL ORDER BY severity, code`);
  const [warned] = await db.all<{ rows: number }>(`
    SELECT count(DISTINCT row_no) AS rows FROM row_issues SEMI JOIN accepted USING (row_no)`);
  return {
    counts: { ...counts, warned: warned!.rows },
    codes: codes.map((row) => ({ ...row, zh: wordsOf(row.code).zh, en: wordsOf(row.code).en })),
  };
}

export type Totals = {
  readonly readFen: Readonly<Record<string, number>>;
  readonly acceptedFen: Readonly<Record<string, number>>;
};

/** Control totals in fen per amount column that the file has: of all rows read, and of the accepted ones. */
export async function totalsOf(db: Database, feed: Feed, absent: readonly string[]): Promise<Totals> {
  const columns = amountColumns(feed).filter(({ field }) => !absent.includes(field));
  if (columns.length === 0) return { readFen: {}, acceptedFen: {} };
  const sums = (fenOf: (field: string) => string) =>
    columns.map(({ field }) => `coalesce(sum(${fenOf(field)}), 0)::BIGINT AS "${field}"`).join(', ');
  // Clean amounts are there already; only the cells of rows that were not accepted must be cleaned once more.
  const [accepted] = await db.all<Record<string, number>>(`SELECT ${sums((field) => `"${field}"`)} FROM accepted`);
  const [others] = await db.all<Record<string, number>>(
    `SELECT ${sums((field) => `fen_of_yuan(trimmed(half_width("${field}")))`)} FROM raw ANTI JOIN accepted USING (row_no)`,
  );
  const readFen = Object.fromEntries(columns.map(({ field }) => [field, accepted![field]! + others![field]!]));
  return { readFen, acceptedFen: accepted! };
}

/**
 * Writes the error file: one line per rejected or warned row, in the order of the rows, its codes, columns and values
 * side by side. UTF-8 with BOM, so that Excel reads it.
 */
export async function writeErrorFile(db: Database, path: string): Promise<void> {
  const words = [...Object.entries(rowCodes), ...Object.entries(deltaCodes)];
  const list = words.map(([code, { zh }]) => `(${literal(code)}, ${literal(zh)})`).join(', ');
  // A cell that Excel would take for a formula is text for it with a ' before it.
  await db.run(`
    COPY (
      SELECT row_no AS "\uFEFFrow", string_agg(code, ';' ORDER BY severity, field, code) AS codes,
        nullif(string_agg(coalesce(header, ''), ';' ORDER BY severity, field, code), '') AS "column",
        nullif(regexp_replace(string_agg(coalesce(value, ''), ';' ORDER BY severity, field, code), '^([=+@-])', '''\\1'), '') AS "value",
        string_agg(concat(nullif(header, '') || '：', words.zh), '；' ORDER BY severity, field, code) AS message
      FROM row_issues LEFT JOIN (VALUES ${list}) AS words(word_code, zh) ON word_code = code
      GROUP BY row_no ORDER BY row_no
    ) TO '${path}' (FORMAT csv, HEADER)`);
}

function wordsOf(code: string): { zh: string; en: string } {
  const words: Record<string, { zh: string; en: string }> = { ...rowCodes, ...deltaCodes };
  return words[code] ?? { zh: code, en: code };
}

/** Control totals as they are written: yuan with two digits. */
export const inYuan = (totalsFen: Readonly<Record<string, number>>): Record<string, string> =>
  Object.fromEntries(Object.entries(totalsFen).map(([field, fen]) => [field, yuanOfFen(fen)]));
