import { createReadStream } from 'node:fs';
import type { Refusal } from '../../../schemas/errors.ts';
import type { ReadLimits } from '../../../schemas/settings.ts';
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
  /**
   * The bulk loader will see the same records: one kind of line end, quotes as RFC 4180 has them. Whether all records
   * are as wide as the header it checks on its own.
   */
  readonly regular: boolean;
  readonly lineEnd: '\n' | '\r\n';
  readonly quotes: boolean;
  /** A quoted cell holds a line break. */
  readonly quotedBreaks: boolean;
};

/** More blank lines than this are no accident; the careful path needs no list of them. */
const maxBlanks = 10_000;

const ordinary = 0;
const quoteByte = 1;
const lineFeed = 2;
const carriageReturn = 3;

const outside = 0;
const quoted = 1;
const afterQuote = 2;

/**
 * Walks once over the bytes of a text and finds where its records end, as Excel does: `\n`, `\r\n` and `\r` end a
 * record unless quoted; a cell is quoted when a quote is its first character. Delimiters, quotes and line ends are
 * ASCII, which UTF-8 uses for nothing else. Refusals: `too-large` (a line or the number of rows), `unreadable-file`
 * (a quote that opens and never closes would swallow the rows after it).
 */
export async function scanRecords(text: Utf8Text, shape: Shape, limits: ReadLimits): Promise<Scan | Refusal> {
  const scanner = new Scanner(shape, limits, text.start);
  for await (const chunk of createReadStream(text.path, { start: text.start, highWaterMark: 1024 ** 2 })) {
    const refusal = scanner.read(chunk as Buffer);
    if (refusal) return refusal;
  }
  return scanner.end();
}

class Scanner {
  readonly #shape: Shape;
  readonly #limits: ReadLimits;
  readonly #delimiter: number;
  readonly #kinds = new Uint8Array(256);
  /** Where the chunk begins that comes next, and where the record began. */
  #offset: number;
  #recordStart: number;
  #state = outside;
  /** The byte before the next chunk. */
  #lastByte = 0;
  #records = 0;
  #blanks: number[] = [];
  /** Carriage returns, those of them before a line feed, and line feeds of their own, outside quotes. */
  #lineEnds = { cr: 0, crlf: 0, lf: 0 };
  #irregular = false;
  #quotes = false;
  #quotedBreaks = false;
  #breakInCell = false;
  /** Number of the first record beyond the limit. */
  #longRecord = 0;

  constructor(shape: Shape, limits: ReadLimits, start: number) {
    this.#shape = shape;
    this.#limits = limits;
    this.#offset = start;
    this.#recordStart = start;
    this.#delimiter = shape.delimiter.charCodeAt(0);
    this.#kinds[0x22] = quoteByte;
    this.#kinds[0x0a] = lineFeed;
    this.#kinds[0x0d] = carriageReturn;
  }

  read(chunk: Buffer): Refusal | undefined {
    const kinds = this.#kinds;
    const length = chunk.length;
    for (let i = 0; i < length; i++) {
      const kind = kinds[chunk[i]!];
      if (kind !== ordinary) {
        this.#structure(kind, this.#offset + i, i > 0 ? chunk[i - 1]! : this.#lastByte);
        continue;
      }
      if (this.#state === afterQuote) {
        if (chunk[i] !== this.#delimiter) {
          if (this.#breakInCell) return unclosedQuote(this.#records + 1);
          this.#irregular = true;
        }
        this.#state = outside;
      }
      // Nearly all bytes of a text are passed here.
      while (i + 1 < length && kinds[chunk[i + 1]!] === ordinary) i++;
    }
    this.#offset += length;
    this.#lastByte = chunk[length - 1] ?? this.#lastByte;
    return this.#beyondLimits();
  }

  end(): Scan | Refusal {
    if (this.#state === quoted) return unclosedQuote(this.#records + 1);
    if (this.#offset > this.#recordStart) this.#endRecord(this.#offset);
    const refusal = this.#beyondLimits();
    if (refusal) return refusal;
    const { cr, crlf, lf } = this.#lineEnds;
    const oneLineEnd = lf === 0 ? cr === crlf : cr === 0;
    return {
      records: this.#records,
      blanks: this.#blanks,
      regular: !this.#irregular && oneLineEnd && this.#shape.width > 1,
      lineEnd: crlf > 0 ? '\r\n' : '\n',
      quotes: this.#quotes,
      quotedBreaks: this.#quotedBreaks,
    };
  }

  /** A quote or line end at `position`, with the byte before it. */
  #structure(kind: number | undefined, position: number, before: number): void {
    if (kind === quoteByte) {
      this.#quotes = true;
      if (this.#state === quoted) this.#state = afterQuote;
      else if (this.#state === afterQuote) this.#state = quoted;
      else if (before === this.#delimiter || position === this.#recordStart) {
        this.#state = quoted;
        this.#breakInCell = false;
      } else this.#irregular = true;
    } else if (this.#state === quoted) {
      this.#breakInCell = this.#quotedBreaks = true;
    } else if (kind === lineFeed && before === 0x0d && position === this.#recordStart) {
      this.#lineEnds.crlf++;
      this.#recordStart = position + 1;
    } else {
      this.#lineEnds[kind === lineFeed ? 'lf' : 'cr']++;
      this.#endRecord(position);
    }
  }

  #endRecord(position: number): void {
    const length = position - this.#recordStart;
    const row = this.#records - this.#shape.titles - 1;
    if (row >= 0 && length === 0 && this.#blanks.length < maxBlanks) this.#blanks.push(row);
    else if (row >= 0 && length === 0) this.#irregular = true;
    this.#records++;
    if (length > this.#limits.maxLineBytes) this.#longRecord ||= this.#records;
    this.#state = outside;
    this.#recordStart = position + 1;
  }

  #beyondLimits(): Refusal | undefined {
    const { maxRows, maxLineBytes } = this.#limits;
    const rows = this.#records - this.#shape.titles - 1;
    if (rows > maxRows) return tooLarge('行数 (rows)', `> ${maxRows}`, maxRows);
    if (this.#offset - this.#recordStart > maxLineBytes) {
      if (this.#state === quoted) return unclosedQuote(this.#records + 1);
      this.#longRecord ||= this.#records + 1;
    }
    return this.#longRecord > 0 ? lineTooLong(this.#longRecord, this.#limits) : undefined;
  }
}

function unclosedQuote(row: number): Refusal {
  return unreadable(`第 ${row} 行有一个引号没有配对`, `a quotation mark in row ${row} has no partner`);
}

export function lineTooLong(row: number, limits: ReadLimits): Refusal {
  return tooLarge(`第 ${row} 行的字节数 (bytes in row ${row})`, `> ${limits.maxLineBytes}`, limits.maxLineBytes);
}
