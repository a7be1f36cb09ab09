import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import iconv from 'iconv-lite';

export type LineFileOptions = {
  readonly path: string;
  /** With a byte-order mark where the name says so, and in UTF-16. */
  readonly encoding?: 'utf8' | 'utf8-bom' | 'gb18030' | 'utf16le';
  readonly lineEnd?: '\n' | '\r\n';
  readonly gzip?: boolean;
};

/** A text file written line by line. Node has no encoder for GB 18030; iconv-lite has, four-byte characters included. */
export class LineFile {
  readonly path: string;
  readonly #encoding: 'utf8' | 'utf16le' | 'gb18030';
  readonly #lineEnd: string;
  /** Where bytes go in, and where they reach the disk: not the same when compressing. */
  readonly #entrance: Writable;
  readonly #exit: Writable;
  #text: string;

  constructor({ path, encoding = 'utf8', lineEnd = '\n', gzip = false }: LineFileOptions) {
    this.path = path;
    this.#encoding = encoding === 'utf8-bom' ? 'utf8' : encoding;
    this.#lineEnd = lineEnd;
    this.#exit = createWriteStream(path);
    this.#entrance = gzip ? createGzip() : this.#exit;
    if (gzip) this.#entrance.pipe(this.#exit);
    this.#text = encoding === 'utf8-bom' || encoding === 'utf16le' ? '\uFEFF' : '';
  }

  line(text: string): void {
    this.#text += text + this.#lineEnd;
    if (this.#text.length > chunkCharacters) this.#flush();
  }

  get isFull(): boolean {
    return this.#entrance.writableNeedDrain;
  }

  drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#exit.once('error', reject);
      this.#entrance.once('drain', () => {
        this.#exit.off('error', reject);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#flush();
    this.#entrance.end();
    await finished(this.#exit);
  }

  #flush(): void {
    this.#entrance.write(
      this.#encoding === 'gb18030' ? iconv.encode(this.#text, 'gb18030') : Buffer.from(this.#text, this.#encoding),
    );
    this.#text = '';
  }
}

const chunkCharacters = 1 << 18;
