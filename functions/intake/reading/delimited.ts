import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, type Options, parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { isRefusal, type Refusal, refuse } from '../../../schemas/errors.ts';
import type { Feed } from '../../../schemas/feeds/feed.ts';
import type { ReadLimits } from '../../../schemas/settings.ts';
import type { Database } from '../../runtime/duckdb.ts';
import type { Utf8Text } from './encoding.ts';
import { headOf } from './file-kind.ts';
import { findHeader, type Header, readHeader } from './header.ts';
import { createRawTable, isBlank, isBlankRow } from './raw-table.ts';
import type { ReadResult } from './read-delivery.ts';
import { lineTooLong, type Scan, type Shape, scanRecords } from './records.ts';
import { unreadable } from './unwrap.ts';

/**
 * Reads a text of cells between delimiters into `raw`. What is regular is loaded by DuckDB, many times faster than
 * anything in Node; the rest is read record by record. Both give the same rows.
 */
export async function readDelimited(
  db: Database,
  text: Utf8Text,
  feed: Feed,
  limits: ReadLimits,
): Promise<ReadResult | Refusal> {
  const head = await readHead(text, feed, limits);
  if (isRefusal(head)) return head;
  const { shape, header, expected } = head;
  // DuckDB loads what the head promises while the whole text is looked through.
  const loading = loadRows(db, text, shape, header, expected);
  const scan = await scanRecords(text, shape, limits).finally(() => loading);
  if (isRefusal(scan)) return scan;
  const early = (await loading) && keepsPromise(scan, expected);
  const loaded =
    scan.regular &&
    (early ? await numberRows(db, scan, shape, header) : await loadRegular(db, text, shape, header, scan));
  if (!loaded) await readCarefully(db, text, shape, header);
  const [count] = await db.all<{ rows: number }>('SELECT count(*) AS rows FROM raw');
  const rows = count!.rows;
  return {
    kind: 'read',
    format: 'delimited',
    encoding: text.encoding,
    delimiter: shape.delimiter,
    headerRow: shape.titles + 1,
    rows,
    blankRows: scan.records - shape.titles - 1 - rows,
    columns: header.columns.map((column) => ({ header: column.header, field: column.field })),
    ignored: [...header.ignored],
    absent: [...header.absent],
    excelSerials: false,
  };
}

/**
 * Loads a regular text. Answers false, and `raw` is not to be used, when DuckDB does not see exactly the records of the
 * scan: rows wider or narrower than the header, say.
 */
export async function loadRegular(
  db: Database,
  text: Utf8Text,
  shape: Shape,
  header: Header,
  scan: Scan,
): Promise<boolean> {
  return (await loadRows(db, text, shape, header, scan)) && (await numberRows(db, scan, shape, header));
}

/** What must be known of a text to load it. */
type Form = Pick<Scan, 'lineEnd' | 'quotes' | 'quotedBreaks'>;

/** Of a text without quotes it does not matter that they were looked for. */
function keepsPromise(scan: Scan, expected: Form): boolean {
  const { lineEnd, quotes, quotedBreaks } = scan;
  return lineEnd === expected.lineEnd && (expected.quotes || !quotes) && quotedBreaks === expected.quotedBreaks;
}

/** Loads a text by `read_csv`, rows without number. False: it is not as expected, or not regular. */
async function loadRows(db: Database, text: Utf8Text, shape: Shape, header: Header, form: Form): Promise<boolean> {
  const cells = header.columns.map(({ field, index }) => `c${index} AS "${field}"`).join(', ');
  const names = Array.from({ length: shape.width }, (_, index) => `'c${index}': 'VARCHAR'`).join(', ');
  const quote = form.quotes ? '"' : '';
  try {
    await db.run(`CREATE OR REPLACE TABLE raw AS
      SELECT NULL::BIGINT AS row_no, NULL::VARCHAR AS defect, ${cells}
      FROM read_csv('${text.path.replaceAll("'", "''")}', auto_detect = false, header = false, compression = 'none',
        skip = ${shape.titles + 1}, delim = '${shape.delimiter}', quote = '${quote}', escape = '${quote}',
        new_line = '${form.lineEnd === '\n' ? '\\n' : '\\r\\n'}', columns = {${names}},
        -- A thread that begins inside a quoted cell takes its lines for rows.
        parallel = ${!form.quotedBreaks})`);
    return true;
  } catch {
    return false;
  }
}

