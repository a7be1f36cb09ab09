import { createReadStream } from 'node:fs';
import { isRefusal, type Refusal, refuse } from '../../../schemas/errors.ts';
import type { Feed } from '../../../schemas/feeds/feed.ts';
import type { ReadLimits } from '../../../schemas/settings.ts';
import type { Database } from '../../runtime/duckdb.ts';
import type { Utf8Text } from './encoding.ts';
import { headOf } from './file-kind.ts';
import { absentFields, checkColumns, headerKey, knownHeaders } from './header.ts';
import { createRawTable, isBlank } from './raw-table.ts';
import type { ReadResult } from './read-delivery.ts';
import { lineTooLong } from './records.ts';
import { tooLarge, unreadable } from './unwrap.ts';

/** One of the first ten lines begins an object, `{"…`: a delimited text has no such line. */
export async function isJsonLines(text: Utf8Text): Promise<boolean> {
  const head = (await headOf(text.path, 64 * 1024)).subarray(text.start).toString();
  const lines = head.split('\n').filter((line) => !isBlank(line));
  return lines.slice(0, 10).some((line) => /^\s*\{\s*("|\}|$)/.test(line));
}

/**
 * Reads JSON lines into `raw`: keys are the headers, those of later objects too; the first object is row 1 and every
 * line after it is a row number. A line that is no flat object is a row with the defect `malformed-row`.
 */
export async function readJsonLines(
  db: Database,
  text: Utf8Text,
  feed: Feed,
  limits: ReadLimits,
): Promise<ReadResult | Refusal> {
  const keys = createKeys(feed);
  // Which columns there are is known at the end only: all are made, and those that no object had are dropped.
  const raw = await createRawTable(
    db,
    feed.columns.map(({ field }, index) => ({ field, index })),
  );
  let [row, objects, refusal]: [number, number, Refusal | undefined] = [0, 0, undefined];
  for await (const line of linesOf(text, limits.maxLineBytes)) {
    if (row === 0 && line !== undefined && isBlank(line)) continue;
    row++;
    if (line === undefined) refusal = lineTooLong(row, limits);
    else if (!isBlank(line)) {
      const object = parseObject(line);
      const cells = object ? keys.cellsOf(object) : [];
      if (isRefusal(cells)) refusal = cells;
      else raw.append(row, cells.map(cellText), object && cells.every(isScalar) ? undefined : 'malformed-row');
      if (object) objects++;
    }
    if (keys.count() > limits.maxColumns) refusal = tooLarge('列数 (columns)', keys.count(), limits.maxColumns);
    if (raw.rows() > limits.maxRows) refusal = tooLarge('行数 (rows)', `> ${limits.maxRows}`, limits.maxRows);
    if (refusal) break;
  }
  raw.close();
  if (refusal) return refusal;
  if (objects === 0) return unreadable('没有一行是 JSON 对象', 'no line is a JSON object');
  const header = checkColumns(keys.header(), feed);
  if (isRefusal(header)) return header;
  for (const field of header.absent) await db.run(`ALTER TABLE raw DROP COLUMN "${field}"`);
  return {
    kind: 'read',
    format: 'jsonl',
    encoding: text.encoding,
    headerRow: 0,
    rows: raw.rows(),
    blankRows: row - raw.rows(),
    columns: header.columns.map((column) => ({ header: column.header, field: column.field })),
    ignored: [...header.ignored],
    absent: [...header.absent],
    excelSerials: false,
  };
}

/** The keys met so far, and which field each one is. */
function createKeys(feed: Feed) {
  const known = knownHeaders(feed);
  const fields = feed.columns.map((column) => column.field);
  const indexes = new Map<string, number>();
  return {
    count: () => indexes.size,
    /** Values in the order of the feed's columns. Refusal: two keys of one object are the same column. */
    cellsOf(object: Readonly<Record<string, unknown>>): unknown[] | Refusal {
      const cells: unknown[] = new Array(fields.length).fill(undefined);
      for (const key of Object.keys(object)) {
        let index = indexes.get(key);
        if (index === undefined) {
          index = fields.indexOf(known.get(headerKey(key)) ?? '');
          indexes.set(key, index);
        }
        if (index < 0) continue;
        if (cells[index] !== undefined) return duplicateKey(indexes, index);
        cells[index] = object[key];
      }
      return cells;
    },
    header() {
      const columns = [...indexes].filter(([, index]) => index >= 0).map(([header, index]) => ({ header, index }));
      const firstOfEach = columns.filter(({ index }, i) => columns.findIndex((other) => other.index === index) === i);
      const named = firstOfEach.map(({ header, index }) => ({ header, index, field: fields[index]! }));
      const ignored = [...indexes].filter(([key, index]) => index < 0 && key !== '').map(([key]) => key.slice(0, 100));
      return { width: indexes.size, columns: named, ignored, absent: absentFields(named, feed) };
    },
  };
}

function duplicateKey(indexes: ReadonlyMap<string, number>, index: number): Refusal {
  const keys = [...indexes].filter(([, other]) => other === index).map(([key]) => key);
  return refuse('duplicate-column', { columns: keys.join('、') });
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = longNumber.test(line) ? parseWithSources(line) : JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A number that may not survive as a double: an 18-digit certificate written without quotes. */
const longNumber = /[:,[]\s*-?(?:\d[\d.]{14}|[\d.]+[eE])/;

function parseWithSources(line: string): unknown {
  const asWritten = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? context?.source : value;
  return JSON.parse(line, asWritten);
}

const isScalar = (value: unknown) => typeof value !== 'object' || value === null;

function cellText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Lines without their ends, each at most `maxBytes`; a longer one ends the walk as `undefined`. */
async function* linesOf(text: Utf8Text, maxBytes: number): AsyncGenerator<string | undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const read of createReadStream(text.path, { start: text.start, highWaterMark: 256 * 1024 })) {
    const chunk = rest.length > 0 ? Buffer.concat([rest, read as Buffer]) : (read as Buffer);
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      yield end - from > maxBytes ? undefined : chunk.toString('utf8', from, end);
      from = end + 1;
    }
    rest = chunk.subarray(from);
    if (rest.length > maxBytes) return void (yield undefined);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}
