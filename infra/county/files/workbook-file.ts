import { createWriteStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeXlsxStream } from 'hucre/xlsx';
import type { RowSink, SinkCell } from './feed-file.ts';

/** An Excel workbook of one sheet, written while the rows come in. */
export class WorkbookFile implements RowSink {
  readonly path: string;
  readonly #rows = new PassThrough({ objectMode: true, highWaterMark: 4096 });
  readonly #written: Promise<void>;
  #row = 0;

  /** `titles` are rows of one cell before the header. Rows beyond Excel's 1,048,576 would go to a second sheet. */
  constructor(path: string, sheet: string, titles: readonly string[]) {
    this.path = path;
    const bytes = writeXlsxStream(this.#rows as AsyncIterable<SinkCell[]>, { name: sheet });
    this.#written = pipeline(
      Readable.fromWeb(bytes as Parameters<typeof Readable.fromWeb>[0]),
      createWriteStream(path),
    );
    for (const title of titles) this.put([title]);
  }

  put(cells: readonly SinkCell[]): number {
    this.#rows.write(cells.map((cell) => (cell === '' ? null : cell)));
    return ++this.#row;
  }

  get isFull(): boolean {
    return this.#rows.writableNeedDrain;
  }

  drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#rows.once('drain', resolve);
      this.#written.catch(reject);
    });
  }

  async close(): Promise<void> {
    this.#rows.end();
    await this.#written;
  }
}
