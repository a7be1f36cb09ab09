import { readFile, stat } from 'node:fs/promises';
import { type CellValue, readXls, streamXlsxRows } from 'hucre';
import { isRefusal, type Refusal, refuse } from '../../../schemas/errors.ts';
import type { Feed } from '../../../schemas/feeds/feed.ts';
import type { ReadLimits } from '../../../schemas/settings.ts';
import type { Database } from '../../runtime/duckdb.ts';
import { findHeader, readHeader } from './header.ts';
import { createRawTable, isBlank } from './raw-table.ts';
import type { ReadResult } from './read-delivery.ts';
import { mostUnpackedBytes, tooLarge, unreadable, zipContents } from './unwrap.ts';

type SheetRow = { readonly index: number; readonly values: readonly CellValue[] };
type Sheet = AsyncGenerator<SheetRow, void, undefined>;

/**
 * Reads the first sheet with a header of the feed into `raw`; row numbers are those of the sheet, gaps included.
 * Refusals: `unreadable-file` (password, damaged, empty), `too-large`, and those of the header.
 */
export async function readWorkbook(
  db: Database,
  path: string,
  format: 'xlsx' | 'xls',
  feed: Feed,
  limits: ReadLimits,
): Promise<ReadResult | Refusal> {
  const sheets = format === 'xlsx' ? await xlsxSheets(path, limits) : await xlsSheets(path, limits);
  if (isRefusal(sheets)) return sheets;
  let refusal: Refusal | undefined;
  try {
    for await (const sheet of sheets) {
      const read = await readSheet(db, sheet, feed, limits);
      if (!read) continue;
      if (!isRefusal(read)) return { ...read, format };
      if (read.code !== 'no-header') return read;
      refusal = read;
    }
  } catch (error) {
    if (error instanceof DamagedWorkbook)
      return unreadable('工作簿损坏或不完整', 'the workbook is damaged or incomplete');
    throw error;
  }
  return refusal ?? unreadable('工作簿是空的', 'the workbook is empty');
}

/** Reads one sheet; nothing when it is empty, `no-header` when it is something else than a list of the feed. */
async function readSheet(
  db: Database,
  sheet: Sheet,
  feed: Feed,
  limits: ReadLimits,
): Promise<Omit<ReadResult, 'format'> | Refusal | undefined> {
  const lines = limits.maxTitleLines + 1;
  const first: (string | null)[][] = Array.from({ length: lines }, () => []);
  const batches = batchesOf(sheet, lines);
  for (const { index, values } of (await batches.next()).value ?? []) first[index] = values.map(cellText);
  const found = findHeader(first, feed);
  // One known word is no header: every feed has more columns, and the list may be on a later sheet.
  if (!found || found.known < 2) {
    const isEmpty = first.every((cells) => cells.every(isBlank)) && (await batches.next()).done;
    return isEmpty ? undefined : refuse('no-header', { lines });
  }
  const header = readHeader(first[found.position]!, feed, limits);
  if (isRefusal(header)) return header;

  const headerRow = found.position + 1;
  const raw = await createRawTable(db, header.columns);
  for (let index = headerRow; index < lines; index++) raw.append(index + 1, first[index]!);
  let last = first.findLastIndex((cells) => cells.length > 0) + 1;
  for await (const batch of batches) {
    for (const { index, values } of batch) raw.append(index + 1, values.map(cellText));
    last = (batch.at(-1)?.index ?? last - 1) + 1;
    if (raw.rows() > limits.maxRows) break;
  }
  raw.close();
  if (raw.rows() > limits.maxRows) return tooLarge('行数 (rows)', `> ${limits.maxRows}`, limits.maxRows);
  return {
    kind: 'read',
    headerRow,
    rows: raw.rows(),
    blankRows: last - headerRow - raw.rows(),
    columns: header.columns.map((column) => ({ header: column.header, field: column.field })),
    ignored: header.ignored,
    absent: header.absent,
    excelSerials: true,
  };
}

/** Whatever stops hucre in the middle of a workbook; its message may quote cells and is not passed on. */
class DamagedWorkbook extends Error {}

