import { basename, join } from 'node:path';
import { type Delivery, statesBefore } from '../../schemas/delivery.ts';
import { feedUse, type Settings } from '../../schemas/settings.ts';
import { type Snapshot, snapshotFiles, snapshotKey } from '../../schemas/snapshot.ts';
import type { Stopwatch } from '../crosscheck/stopwatch.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { Clock } from '../runtime/ports.ts';
import { acknowledgementKeys, acknowledgementOf, type Told } from './acknowledge.ts';
import { compareWithBase } from './compare.ts';
import { lakeSelect } from './content.ts';
import type { Outcome } from './delivery-store.ts';
import { applyDelta } from './delta.ts';
import type { Intake } from './dependencies.ts';
import type { Examined } from './examine.ts';
import { hasEnd, keepThoseWhoLeft } from './history.ts';
import type { FileName } from './object-key.ts';
import { appliedAfter, type Decision, placeInSequence, remarksOnAccepted, reviewOf, type Standing } from './outcome.ts';
import { remarksOf, writeErrorFile } from './row-remarks.ts';
import { openSnapshot, type SnapshotFiles, writeSnapshotFiles } from './snapshot.ts';

/** A delivery on the desk: its file in a folder, its clean rows in the database. */
export type Desk = {
  readonly delivery: Delivery;
  readonly name: FileName;
  readonly examined: Examined;
  readonly settings: Settings;
  readonly folder: string;
  readonly db: Database;
  /** The file as it was sent. */
  readonly path: string;
  /** What the work takes, step by step. */
  readonly timed: Stopwatch;
  readonly now: Clock;
};

/** How often a decision is taken again because other deliveries of the feed were accepted meanwhile. */
const maxAttempts = 5;

/** True while intake has something to do for a delivery; a held one is decided by people first. */
export const isUndecided = ({ state }: Delivery): boolean => statesBefore('accepted').includes(state);

/**
 * Decides an examined delivery and makes the decision hold. Everything an accepted one consists of is stored
 * before the one transaction that makes it the feed's content, so that a cut anywhere leaves nothing half done.
 * @returns the delivery as it is then, also when another worker decided it first.
 */
export async function decideDelivery(intake: Intake, desk: Desk): Promise<Delivery> {
  let prior = desk.delivery;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const outcome = await outcomeOf(intake, { ...desk, delivery: prior });
    if (await intake.deliveries.settle(outcome)) return outcome.delivery;
    const onFile = await intake.deliveries.read(prior.deliveryId);
    if (onFile === undefined) throw new Error(`delivery ${prior.deliveryId} was on file and is gone`);
    if (!isUndecided(onFile)) return onFile;
    prior = onFile;
  }
  throw new Error(`feed ${desk.name.feed.name} moved on ${maxAttempts} times while one delivery was decided`);
}

async function outcomeOf(intake: Intake, desk: Desk): Promise<Outcome> {
  const { delivery, name, examined, timed } = desk;
  const standing = await standingOf(intake, name);
  const decision: Decision = examined.refusal
    ? { state: 'refused', refusal: examined.refusal }
    : placeInSequence(name, delivery.deliveryId, standing);
  if (decision.state !== 'accepted') return decline(intake, desk, standing, decision);
  const base = standing.before ?? (name.mode === 'full' ? standing.newest : undefined);
  if (base !== undefined) await timed.step('compare', () => open(intake, desk, base));
  if (name.mode === 'delta') return acceptDelta(intake, desk, standing, base!);
  const change = base && (await timed.step('compare', () => compareWithBase(desk.db, name.feed, base)));
  const review = change && delivery.state !== 'released' ? reviewOf(change, desk.settings.intake.hold) : decision;
  const reviewed = { ...desk, delivery: { ...delivery, change } };
  return review.state === 'accepted'
    ? acceptFull(intake, reviewed, standing)
    : decline(intake, reviewed, standing, review);
}

async function standingOf({ deliveries, snapshots }: Intake, { feed, dataAsOf }: FileName): Promise<Standing> {
  // The head is read first: whatever changes after that, its version tells.
  const head = await deliveries.head(feed.name);
  const claims = await deliveries.claims(feed.name);
  const newest = await snapshots.newest(feed.name);
  const before =
    newest === undefined || newest.dataAsOf <= dataAsOf ? newest : await snapshots.newest(feed.name, dataAsOf);
  return { head, claims, newest, before };
}

function open(intake: Intake, { db, folder }: Desk, snapshot: Snapshot): Promise<void> {
  return openSnapshot(db, snapshot, join(folder, 'base'), (file, path) =>
    intake.keptFiles.place(file, path, () => intake.objects.fetchToFile(intake.buckets.lake, file.key, path)),
  );
}

