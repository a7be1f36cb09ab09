import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crosscheck } from '../../../functions/crosscheck/crosscheck.ts';
import { failFor } from '../../../functions/crosscheck/end-run.ts';
import { askForSample, type SampleAsker } from '../../../functions/crosscheck/sample-check/ask-for-sample.ts';
import type { Database } from '../../../functions/runtime/duckdb.ts';
import { isRefusal } from '../../../schemas/errors.ts';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import { type SampleCheck, SampleRequest, SampleSummary } from '../../../schemas/sample-check.ts';
import { type Snapshot, snapshotKey } from '../../../schemas/snapshot.ts';
import { ExampleRows, writeSnapshot } from '../example-lake.ts';
import { type MemoryHub, memoryHub, openTestDatabase } from '../memory-hub.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-sample-step-'));
let database: Database;
let hub: MemoryHub;
let snapshots: Snapshot[];
let asker: SampleAsker;

beforeAll(async () => {
  database = await openTestDatabase();
  hub = await memoryHub(database);
  snapshots = [];
  for (const [sequence, dataAsOf, people] of [
    [1, '2022-03-31', 30],
    [2, '2022-06-30', 50],
  ] as const)
    for (const feed of ['enrolment', 'population']) snapshots.unshift(await accept(feed, dataAsOf, sequence, people));
  asker = {
    ...hub.deps,
    snapshotsOf: async (feed, asOf = '9999') => snapshots.filter((one) => one.feed === feed && one.dataAsOf <= asOf),
  };
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

/** A snapshot of so many people, all insured, in two townships. */
async function accept(feed: string, dataAsOf: string, sequence: number, people: number): Promise<Snapshot> {
  const rows = new ExampleRows();
  const who = Array.from({ length: 50 }, (_, n) => ({ who: `p${n}` }));
  rows.add(0, { enrolment: who, population: who.map((one, n) => ({ ...one, live_admdvs: `50029910${n % 2}201` })) });
  const place = join(folder, `${feed}-${sequence}`);
  const list = rows.feeds.get(feed)!.slice(0, people);
  const { files } = await writeSnapshot(database, place, feedNamed(feed)!, list, { parts: 2 });
  const snapshotId = basename(place);
  const named = ['0000-7fff', '8000-ffff'].map((range, part) => {
    const body = readFileSync(files[part]!);
    hub.lake.set(snapshotKey({ feed, snapshotId }, range), body);
    return { range, rows: people, bytes: body.length, digest: createHash('sha256').update(body).digest('hex') };
  });
  const delivered = { deliveryId: place, mode: 'full', declared: true, sequence, fullSequence: sequence } as const;
  const counts = { rows: people, keptRows: 0, counts: {}, acceptedAt: `${dataAsOf}T00:00:00.000Z` };
  return { feed, snapshotId, dataAsOf, files: named, ...delivered, ...counts };
}

async function ask(wanted: Partial<SampleRequest> = {}): Promise<SampleCheck> {
  const sample = await askForSample(asker, SampleRequest.parse({ year: '2022', ...wanted }));
  if (isRefusal(sample)) throw new Error(sample.code);
  return sample;
}

const filesOf = ({ sampleId }: SampleCheck) =>
  ['csv', 'json'].map((ending) => hub.exchange.get(`sample-checks/${sampleId}/sample-check.${ending}`)?.toString());

const summaryOf = (sample: SampleCheck) => SampleSummary.parse(JSON.parse(filesOf(sample)[1]!));

describe('a sample check', () => {
  it('is drawn from the newest lists of the year, and says from which, by which seed', async () => {
    const sample = await ask();
    await hub.drain();
    expect(await hub.deps.samples.read(sample.sampleId)).toMatchObject({ state: 'completed' });
    expect(summaryOf(sample)).toEqual({
      ...{ sampleId: sample.sampleId, year: '2022', asOf: '2022-06-30', share: 10, seed: '2022', area: null },
      enrolment: { snapshotId: 'enrolment-2', dataAsOf: '2022-06-30' },
      population: { snapshotId: 'population-2', dataAsOf: '2022-06-30' },
      ...{ insured: 50, drawn: 6 },
      townships: [
        { township: '500299100', name: null, insured: 25, drawn: 3 },
        { township: '500299101', name: null, insured: 25, drawn: 3 },
      ],
    });
  });

  it('is the same when asked for again, and when its message comes twice', async () => {
    const sample = await ask({ seed: 'once' });
    await hub.drain();
    const before = filesOf(sample);
    const message = { kind: 'sample-check', sampleId: sample.sampleId } as const;
    // It reads that all is done, and calls nothing else.
    await expect(crosscheck(hub.crashing(1), message)).rejects.toThrow('crash');
    await crosscheck(hub.crashing(2), message);
    hub.exchange.clear();
    expect((await ask({ seed: 'once' })).sampleId).toBe(sample.sampleId);
    await hub.drain();
    expect(filesOf(sample)).toEqual(before);
  });

  it('is whole and the same wherever the function dies while it is drawn', async () => {
    const sample = await ask({ seed: 'dies' });
    await hub.drain();
    const whole = filesOf(sample);
    for (let call = 1; call <= 12; call++) {
      hub.exchange.clear();
      await ask({ seed: 'dies' });
      await hub.drain(hub.crashing(call));
      expect(filesOf(sample)).toEqual(whole);
      expect(await hub.deps.samples.read(sample.sampleId)).toMatchObject({ state: 'completed' });
    }
  });

  it('can be drawn again from the lists of then, by their ids', async () => {
    const early = await ask({ asOf: '2022-04-30' });
    await hub.drain();
    expect(summaryOf(early)).toMatchObject({ asOf: '2022-03-31', insured: 30 });
    const again = await ask({ enrolment: 'enrolment-1', population: 'population-1' });
    expect(again.sampleId).toBe(early.sampleId);
    await hub.drain();
  });

  it('is refused for a year without a register, and from a snapshot that nobody knows', async () => {
    const codes = await Promise.all(
      [{ year: '2023' }, { year: '2021' }, { year: '2022', enrolment: 'x' }, { year: '2022', population: 'x' }].map(
        async (wanted) => askForSample(asker, SampleRequest.parse(wanted)),
      ),
    );
    const [missing, unknown] = ['sample-check/no-register', 'sample-check/no-such-snapshot'];
    expect(codes.map((refusal) => isRefusal(refusal) && refusal.code)).toEqual([missing, missing, unknown, unknown]);
    expect(hub.queue).toEqual([]);
  });

  it('that cannot be drawn is told as failed, and drawn when it is asked for again', async () => {
    const sample = await ask({ seed: 'fails' });
    await failFor(hub.deps, hub.queue.pop()!, hub.now);
    expect(await hub.deps.samples.read(sample.sampleId)).toMatchObject({ state: 'failed', reason: expect.any(String) });
    await ask({ seed: 'fails' });
    await hub.drain();
    const read = await hub.deps.samples.read(sample.sampleId);
    expect(read).toMatchObject({ state: 'completed' });
    expect(read).not.toHaveProperty('reason');
  });

  it('takes no certificate number for a seed, and no share of nothing, of more than all or of many decimals', () => {
    const taken = (wanted: object) => SampleRequest.safeParse({ year: '2022', ...wanted }).success;
    expect(
      [{ seed: '500299198801011234' }, { seed: 'a b' }, { share: 0 }, { share: 100.1 }, { share: 1.001 }].map(taken),
    ).toEqual([false, false, false, false, false]);
    expect([{ seed: '2022.2' }, { share: 0.01 }, { share: 12.34 }, { share: 100 }].map(taken)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});
