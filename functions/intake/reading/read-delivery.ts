import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRefusal, type Refusal } from '../../../schemas/errors.ts';
import type { Feed } from '../../../schemas/feeds/feed.ts';
import type { ReadLimits } from '../../../schemas/settings.ts';
import type { Database } from '../../runtime/duckdb.ts';
import { readDelimited } from './delimited.ts';
import { asUtf8 } from './encoding.ts';
import { readWorkbook } from './excel.ts';
import { isJsonLines, readJsonLines } from './json-lines.ts';
import { unwrap } from './unwrap.ts';

/** What was read, beside the table `raw`. */
export type ReadResult = {
  readonly kind: 'read';
  readonly format: 'delimited' | 'jsonl' | 'xlsx' | 'xls';
  readonly encoding?: 'utf-8' | 'gb18030' | 'utf-16le';
  readonly delimiter?: string;
  /** Row number of the header; 0 when the format has none (JSON lines). */
  readonly headerRow: number;
  /** Rows of `raw`. */
  readonly rows: number;
  /** Row numbers after the header that hold no cell of the feed. */
  readonly blankRows: number;
  readonly columns: readonly { readonly header: string; readonly field: string }[];
  /** Headers that are no column of the feed, as written. */
  readonly ignored: readonly string[];
  /** Fields of the feed the delivery has no column for. */
  readonly absent: readonly string[];
  /** A number in a date column is a serial number of Excel. */
  readonly excelSerials: boolean;
};

/**
 * Reads a file as an agency sent it into the DuckDB table `raw(row_no, defect, "<field>" …)`: one VARCHAR for each
 * declared column that the file has, cells as read, rows by the number Excel shows. What the file is, is found from
 * its content. Memory does not grow with the file (a workbook's texts excepted, which have their own limit); files
 * of its own go to `tempDir` and are removed. After a refusal `raw` is not to be used.
 */
export async function readDelivery(
  db: Database,
  source: { readonly path: string; readonly name: string },
  feed: Feed,
  limits: ReadLimits,
  tempDir: string,
): Promise<ReadResult | Refusal> {
  await mkdir(tempDir, { recursive: true });
  const folder = await mkdtemp(join(tempDir, 'read-'));
  try {
    const file = await unwrap(source.path, limits, folder);
    if (isRefusal(file)) return file;
    if (file.kind !== 'text') return await readWorkbook(db, file.path, file.kind, feed, limits);
    const text = await asUtf8(file.path, folder);
    if (isRefusal(text)) return text;
    if (await isJsonLines(text)) return await readJsonLines(db, text, feed, limits);
    return await readDelimited(db, text, feed, limits);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
