import type { DuckDBAppender } from '@duckdb/node-api';
import type { Database } from '../../runtime/duckdb.ts';

/** Why a row cannot be trusted as a whole; its cells are kept for the error file. */
export type RowDefect = 'malformed-row';

export type RawTable = {
  /**
   * Appends one row: `cells` as the file has them, `null` and `''` alike for empty. A row without a cell of the feed
   * is a blank row: it has its number and is not kept.
   */
  append(rowNumber: number, cells: readonly (string | null | undefined)[], defect?: RowDefect): void;
  /** Rows kept so far. */
  rows(): number;
  close(): void;
};

/**
 * The one way by which rows that Node reads come into the table `raw(row_no, defect, "<field>" …)`. `columns` say
 * which cell of a record is which field; other cells are left out.
 */
export async function createRawTable(
  db: Database,
  columns: readonly { readonly field: string; readonly index: number }[],
): Promise<RawTable> {
  const fields = columns.map(({ field }) => `, "${field}" VARCHAR`).join('');
  await db.run(`CREATE OR REPLACE TABLE raw (row_no BIGINT, defect VARCHAR${fields})`);
  const appender = await db.connection.createAppender('raw');
  const indexes = columns.map((column) => column.index);
  let rows = 0;
  return {
    append(rowNumber, cells, defect) {
      if (!defect && indexes.every((index) => isBlank(cells[index]))) return;
      appendRow(appender, rowNumber, cells, indexes, defect);
      rows++;
    },
    rows: () => rows,
    close: () => appender.closeSync(),
  };
}

function appendRow(
  appender: DuckDBAppender,
  rowNumber: number,
  cells: readonly (string | null | undefined)[],
  indexes: readonly number[],
  defect: RowDefect | undefined,
): void {
  appender.appendBigInt(BigInt(rowNumber));
  if (defect) appender.appendVarchar(defect);
  else appender.appendNull();
  for (const index of indexes) {
    const cell = cells[index];
    if (cell) appender.appendVarchar(cell);
    else appender.appendNull();
  }
  appender.endRow();
}

/** A cell of nothing but blanks, control and zero-width characters. */
export function isBlank(cell: string | null | undefined): boolean {
  return !cell || blank.test(cell);
}

/** `isBlank` over all columns, in SQL. A cell that begins with a printable ASCII character decides at once. */
export function isBlankRow(fields: readonly string[]): string {
  const cells = fields.map((field) => `"${field}"`);
  const filled = cells.map((cell) => `WHEN ascii(${cell}) BETWEEN 33 AND 126 THEN false`).join(' ');
  return `CASE ${filled} ELSE regexp_full_match(concat(${cells.join(', ')}), '${blankClass}') END`;
}

const blankClass = String.raw`[\x{0}-\x{20}\x{7f}\x{a0}\x{1680}\x{2000}-\x{200d}\x{2028}\x{2029}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]*`;
const blank = new RegExp(`^${blankClass.replaceAll('\\x{', '\\u{')}$`, 'u');
