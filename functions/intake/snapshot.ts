import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Feed } from '../../schemas/feeds/feed.ts';
import { type Snapshot, type SnapshotFile, snapshotFiles, snapshotKey } from '../../schemas/snapshot.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { NamedFile } from '../runtime/kept-files.ts';
import { lakeSelect } from './content.ts';
import { sha256 } from './object-key.ts';

/** Rows of a file: enough for good compression, few enough for a task to take many feeds' files at once. */
const aimedRows = 250_000;
/** A file may be this much fuller before there are twice as many. */
const slack = 1.1;
/** Files that may be written from the content itself, or from one part of it. */
const bandFiles = 8;

export type SnapshotFiles = Pick<Snapshot, 'files' | 'unkeyed' | 'rows'> & {
  /** Digest of the digests of all files. */
  readonly digest: string;
  /** Where the files are: file name → local path. */
  readonly paths: ReadonlyMap<string, string>;
};

/**
 * Writes `content` as the Parquet files of a snapshot. The same content gives the same bytes: every file is in a
 * total order, and nothing in it depends on the time or the number of threads.
 */
export async function writeSnapshotFiles(db: Database, feed: Feed, folder: string): Promise<SnapshotFiles> {
  await mkdir(folder, { recursive: true });
  const [rows] = await db.all<{ keyed: number; unkeyed: number }>(
    'SELECT count(h) AS keyed, count(*) - count(h) AS unkeyed FROM content',
  );
  const paths = new Map<string, string>();
  const write = async (lane: Database, name: string, rowsOf: string): Promise<Omit<SnapshotFile, 'range'>> => {
    const path = join(folder, `${name}.parquet`);
    paths.set(name, path);
    const [written] = await lane.all<{ Count: number }>(`
      COPY (SELECT ${lakeSelect(feed, 'c')} FROM ${rowsOf} ORDER BY h, person_key, row_no, seq)
      TO '${path}' (FORMAT parquet, COMPRESSION snappy)`);
    return { rows: written!.Count, bytes: (await stat(path)).size, digest: await fileDigest(path) };
  };
  const files: SnapshotFile[] = [];
  for (const { ranges, source, place } of await bandsOf(db, equalRanges(rows!.keyed), join(folder, 'bands'))) {
    await sideBySide(db, ranges, async (lane, { range, from, to }) => {
      files.push({ range, ...(await write(lane, range, `${source} AND c.h BETWEEN ${from} AND ${to}`)) });
    });
    // Scratch space holds the delivery and its spilled rows as well.
    if (place !== undefined) await rm(place, { recursive: true, force: true });
  }
  files.sort((one, other) => (one.range < other.range ? -1 : 1));
  const unkeyed = rows!.unkeyed === 0 ? undefined : await write(db, 'unkeyed', 'content c WHERE c.h IS NULL');
  const digest = sha256(
    [...files, { range: 'unkeyed', ...unkeyed }].map((file) => `${file.range} ${file.digest}`).join('\n'),
  );
  return { files, unkeyed, rows: rows!.keyed + rows!.unkeyed, digest, paths };
}

/** Does `work` for all items, two at a time: a file alone leaves a processor idle while it is sorted and put together. */
async function sideBySide<Item>(
  db: Database,
  items: readonly Item[],
  work: (lane: Database, item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const other = await db.beside();
  const lanes = [db, other].map(async (lane) => {
    for (const item of waiting) await work(lane, item);
  });
  // The database is not to be closed while one of them is at work.
  const failed = (await Promise.allSettled(lanes)).find(({ status }) => status === 'rejected');
  other.close();
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
}

/** As many equal parts of the values of h, a power of two, as keep a file near the aimed size. */
export function equalRanges(rows: number): { range: string; from: number; to: number }[] {
  const bits = Math.min(16, Math.max(0, Math.ceil(Math.log2(rows / (aimedRows * slack)))));
  const width = 2 ** (16 - bits);
  return Array.from({ length: 2 ** bits }, (_, part) => {
    const from = part * width;
    const to = from + width - 1;
    return { range: `${hex(from)}-${hex(to)}`, from, to };
  });
}

type Range = ReturnType<typeof equalRanges>[number];

/**
 * Where the rows of which ranges are, as a FROM with its WHERE. The content of a province is spilled, has a hundred files, and to look through
 * all of it for each of them takes a quarter of an hour: it is looked through once, and parted roughly.
 */
async function bandsOf(
  db: Database,
  ranges: readonly Range[],
  folder: string,
): Promise<{ readonly ranges: readonly Range[]; readonly source: string; readonly place?: string }[]> {
  if (ranges.length <= bandFiles) return [{ ranges, source: 'content c WHERE true' }];
  const width = (0x10000 / ranges.length) * bandFiles;
  await db.run(`
    COPY (SELECT *, h // ${width} AS band FROM content WHERE h IS NOT NULL)
    TO '${folder}' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (band), OVERWRITE_OR_IGNORE)`);
  return Array.from({ length: ranges.length / bandFiles }, (_, band) => ({
    ranges: ranges.slice(band * bandFiles, (band + 1) * bandFiles),
    source: `read_parquet('${folder}/*/*.parquet', hive_partitioning = true) c WHERE c.band = ${band}`,
    place: join(folder, `band=${band}`),
  }));
}

/** Makes a view `base` of a snapshot's files, which `fetch` brings to a folder. */
export async function openSnapshot(
  db: Database,
  snapshot: Snapshot,
  folder: string,
  fetch: (file: NamedFile, path: string) => Promise<void>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const { name, digest } of snapshotFiles(snapshot)) {
    const path = join(folder, `${name}.parquet`);
    await fetch({ key: snapshotKey(snapshot, name), digest }, path);
    paths.push(path);
  }
  const list = paths.map((path) => `'${path}'`).join(', ');
  await db.run(`CREATE OR REPLACE VIEW base AS SELECT * FROM read_parquet([${list}])`);
}

/** SHA-256 of a local file, in hexadecimal digits. */
export async function fileDigest(path: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex');
}

const hex = (h: number): string => h.toString(16).padStart(4, '0');
