import { createReadStream } from 'node:fs';
import type { Refusal } from '../../schemas/errors.ts';
import type { ReadLimits } from '../../schemas/settings.ts';
import type { Utf8Text } from './encoding.ts';
import { tooLarge, unreadable } from './unwrap.ts';

/** The shape of a delimited text, as its header gives it. */
export type Shape = {
  readonly delimiter: string;
  /** Records before the header: titles and blank lines. */
  readonly titles: number;
  /** Cells of the header. */
  readonly width: number;
};

export type Scan = {
  /** All records, from the first line of the file; a record is a row number of Excel. */
  readonly records: number;
  /** Blank records after the header, counted from the first record after it; at most `maxBlanks`. */
  readonly blanks: readonly number[];
  /** The bulk loader can be trusted: one kind of line end, quotes as RFC 4180 has them, every record as wide as the header. */
  readonly regular: boolean;
  readonly lineEnd: '\n' | '\r\n';
  readonly quotes: boolean;
  /** A quoted cell holds a line break. */
  readonly quotedBreaks: boolean;
};

/** More blank lines than this are no accident; the careful path needs no list of them. */
const maxBlanks = 10_000;

const ordinary = 0;
const delimiterByte = 1;
const quoteByte = 2;
const lineFeed = 3;
const carriageReturn = 4;

const atStart = 0;
const unquoted = 1;
const quoted = 2;
const afterQuote = 3;

/**
 * Walks once over the bytes of a text and finds where its records end, as Excel does: `\n`, `\r\n` and `\r` end a
 * record unless quoted; a cell is quoted when a quote is its first character. Delimiters, quotes and line ends are
 * ASCII, which UTF-8 uses for nothing else. Refusals: `too-large` (a line or the number of rows), `unreadable-file`
 * (a quote that opens and never closes would swallow the rows after it).
 */
export async function scanRecords(text: Utf8Text, shape: Shape, limits: ReadLimits): Promise<Scan | Refusal> {
  const scanner = createScanner(shape, limits, text.start);
  for await (const chunk of createReadStream(text.path, { start: text.start, highWaterMark: 1024 ** 2 })) {
    const refusal = scanner.read(chunk as Buffer);
    if (refusal) return refusal;
  }
  return scanner.end();
}

function createScanner(shape: Shape, limits: ReadLimits, start: number) {
  const kinds = new Uint8Array(256);
  kinds[shape.delimiter.charCodeAt(0)] = delimiterByte;
  kinds[0x22] = quoteByte;
  kinds[0x0a] = lineFeed;
  kinds[0x0d] = carriageReturn;
  const blanks: number[] = [];
  let [records, cells, state, offset, recordStart] = [0, 1, atStart, start, start];
  let [crs, crlfs, lfs, strayQuotes, ragged, longRecord] = [0, 0, 0, 0, 0, 0];
  let [quotes, breakInCell, quotedBreaks, afterCr] = [false, false, false, false];

  function endRecord(length: number): void {
    if (records > shape.titles) {
      if (length === 0 && blanks.length < maxBlanks) blanks.push(records - shape.titles - 1);
      else if (length === 0 || cells !== shape.width) ragged++;
    }
    records++;
    if (length > limits.maxLineBytes) longRecord ||= records;
    cells = 1;
    state = atStart;
  }

  function beyondLimits(): Refusal | undefined {
    const rows = records - shape.titles - 1;
    if (rows > limits.maxRows) return tooLarge('行数 rows', `> ${limits.maxRows}`, limits.maxRows);
    if (offset - recordStart > limits.maxLineBytes) {
      if (state === quoted) return unclosedQuote(records + 1);
      longRecord ||= records + 1;
    }
    return longRecord > 0 ? lineTooLong(longRecord, limits) : undefined;
  }

  function read(chunk: Buffer): Refusal | undefined {
    const length = chunk.length;
    for (let i = 0; i < length; i++) {
      const kind = kinds[chunk[i]!];
      if (kind === ordinary) {
        if (state === afterQuote && breakInCell) return unclosedQuote(records + 1);
        if (state === afterQuote) strayQuotes++;
        if (state !== quoted) state = unquoted;
        afterCr = false;
        // Nearly all bytes of a text are passed here.
        while (i + 1 < length && kinds[chunk[i + 1]!] === ordinary) i++;
        continue;
      }
      if (kind === quoteByte) {
        quotes = true;
        if (state === atStart) breakInCell = false;
        if (state === unquoted) strayQuotes++;
        else state = state === quoted ? afterQuote : quoted;
      } else if (state === quoted) {
        if (kind !== delimiterByte) breakInCell = quotedBreaks = true;
      } else if (kind === delimiterByte) {
        cells++;
        state = atStart;
      } else if (kind === lineFeed && afterCr) {
        crlfs++;
        recordStart = offset + i + 1;
      } else {
        if (kind === lineFeed) lfs++;
        else crs++;
        endRecord(offset + i - recordStart);
        recordStart = offset + i + 1;
      }
      afterCr = kind === carriageReturn && state !== quoted;
    }
    offset += length;
    return beyondLimits();
  }

  return {
    read,
    end(): Scan | Refusal {
      if (state === quoted) return unclosedQuote(records + 1);
      if (offset > recordStart) endRecord(offset - recordStart);
      const refusal = beyondLimits();
      if (refusal) return refusal;
      const oneLineEnd = lfs === 0 ? crs === crlfs : crs === 0;
      return {
        records,
        blanks,
        regular: strayQuotes === 0 && ragged === 0 && oneLineEnd && shape.width > 1,
        lineEnd: crlfs > 0 ? '\r\n' : '\n',
        quotes,
        quotedBreaks,
      };
    },
  };
}

function unclosedQuote(row: number): Refusal {
  return unreadable(`第 ${row} 行有一个引号没有配对`, `a quotation mark in row ${row} has no partner`);
}

export function lineTooLong(row: number, limits: ReadLimits): Refusal {
  return tooLarge(`第 ${row} 行的字节数 (bytes in row ${row})`, `> ${limits.maxLineBytes}`, limits.maxLineBytes);
}