/** The rows of the first `firstLines` lines together, be there any or none, then the others by the hundred. */
async function* batchesOf(sheet: Sheet, firstLines: number): AsyncGenerator<SheetRow[], void, undefined> {
  let [batch, first]: [SheetRow[], boolean] = [[], true];
  try {
    for await (const row of sheet) {
      if (batch.length >= 100 || (first && row.index >= firstLines)) {
        yield batch;
        [batch, first] = [[], false];
      }
      batch.push(row);
    }
  } catch (cause) {
    throw new DamagedWorkbook('the workbook cannot be read on', { cause });
  }
  yield batch;
}

async function xlsxSheets(path: string, limits: ReadLimits): Promise<AsyncIterable<Sheet> | Refusal> {
  const contents = await zipContents(path);
  if (isRefusal(contents)) return contents;
  let [sheetCount, unpackedBytes] = [0, 0];
  for (const { fileName, uncompressedSize } of contents.entries) {
    if (/^xl\/(work|chart)sheets\/[^/]+\.xml$/i.test(fileName)) sheetCount++;
    // hucre builds a tree of the shared texts before the first row, some thirty times their size.
    const most = limits.maxWorkbookTextBytes;
    if (/^xl\/sharedStrings\.xml$/i.test(fileName) && uncompressedSize > most)
      return tooLarge(
        '工作簿内文本字节数，可另存为 CSV (bytes of text in the workbook; save it as CSV)',
        uncompressedSize,
        most,
      );
    unpackedBytes += uncompressedSize;
  }
  const { size } = await stat(path);
  if (size > limits.maxWorkbookBytes) return workbookTooLarge(size, limits.maxWorkbookBytes);
  // hucre unpacks no part beyond the size that the directory claims, so the claims can be believed.
  const mostBytes = mostUnpackedBytes(size, limits);
  if (unpackedBytes > mostBytes) return tooLarge('解压后字节数 (unpacked bytes)', unpackedBytes, mostBytes);
  const data = await readFile(path);
  return (async function* () {
    for (let sheet = 0; sheet < sheetCount; sheet++) yield streamXlsxRows(data, { sheet });
  })();
}

/** BIFF holds at most 65,536 rows a sheet and is read as a whole; beyond this size it is no list. */
const maxXlsBytes = 64 * 1024 ** 2;

async function xlsSheets(path: string, limits: ReadLimits): Promise<AsyncIterable<Sheet> | Refusal> {
  const { size } = await stat(path);
  const mostBytes = Math.min(maxXlsBytes, limits.maxWorkbookBytes);
  if (size > mostBytes) return workbookTooLarge(size, mostBytes);
  const data = await readFile(path);
  if (data.includes(Buffer.from('EncryptedPackage', 'utf16le')))
    return unreadable('工作簿有密码', 'the workbook has a password');
  return (async function* () {
    const { sheets } = await readXls(data).catch((cause) => {
      throw new DamagedWorkbook('the workbook cannot be read', { cause });
    });
    for (const { rows } of sheets) yield filledRows(rows);
  })();
}

async function* filledRows(rows: readonly (readonly CellValue[] | undefined)[]): Sheet {
  for (const [index, values] of rows.entries()) if (values) yield { index, values };
}

function workbookTooLarge(size: number, limit: number): Refusal {
  return tooLarge('工作簿字节数，可另存为 CSV (bytes of the workbook; CSV may be larger)', size, limit);
}

/** A cell as text. Dates are ISO, yes and no are 1 and 0, numbers are what Excel shows. */
export function cellText(value: CellValue | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value instanceof Date ? dateText(value) : value;
}

/**
 * A number as Excel's General format shows it: 15 digits are what Excel keeps, so a longer number (a certificate
 * typed into a number cell) has lost its end and shows as 5.00236E+17.
 */
function numberText(value: number): string {
  if (Math.abs(value) < 1e15) return String(Number.isInteger(value) ? value : Number(value.toPrecision(15)));
  const [mantissa, exponent] = value.toExponential(5).split('e') as [string, string];
  return `${Number(mantissa)}E${exponent}`;
}

/** hucre gives the wall clock of a date cell as UTC. */
function dateText(value: Date): string {
  if (Number.isNaN(value.getTime())) return '#NUM!';
  const seconds = new Date(Math.round(value.getTime() / 1000) * 1000).toISOString();
  return seconds.endsWith('T00:00:00.000Z') ? seconds.slice(0, 10) : seconds.slice(0, 19).replace('T', ' ');
}
