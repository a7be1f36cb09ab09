import type { LoadedRoster, PolicyKey, PolicyRecord, RosterLoad } from '../../../schemas/policy.ts';
import { isNewer, type Snapshot } from '../../../schemas/snapshot.ts';
import type { Items, Write } from '../../runtime/items.ts';
import { policyAfter } from './policy-after.ts';
import { policyStore, policyWrites, readsOtherwise, recordKey } from './policy-store.ts';
import type { RosterChange, RosterChanges } from './roster-changes.ts';
import { asLoaded, factOfRoster, rosterAsOf } from './roster-facts.ts';
import { outrankedWrite, rosterStore } from './roster-store.ts';

export type LoadRosterDependencies = {
  readonly items: Items;
  /** Table `policies`. */
  readonly table: string;
  readonly secret: () => Promise<string>;
  readonly now: () => Date;
  /** The newest accepted roster. */
  readonly newest: () => Promise<Pick<Snapshot, 'snapshotId' | 'dataAsOf' | 'sequence'> | undefined>;
  /** Gives `work` what differs between two rosters. */
  readonly withChanges: <T>(
    of: { readonly from: string | undefined; readonly to: string },
    work: (changes: RosterChanges) => Promise<T>,
  ) => Promise<T>;
  readonly pause: (milliseconds: number) => Promise<void>;
};

export type LoadRosterPace = {
  /** So that settlements, which use the same table, go on as before. */
  readonly policiesPerSecond: number;
  /** After this it stops, and goes on when it is called again. */
  readonly seconds: number;
};

/** Policies in one transaction: each may need four writes, of at most 100. */
const together = 10;
/** Changes brought in together: their policies are read in one request. */
const readTogether = 100;
/**
 * Rest for the table after every request, as a multiple of what it took: where the table is busy with settlements, the
 * load gives way.
 */
const restPerWork = 3;
/** Policies looked at again at a time: most that messages spoke of need nothing else, and there may be a hundred thousand. */
const lookedAtTogether = 500;
/** Policies after which it is noted how far the load has come. */
const noted = 600;

/**
 * Brings the policies in line with the newest roster, or goes on with it. Only what differs from the roster that was
 * loaded before is written, then policies that messages spoke of in between are looked at again.
 * @returns policies written.
 */
export async function loadRoster(dependencies: LoadRosterDependencies, pace: LoadRosterPace): Promise<number> {
  const rosters = rosterStore(dependencies.items, dependencies.table);
  const until = dependencies.now().getTime() + pace.seconds * 1000;
  const open = await rosters.load();
  if (open?.step === 'messages') return lookAgain(dependencies, open);
  const next = open ?? (await notYetLoaded(dependencies));
  if (next === undefined) return 0;
  const of = { from: next.from?.snapshotId, to: next.to.snapshotId };
  const went = await dependencies.withChanges(of, async (changes) => {
    const load = open ?? (await begin(dependencies, next, changes.insurers));
    return load && writeChanges(dependencies, load, changes, { ...pace, until });
  });
  if (went?.load === undefined) return went?.written ?? 0;
  return went.written + (await lookAgain(dependencies, went.load));
}

type Next = {
  readonly from?: LoadedRoster | undefined;
  readonly to: Pick<Snapshot, 'snapshotId' | 'dataAsOf' | 'sequence'>;
};

/** The newest roster and the one that is loaded; nothing when these are one. */
async function notYetLoaded({ items, table, newest }: LoadRosterDependencies): Promise<Next | undefined> {
  const from = await rosterStore(items, table).loaded();
  const to = await newest();
  return to === undefined || (from !== undefined && !isNewer(to, from)) ? undefined : { from, to };
}

/** @returns nothing when somebody else has begun. */
async function begin(
  { items, table, now }: LoadRosterDependencies,
  { from, to: { snapshotId, dataAsOf, sequence } }: Next,
  named: readonly string[],
): Promise<RosterLoad | undefined> {
  const load: RosterLoad = {
    ...(from === undefined ? {} : { from }),
    to: {
      ...{ snapshotId, dataAsOf, sequence, asOf: rosterAsOf({ dataAsOf, sequence }) },
      insurers: [...new Set([...(from?.insurers ?? []), ...named])].sort(),
    },
    startedAt: now().toISOString(),
    step: 'changes',
    done: 0,
    version: 1,
  };
  return (await rosterStore(items, table).begin(load)) ? load : undefined;
}

