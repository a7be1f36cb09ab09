import type { Acknowledgement } from '../../schemas/delivery.ts';
import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Stopwatch } from '../crosscheck/stopwatch.ts';
import type { Database } from '../runtime/duckdb.ts';
import { cleanRows } from './cleaning/clean.ts';
import { asDelta } from './delta.ts';
import { checkCounts, checkDigest, type Manifest, parseManifest } from './manifest.ts';
import type { FileName } from './object-key.ts';
import { refusalOfRows } from './outcome.ts';
import { type ReadResult, readDelivery } from './reading/read-delivery.ts';
import { inYuan, type RowRemarks, remarksOf, totalsOf } from './row-remarks.ts';

/** What a file is in itself, wherever its feed stands. Its clean rows are in the table `accepted`. */
export type Examined = {
  readonly manifest: Acknowledgement['manifest'];
  /** Its data-as-of is said by a manifest. */
  readonly declared: boolean;
  readonly read?: ReadResult;
  readonly remarks?: RowRemarks;
  readonly refusal?: Refusal;
};

type Source = {
  readonly path: string;
  readonly name: string;
  readonly bytes: number | undefined;
  readonly manifest: string | undefined;
};

/** Checks a file against its manifest, reads it and cleans its rows, as far as nothing refuses it. */
export async function examine(
  db: Database,
  source: Source,
  name: FileName,
  settings: Settings,
  tempDir: string,
  timed: Stopwatch,
): Promise<Examined> {
  const manifest = source.manifest === undefined ? undefined : parseManifest(source.manifest, name);
  if (isRefusal(manifest)) return { manifest: 'failed', declared: false, refusal: manifest };
  const wrongDigest = manifest && (await checkDigest(manifest, source.path));
  if (wrongDigest) return { manifest: 'failed', declared: false, refusal: wrongDigest };
  const examined = await examineRows(db, source, name, settings, tempDir, timed, manifest);
  return {
    declared: manifest?.dataAsOf !== undefined,
    manifest: manifest === undefined ? 'none' : 'checked',
    ...examined,
  };
}

async function examineRows(
  db: Database,
  source: Source,
  name: FileName,
  settings: Settings,
  tempDir: string,
  timed: Stopwatch,
  manifest: Manifest | undefined,
): Promise<Partial<Examined>> {
  const { feed, mode } = name;
  if (source.bytes === 0 && mode === 'full') return { refusal: refuse('empty-full') };
  const columns = mode === 'delta' ? asDelta(feed) : feed;
  const read = await timed.step('read', () => readDelivery(db, source, columns, settings.intake.limits, tempDir));
  if (isRefusal(read)) return { refusal: read };
  const counts = await timed.step('clean', () => cleanRows(db, feed, { ...read, mode }, settings));
  const totals = await totalsOf(db, feed, read.absent);
  await db.run('DROP TABLE raw');
  const remarks = {
    ...(await remarksOf(db, counts)),
    totals: inYuan(totals.readFen),
    acceptedTotals: inYuan(totals.acceptedFen),
  };
  const differs = manifest && checkCounts(manifest, feed, { rows: read.rows, totalsFen: totals.readFen });
  if (differs) return { read, remarks, manifest: 'failed', refusal: differs };
  return { read, remarks, refusal: refusalOfRows(name, counts, settings.intake.maxRejectedShare) };
}