async function acceptFull(intake: Intake, desk: Desk, standing: Standing): Promise<Outcome> {
  const { db, name, settings } = desk;
  const { before } = standing;
  const keeps = before !== undefined && hasEnd(name.feed) && !feedUse(settings, name.feed).keepsHistory;
  if (!keeps) await db.run(`CREATE OR REPLACE VIEW content AS SELECT ${lakeSelect(name.feed, 'a')} FROM accepted a`);
  const keptRows = keeps ? await keepThoseWhoLeft(db, name.feed, before, name.dataAsOf) : 0;
  return accept(intake, desk, standing, { fullSequence: name.sequence, keptRows });
}

async function acceptDelta(intake: Intake, desk: Desk, standing: Standing, base: Snapshot): Promise<Outcome> {
  const { db, name, examined } = desk;
  await applyDelta(db, name.feed, name.sequence);
  const { counts, totals, acceptedTotals } = examined.remarks!;
  const remarks = { ...(await remarksOf(db, counts)), totals, acceptedTotals };
  const { fullSequence, keptRows } = base;
  return accept(intake, { ...desk, examined: { ...examined, remarks } }, standing, { fullSequence, keptRows });
}

async function accept(
  intake: Intake,
  desk: Desk,
  standing: Standing,
  origin: Pick<Snapshot, 'fullSequence' | 'keptRows'>,
): Promise<Outcome> {
  const { delivery, name, examined, db, folder, timed, now } = desk;
  const files = await timed.step('write', () => writeSnapshotFiles(db, name.feed, join(folder, 'snapshot')));
  const { feed, dataAsOf, mode, sequence } = name;
  const content: Snapshot = {
    feed: feed.name,
    snapshotId: snapshotIdOf(name, files),
    deliveryId: delivery.deliveryId,
    mode,
    dataAsOf,
    declared: examined.declared,
    sequence,
    ...origin,
    rows: files.rows,
    files: files.files,
    unkeyed: files.unkeyed,
    counts: { ...examined.remarks!.counts },
    acceptedAt: now().toISOString(),
  };
  await timed.step('store', async () => {
    for (const { name: file, digest } of snapshotFiles(content)) {
      const path = files.paths.get(file)!;
      await intake.objects.storeFile(intake.buckets.lake, snapshotKey(content, file), path);
      await intake.keptFiles.keep({ digest }, path);
    }
  });
  const snapshot: Snapshot = { ...content, timings: { ...timed.seconds } };
  const pushed = (await intake.deliveries.announcers(delivery)).length > 0;
  const notices = remarksOnAccepted(delivery, snapshot, standing.newest, pushed);
  const accepted: Delivery = { ...delivery, state: 'accepted', snapshotId: snapshot.snapshotId };
  const outcome = await tell(intake, desk, standing, accepted, { notices });
  return { ...outcome, accepted: { snapshot, applied: appliedAfter(snapshot, standing) } };
}

/** The same content of the same delivery is the same snapshot, whoever writes it and how often. */
function snapshotIdOf({ feed, dataAsOf, sequence }: FileName, { digest }: SnapshotFiles): string {
  return `${feed.name}-${dataAsOf.replaceAll('-', '')}-${sequence}-${digest.slice(0, 12)}`;
}

async function decline(
  intake: Intake,
  desk: Desk,
  standing: Standing,
  decision: Exclude<Decision, { state: 'accepted' }>,
): Promise<Outcome> {
  const { delivery, path } = desk;
  const declined: Delivery = { ...delivery, state: decision.state };
  if (decision.state === 'refused') return tell(intake, desk, standing, declined, { refusal: decision.refusal });
  const told = { notices: decision.notices, gaps: decision.gaps };
  if (decision.state === 'superseded') return tell(intake, desk, standing, declined, told);
  const copyKey = `waiting/${delivery.feed}/${delivery.deliveryId}/${basename(delivery.objectKey)}`;
  await intake.objects.storeFile(intake.buckets.lake, copyKey, path);
  return tell(intake, desk, standing, { ...declined, copyKey }, told);
}

/** Stores the error file and puts the acknowledgement into the delivery, so that it comes out with the decision. */
async function tell(
  intake: Intake,
  { delivery: prior, examined, db, folder, now }: Desk,
  { head }: Standing,
  delivery: Delivery,
  told: Pick<Told, 'refusal' | 'notices' | 'gaps'>,
): Promise<Outcome> {
  const { manifest, read, remarks } = examined;
  if (remarks !== undefined) {
    const path = join(folder, 'errors.csv');
    await writeErrorFile(db, path);
    await intake.objects.storeFile(intake.buckets.exchange, acknowledgementKeys(delivery).errors, path, 'text/csv');
  }
  const decided: Delivery = { ...delivery, decidedAt: now().toISOString() };
  const acknowledgement = acknowledgementOf(decided, { ...told, manifest, read, remarks });
  return { delivery: { ...decided, acknowledgement }, prior, head };
}
