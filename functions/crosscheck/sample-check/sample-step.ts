import { createHmac } from 'node:crypto';
import type { SampleCheck, SampleSummary } from '../../../schemas/sample-check.ts';
import { defaultSettings } from '../../../schemas/settings.ts';
import type { Database } from '../../runtime/duckdb.ts';
import { rangeNamed } from '../hash-range.ts';
import { fetchFeeds } from '../lake-files.ts';
import type { RunDependencies } from '../run-dependencies.ts';
import { sampleKeys } from '../run-keys.ts';
import { addInsured, addUnkeyedInsured, draw, type Listed, noInsured, writeSampleList } from './draw.ts';

const everybody = { from: 0, to: 0xffff };

/**
 * Draws a sample and leaves its list and its summary. Both depend on what is pinned alone, so that a message that comes
 * twice writes the same again.
 */
export async function drawSample(deps: RunDependencies, sampleId: string): Promise<void> {
  const sample = await deps.samples.read(sampleId);
  if (sample?.state !== 'waiting') return;
  await deps.withWorkFolder((folder, database) => publish(deps, { sample, folder, database }));
  await deps.samples.complete(sampleId);
}

type Drawing = { readonly sample: SampleCheck; readonly folder: string; readonly database: Database };

async function publish(deps: RunDependencies, { sample, folder, database }: Drawing): Promise<void> {
  const { sampleId, enrolment, population, year, asOf, seed, share } = sample;
  const secret = await deps.secret();
  const feeds = [
    { feed: 'enrolment', snapshot: enrolment },
    { feed: 'population', snapshot: population ?? undefined },
  ];
  const listed: Listed = {
    asOf,
    year,
    settings: { ...defaultSettings, area: sample.area },
    feeds: await fetchFeeds(deps, { feeds }, everybody, folder, { unkeyed: true }),
    turnKey: turnKey(secret, seed),
  };
  await noInsured(database);
  // Range by range, for whole provinces; a person's rows are all in one.
  for (const { range } of enrolment.files) await addInsured(database, { ...listed, range: rangeNamed(range) });
  await addUnkeyedInsured(database, { ...listed, range: everybody });
  const strata = await draw(database, share);
  const list = `${folder}/sample-check.csv`;
  await writeSampleList(database, { year, seed, secret }, list);
  await deps.exchange.storeFile(sampleKeys.list(sampleId), list, 'text/csv; charset=utf-8');
  const { townships: names } = await deps.readSettings();
  const summary: SampleSummary = {
    sampleId,
    year,
    asOf,
    share,
    seed,
    area: sample.area.code ?? null,
    enrolment: { snapshotId: enrolment.snapshotId, dataAsOf: enrolment.dataAsOf },
    population: population && { snapshotId: population.snapshotId, dataAsOf: population.dataAsOf },
    insured: strata.reduce((sum, { insured }) => sum + insured, 0),
    drawn: strata.reduce((sum, { drawn }) => sum + drawn, 0),
    townships: strata.map((stratum) => ({ ...stratum, name: names[stratum.township] ?? null })),
  };
  await deps.exchange.write(sampleKeys.summary(sampleId), JSON.stringify(summary, null, 1), 'application/json');
}

/** The seed is told to everybody; who will be drawn by it, nobody can work out without the hub's secret. */
export const turnKey = (secret: string, seed: string): string =>
  createHmac('sha256', secret).update(`sample-check:${seed}`).digest('hex');