/** @returns the load when all its changes are written; none while some are left, or when somebody else writes them. */
async function writeChanges(
  dependencies: LoadRosterDependencies,
  begun: RosterLoad,
  changes: RosterChanges,
  pace: LoadRosterPace & { until: number },
): Promise<{ written: number; load?: RosterLoad }> {
  const rosters = rosterStore(dependencies.items, dependencies.table);
  const secret = await dependencies.secret();
  let [load, written] = [begun, 0];
  while (load.done < changes.count) {
    const slice = await changes.read(load.done, noted);
    for (let start = 0; start < slice.length; start += readTogether)
      await bringIn({ ...dependencies, ...pace, secret }, slice.slice(start, start + readTogether), load.to);
    written += slice.length;
    const done = load.done + slice.length;
    if (!(await rosters.advance(load, done))) return { written };
    load = { ...load, done, version: load.version + 1 };
    if (dependencies.now().getTime() >= pace.until) return { written };
  }
  if (!(await rosters.take(load))) return { written };
  return { written, load: { ...load, step: 'messages', version: load.version + 1 } };
}

type BringIn = Omit<LoadRosterDependencies, 'secret'> & LoadRosterPace & { readonly secret: string };

/** Writes what is not yet as the roster has it, until all is read back so; one by one where somebody changed one meanwhile. */
async function bringIn(at: BringIn, changes: readonly RosterChange[], roster: LoadedRoster): Promise<void> {
  const { items, table } = at;
  for (let [left, size] = [changes, together]; ; ) {
    const known = await gently(at, 0, () => policyStore(items, table).records(left));
    const writesOf = new Map<RosterChange, Write[]>();
    for (const [index, change] of left.entries()) {
      const next = policyAfter(known[index], change, factOfRoster(change.row, roster, at.secret));
      if (next !== known[index]) writesOf.set(change, policyWrites(table, known[index], next));
    }
    if (writesOf.size === 0) return;
    left = [...writesOf.keys()];
    let allMade = true;
    for (let start = 0; start < left.length; start += size) {
      const some = left.slice(start, start + size);
      const made = await gently(at, some.length, () => items.write(some.flatMap((change) => writesOf.get(change)!)));
      allMade &&= made;
    }
    size = allMade ? together : 1;
  }
}

/** Does one request's work on some policies, and lets the table rest after it. */
async function gently<T>(
  { now, pause, policiesPerSecond }: BringIn,
  policies: number,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = now().getTime();
  const done = await work();
  const spent = now().getTime() - startedAt;
  await pause(Math.max((policies * 1000) / policiesPerSecond - spent, spent * restPerWork));
  return done;
}

/**
 * Policies that a message spoke of: unchanged between two rosters, they were not written, but the newer roster may
 * outrank the message now. It comes after the new roster has been taken: whoever takes a message sees it by then.
 */
async function lookAgain(dependencies: LoadRosterDependencies, load: RosterLoad): Promise<number> {
  const { items, table } = dependencies;
  const [rosters, policies] = [rosterStore(items, table), policyStore(items, table)];
  let written = 0;
  for (const insurer of load.to.insurers) {
    const spokenOf = await rosters.spokenOf(insurer);
    for (let start = 0; start < spokenOf.length; start += lookedAtTogether) {
      const keys = spokenOf.slice(start, start + lookedAtTogether);
      const records = await policies.records(keys);
      for (const [index, key] of keys.entries())
        written += await bringInLine(dependencies, load.to, key, records[index]);
    }
  }
  await rosters.finish(load);
  return written;
}

/** @param read The policy as it was just read. @returns how often it was written. */
async function bringInLine(
  { items, table }: LoadRosterDependencies,
  roster: LoadedRoster,
  key: PolicyKey,
  read: PolicyRecord | undefined,
): Promise<number> {
  let written = 0;
  for (let previous = read; ; previous = await policyStore(items, table).record(key)) {
    const next = asLoaded(previous, key, roster);
    const changed = next !== undefined && readsOtherwise(previous, next);
    const outranked = isOutranked(next, roster.asOf) ? [outrankedWrite(table, key)] : [];
    const writes: Write[] = changed
      ? policyWrites(table, previous, next)
      : outranked.length === 0
        ? []
        : [unmoved(table, previous)];
    const made = writes.length === 0 || (await items.write([...writes, ...outranked]));
    // What was changed is read back.
    if (made && !changed) return written;
    written += made ? 1 : 0;
  }
}

function isOutranked(record: PolicyRecord | undefined, asOf: string): boolean {
  return [record?.upserted, record?.terminated].every((said) => said === undefined || said.asOf < asOf);
}

const unmoved = (table: string, record: PolicyRecord | undefined): Write => {
  if (record === undefined) throw new Error('A policy that messages spoke of has no record');
  return { table, check: recordKey(record), when: { version: record.version } };
};
