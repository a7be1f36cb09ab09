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
/**
 * Rest for the table after every transaction, as a multiple of what it took: where the table is busy with settlements,
 * the load gives way.
 */
const restPerWork = 2;
/** Policies read at a time: most that messages spoke of need nothing else, and there may be a hundred thousand. */
const readTogether = 500;
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
  let load = await rosters.load();
  if (load === undefined) {
    const loaded = await rosters.loaded();
    const newest = await dependencies.newest();
    if (newest === undefined || (loaded !== undefined && !isNewer(newest, loaded))) return 0;
    load = await begin(dependencies, loaded, newest);
    if (load === undefined) return 0;
  }
  let written = 0;
  if (load.step === 'changes') {
    const went = await writeChanges(dependencies, load, { ...pace, until });
    written += went.written;
    if (went.load === undefined) return written;
    load = went.load;
  }
  return written + (await lookAgain(dependencies, load));
}

async function begin(
  dependencies: LoadRosterDependencies,
  from: LoadedRoster | undefined,
  newest: Pick<Snapshot, 'snapshotId' | 'dataAsOf' | 'sequence'>,
): Promise<RosterLoad | undefined> {
  const { snapshotId, dataAsOf, sequence } = newest;
  const of = { from: from?.snapshotId, to: snapshotId };
  const named = await dependencies.withChanges(of, async ({ insurers }) => insurers);
  const insurers = [...new Set([...(from?.insurers ?? []), ...named])].sort();
  const load: RosterLoad = {
    ...(from === undefined ? {} : { from }),
    to: { snapshotId, dataAsOf, sequence, asOf: rosterAsOf(newest), insurers },
    startedAt: dependencies.now().toISOString(),
    step: 'changes',
    done: 0,
    version: 1,
  };
  return (await rosterStore(dependencies.items, dependencies.table).begin(load)) ? load : undefined;
}

/** @returns the load when all its changes are written; none while some are left, or when somebody else writes them. */
async function writeChanges(
  dependencies: LoadRosterDependencies,
  begun: RosterLoad,
  { policiesPerSecond, until }: LoadRosterPace & { until: number },
): Promise<{ written: number; load?: RosterLoad }> {
  const rosters = rosterStore(dependencies.items, dependencies.table);
  const secret = await dependencies.secret();
  return dependencies.withChanges({ from: begun.from?.snapshotId, to: begun.to.snapshotId }, async (changes) => {
    let [load, written] = [begun, 0];
    while (load.done < changes.count) {
      const slice = await changes.read(load.done, noted);
      for (let start = 0; start < slice.length; start += together) {
        const startedAt = dependencies.now().getTime();
        const some = slice.slice(start, start + together);
        await writeSome(dependencies, some, load.to, secret);
        written += some.length;
        const spent = dependencies.now().getTime() - startedAt;
        await dependencies.pause(Math.max((some.length * 1000) / policiesPerSecond - spent, spent * restPerWork));
      }
      const done = load.done + slice.length;
      if (!(await rosters.advance(load, done))) return { written };
      load = { ...load, done, version: load.version + 1 };
      if (dependencies.now().getTime() >= until) return { written };
    }
    if (!(await rosters.take(load))) return { written };
    return { written, load: { ...load, step: 'messages', version: load.version + 1 } };
  });
}

/** All of them at once, until they are read back; one by one where a message changed one of them meanwhile. */
async function writeSome(
  dependencies: LoadRosterDependencies,
  changes: readonly RosterChange[],
  roster: LoadedRoster,
  secret: string,
): Promise<void> {
  const { items, table } = dependencies;
  const previous = await policyStore(items, table).records(changes);
  const writes = changes.flatMap((change, index) => {
    const known = previous[index];
    const next = policyAfter(known, change, factOfRoster(change.row, roster, secret));
    return next === known ? [] : policyWrites(table, known, next);
  });
  if (writes.length === 0) return;
  if ((await items.write(writes)) || changes.length === 1) return writeSome(dependencies, changes, roster, secret);
  for (const change of changes) await writeSome(dependencies, [change], roster, secret);
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
    for (let start = 0; start < spokenOf.length; start += readTogether) {
      const keys = spokenOf.slice(start, start + readTogether);
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
