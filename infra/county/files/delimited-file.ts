import type { RowSink, SinkCell } from './feed-file.ts';
import { LineFile, type LineFileOptions } from './line-file.ts';

export type DelimitedFileOptions = LineFileOptions & {
  readonly delimiter?: ',' | '\t' | '|' | ';';
  /** Lines before the header. */
  readonly titles?: readonly string[];
};

/** A text file with delimited cells, quoted where they must be. */
export class DelimitedFile extends LineFile implements RowSink {
  readonly #delimiter: string;
  readonly #needsQuotes: RegExp;
  #row: number;

  constructor({ delimiter = ',', titles = [], ...file }: DelimitedFileOptions) {
    super(file);
    this.#delimiter = delimiter;
    this.#needsQuotes = new RegExp(`[${delimiter}"\r\n]`);
    for (const title of titles) this.line(title);
    this.#row = titles.length;
  }

  put(cells: readonly SinkCell[]): number {
    let line = '';
    for (let i = 0; i < cells.length; i++) {
      const cell = String(cells[i]);
      if (i > 0) line += this.#delimiter;
      line += this.#needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
    }
    this.line(line);
    return ++this.#row;
  }
}