/**
 * Numbers the loaded rows by their place in the table, where DuckDB keeps the order of the file (`row_number()` would
 * do it on one thread, in 1.5 times the time), and takes the blank ones out. False: they are not those of the scan.
 */
async function numberRows(db: Database, scan: Scan, shape: Shape, header: Header): Promise<boolean> {
  const [count] = await db.all<{ rows: number }>('SELECT count(*) AS rows FROM raw');
  if (count!.rows !== scan.records - shape.titles - 1 - scan.blanks.length) return false;
  await setRowNumbers(db, shape.titles + 2, scan.blanks);
  await db.run(`DELETE FROM raw WHERE ${isBlankRow(header.columns.map((column) => column.field))}`);
  return true;
}

/** Row numbers from table positions: `read_csv` leaves blank lines out, so rows after one are a number further down. */
async function setRowNumbers(db: Database, first: number, blanks: readonly number[]): Promise<void> {
  await db.run(`UPDATE raw SET row_no = rowid + ${first}`);
  if (blanks.length === 0) return;
  // The k-th blank line (from 0) stands at line L, so the rows from position L - k on have k + 1 of them before.
  const shifts = new Map(blanks.map((line, k) => [line - k, k + 1]));
  const starts = [...shifts.keys()];
  const ranges = starts.map(
    (start, i) => `(${start}, ${starts[i + 1] ?? Number.MAX_SAFE_INTEGER}, ${shifts.get(start)})`,
  );
  await db.run(`UPDATE raw SET row_no = row_no + blanks.shift
    FROM (VALUES ${ranges.join(', ')}) AS blanks (first_row, next_row, shift)
    WHERE raw.rowid >= blanks.first_row AND raw.rowid < blanks.next_row`);
}

/** Reads any text record by record: stray quotes are characters, short records have missing cells. */
export async function readCarefully(db: Database, text: Utf8Text, shape: Shape, header: Header): Promise<void> {
  const raw = await createRawTable(db, header.columns);
  let row = 0;
  await pipeline(
    createReadStream(text.path, { start: text.start, highWaterMark: 1024 ** 2 }),
    parse(csvOptions(shape.delimiter)),
    async (records: AsyncIterable<string[]>) => {
      for await (const cells of records) {
        row++;
        if (row <= shape.titles + 1) continue;
        const extra = cells.length > shape.width && !cells.slice(shape.width).every(isBlank);
        raw.append(row, cells, extra ? 'malformed-row' : undefined);
      }
    },
  );
  raw.close();
}

/** Finds delimiter and header together: the delimiter is the one that shows the most columns of the feed. */
async function readHead(
  text: Utf8Text,
  feed: Feed,
  limits: ReadLimits,
): Promise<{ shape: Shape; header: Header; expected: Form } | Refusal> {
  const head = (await headOf(text.path, limits.maxLineBytes + text.start)).subarray(text.start);
  if (head.every((byte) => byte <= 0x20)) return unreadable('文件是空的', 'the file is empty');
  const lines = limits.maxTitleLines + 1;
  const readings = [',', '\t', '|', ';'].flatMap((delimiter) => {
    const records = firstRecords(head, delimiter, lines);
    const found = findHeader(records, feed);
    return found ? [{ delimiter, cells: records[found.position]!, ...found }] : [];
  });
  const best = readings.reduce((a, b) => (b.known > a.known ? b : a), readings[0]!);
  if (!best) {
    const oneLine = head.length >= limits.maxLineBytes && !head.includes('\n') && !head.includes('\r');
    return oneLine ? lineTooLong(1, limits) : refuse('no-header', { lines });
  }
  const header = readHeader(best.cells, feed, limits);
  if (isRefusal(header)) return header;
  return {
    shape: { delimiter: best.delimiter, titles: best.position, width: header.width },
    header,
    expected: { lineEnd: head.includes('\r\n') ? '\r\n' : '\n', quotes: head.includes('"'), quotedBreaks: false },
  };
}

/** Up to `count` records; fewer when the text is cut off or a quote stays open. */
function firstRecords(head: Buffer, delimiter: string, count: number): string[][] {
  const records: string[][] = [];
  try {
    parseSync(head, {
      ...csvOptions(delimiter),
      to: count,
      on_record: (record: string[]) => void records.push(record),
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return records;
}

/** The reading of `scanRecords`, in csv-parse's terms. */
function csvOptions(delimiter: string): Options {
  return {
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: false,
  };
}
