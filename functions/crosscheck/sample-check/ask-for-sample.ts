import { createHash } from 'node:crypto';
import { type Refusal, refuse } from '../../../schemas/errors.ts';
import type { PinnedList, SampleCheck, SampleRequest } from '../../../schemas/sample-check.ts';
import type { Settings } from '../../../schemas/settings.ts';
import { type Snapshot, snapshotKey } from '../../../schemas/snapshot.ts';
import { yearOf } from '../../../schemas/time.ts';
import type { RunKeeper } from '../run-keeper.ts';

export type SampleAsker = Pick<RunKeeper, 'samples' | 'sendCrosscheck'> & {
  /** Accepted snapshots of a feed up to a day, the newest content first. */
  readonly snapshotsOf: (feed: string, asOf?: string) => Promise<readonly Snapshot[]>;
  readonly readSettings: () => Promise<Settings>;
};

/**
 * Pins what a sample is drawn from, and has it drawn. Who asks again for the same gets the same, drawn anew: it takes
 * seconds, and its files may have been cleared away since.
 */
export async function askForSample(asker: SampleAsker, request: SampleRequest): Promise<SampleCheck | Refusal> {
  const { year, share, seed = year, asOf = `${year}-12-31`, ...named } = request;
  const enrolment = await find(asker, 'enrolment', named.enrolment, asOf);
  const population = await find(asker, 'population', named.population, asOf);
  if (named.enrolment !== undefined && enrolment === undefined)
    return refuse('sample-check/no-such-snapshot', { what: '参保登记 (enrolment)' });
  if (named.population !== undefined && population === undefined)
    return refuse('sample-check/no-such-snapshot', { what: '公安人口 (population)' });
  // A register of another year does not say who is insured in this one.
  if (enrolment === undefined || yearOf(enrolment.dataAsOf) !== year)
    return refuse('sample-check/no-register', { year });
  const { area } = await asker.readSettings();
  const pinned = {
    year,
    asOf: enrolment.dataAsOf,
    share,
    seed,
    area,
    enrolment: pin(enrolment),
    population: population === undefined ? null : pin(population),
  };
  const sample: SampleCheck = { sampleId: idOf(pinned), state: 'waiting', ...pinned };
  await asker.samples.ask(sample);
  await asker.sendCrosscheck([{ kind: 'sample-check', sampleId: sample.sampleId }]);
  return sample;
}

async function find(asker: SampleAsker, feed: string, id: string | undefined, asOf: string) {
  if (id === undefined) return (await asker.snapshotsOf(feed, asOf))[0];
  return (await asker.snapshotsOf(feed)).find(({ snapshotId }) => snapshotId === id);
}

function pin(snapshot: Snapshot): PinnedList {
  const { snapshotId, dataAsOf, files, unkeyed } = snapshot;
  return {
    snapshotId,
    dataAsOf,
    files: files.map(({ range, digest }) => ({ key: snapshotKey(snapshot, range), digest, range })),
    ...(unkeyed && { unkeyed: { key: snapshotKey(snapshot, 'unkeyed'), digest: unkeyed.digest } }),
  };
}

function idOf({ year, share, seed, area, enrolment, population }: Omit<SampleCheck, 'sampleId' | 'state'>): string {
  const said = [year, share, seed, area.code, enrolment.snapshotId, population?.snapshotId];
  return `${year}-${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16)}`;
}
