import type { RowSink, SinkCell } from './feed-file.ts';
import { LineFile } from './line-file.ts';

/** One JSON object a line: the names of the header are its keys, empty cells are left out. */
export class JsonLinesFile extends LineFile implements RowSink {
  #names: readonly string[] | undefined;
  #row = 0;

  /** The first row names the keys; it is no line of its own. */
  put(cells: readonly SinkCell[]): number {
    if (!this.#names) {
      this.#names = cells.map(String);
      return 0;
    }
    const names = this.#names;
    const filled = cells.map((cell, i) => [names[i], cell] as const).filter(([, cell]) => cell !== '');
    this.line(JSON.stringify(Object.fromEntries(filled)));
    return ++this.#row;
  }
}
