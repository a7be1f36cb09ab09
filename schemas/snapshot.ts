import { z } from 'zod';
import { type Feed, lakeType } from './feeds/feed.ts';

const civilDate = z.iso.date();
const count = z.int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** Rows of a contiguous range of h, sorted by (h, person_key, row_no, seq). */
export const SnapshotFile = z.object({
  /** First and last h, inclusive, as hexadecimal digits: `4000-7fff`. */
  range: z.string().regex(/^[0-9a-f]{4}-[0-9a-f]{4}$/),
  rows: count,
  bytes: count,
  /** SHA-256 of its bytes. */
  digest,
});
export type SnapshotFile = z.infer<typeof SnapshotFile>;

/**
 * The content of a feed after an accepted delivery: an item of the table `snapshots` that names immutable Parquet
 * files in the lake. Its id says what it holds: the same content of the same delivery has the same id.
 */
export const Snapshot = z.object({
  feed: z.string(),
  snapshotId: z.string(),
  deliveryId: z.string(),
  mode: z.enum(['full', 'delta']),
  dataAsOf: civilDate,
  /** False: the delivery had no manifest that says the data-as-of (未声明). */
  declared: z.boolean(),
  sequence: z.int().positive(),
  /** Sequence of the full delivery that the content began with: its rows have no `seq`. */
  fullSequence: z.int().positive(),
  rows: count,
  /** Of them: rows that have left the list, kept with the date when they were first not on it. */
  keptRows: count,
  files: z.array(SnapshotFile).min(1),
  /** Rows without usable certificate; only enrolment has them. */
  unkeyed: SnapshotFile.omit({ range: true }).optional(),
  /** What the delivery brought: rows read, accepted, with warnings, rejected, dropped. */
  counts: z.record(z.string(), count),
  /** Seconds per step of its intake; no part of what the snapshot says. */
  timings: z.record(z.string(), z.number()).optional(),
  acceptedAt: z.iso.datetime(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** Its files by name: ranges, and `unkeyed` where there is one. */
export function snapshotFiles({
  files,
  unkeyed,
}: Pick<Snapshot, 'files' | 'unkeyed'>): { name: string; digest: string }[] {
  const ranged = files.map(({ range, digest }) => ({ name: range, digest }));
  return unkeyed === undefined ? ranged : [...ranged, { name: 'unkeyed', digest: unkeyed.digest }];
}

/** Object key in the lake of one file of a snapshot: a range, or `unkeyed`. */
export function snapshotKey(snapshot: Pick<Snapshot, 'feed' | 'snapshotId'>, file: string): string {
  return `snapshots/${snapshot.feed}/${snapshot.snapshotId}/${file}.parquet`;
}

/** Newer content first by what it says about the world: the data-as-of decides, then the sequence. */
export function isNewer(
  a: Pick<Snapshot, 'dataAsOf' | 'sequence'>,
  b: Pick<Snapshot, 'dataAsOf' | 'sequence'>,
): boolean {
  return a.dataAsOf === b.dataAsOf ? a.sequence > b.sequence : a.dataAsOf > b.dataAsOf;
}

/** Columns of a feed's snapshot files, in order, with their DuckDB types. */
export function lakeColumns(feed: Feed): { name: string; type: string }[] {
  return [
    { name: 'h', type: 'USMALLINT' },
    { name: 'person_key', type: 'VARCHAR' },
    { name: 'row_no', type: 'BIGINT' },
    { name: 'seq', type: 'INTEGER' },
    { name: 'cert_status', type: 'VARCHAR' },
    ...feed.columns.map(({ field, type }) => ({ name: field, type: lakeType(type) })),
    ...(feed.relatives ?? []).map(({ key }) => ({ name: key, type: 'VARCHAR' })),
    { name: 'absent', type: 'VARCHAR' },
    { name: 'raw', type: 'VARCHAR' },
  ];
}
