import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type PinnedSnapshot, RunInputs, TaskReport } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { NamedFile } from '../runtime/kept-files.ts';
import type { FeedInput } from './facts/feed-views.ts';
import { type FindingColumn, findingColumns } from './findings-file.ts';
import { type HashRange, intersect, rangeNamed } from './hash-range.ts';
import type { Objects, RunDependencies } from './run-dependencies.ts';
import { runKeys } from './run-keys.ts';

/** What every step asks of the rules. */
export function questions({ asOf, year, settings, feeds, rules }: RunInputs) {
  const snapshotDates = Object.fromEntries(feeds.flatMap(({ feed, dates }) => (dates ? [[feed, dates]] : [])));
  return { asOf, year, settings, snapshotDates, evaluated: rules.filter(({ evaluated }) => evaluated) };
}

/** @throws when the run has no inputs: it was never begun. */
export async function readInputs(lake: Objects, runId: string): Promise<RunInputs> {
  return RunInputs.parse(await readJson(lake, runKeys.inputs(runId)));
}

export async function readTaskReport(lake: Objects, runId: string, task: string): Promise<TaskReport> {
  return TaskReport.parse(await readJson(lake, runKeys.taskReport(runId, task)));
}

/** @throws when there is no such object. */
export async function readJson(lake: Objects, key: string): Promise<unknown> {
  const body = await lake.read(key);
  if (body === undefined) throw new Error(`${key} is not in the lake`);
  return JSON.parse(body.toString('utf8'));
}

/** Pinned snapshots, as far as their files go. */
type PinnedFiles = {
  readonly feeds: readonly {
    readonly feed: string;
    readonly snapshot?: Pick<PinnedSnapshot, 'snapshotId' | 'dataAsOf' | 'files' | 'unkeyed'> | undefined;
  }[];
};

type WantedFeeds = { readonly feeds?: readonly string[]; readonly unkeyed: boolean };

/** What the pinned snapshots hold of a range, every file under the name that `place` gives it. */
export async function feedInputs(
  inputs: PinnedFiles,
  range: HashRange,
  wanted: WantedFeeds,
  place: (file: NamedFile) => Promise<string>,
): Promise<Record<string, FeedInput>> {
  const placed = inputs.feeds.map(async ({ feed, snapshot }): Promise<[string, FeedInput][]> => {
    if (snapshot === undefined || wanted.feeds?.includes(feed) === false) return [];
    const { snapshotId, dataAsOf, unkeyed } = snapshot;
    const needed = snapshot.files.filter((file) => intersect(rangeNamed(file.range), range));
    const files = await Promise.all(needed.map(place));
    const loose = wanted.unkeyed && unkeyed ? await place(unkeyed) : undefined;
    return [[feed, { snapshotId, dataAsOf, files, unkeyed: loose }]];
  });
  return Object.fromEntries((await Promise.all(placed)).flat());
}

/** The same on local disk. */
export function fetchFeeds(
  { lake, keptFiles }: Pick<RunDependencies, 'lake' | 'keptFiles'>,
  inputs: PinnedFiles,
  range: HashRange,
  folder: string,
  wanted: WantedFeeds,
): Promise<Record<string, FeedInput>> {
  return feedInputs(inputs, range, wanted, async (file) => {
    const path = join(folder, file.key);
    await keptFiles.place(file, path, () => lake.fetchToFile(file.key, path));
    return path;
  });
}

/** Local copy of an object; its path keeps the folders of the key. */
export async function fetchTo(lake: Objects, key: string, folder: string): Promise<string> {
  const path = join(folder, key);
  await mkdir(dirname(path), { recursive: true });
  await lake.fetchToFile(key, path);
  return path;
}

/** Table `previous`: what the previous run left about the persons of a range, in whatever ranges it was split. */
export async function loadPrevious(
  database: Database,
  lake: Objects,
  previous: RunInputs['previous'],
  range: HashRange,
  folder: string,
): Promise<void> {
  const tasks = (previous?.tasks ?? []).filter((task) => intersect(rangeNamed(task), range));
  const keys = tasks.map((task) => runKeys.findings(previous!.runId, task));
  const paths = await Promise.all(keys.map((key) => fetchTo(lake, key, folder)));
  const columns = Object.keys(findingColumns) as FindingColumn[];
  const types = columns.map((column) => `${column} ${findingColumns[column]}`);
  await database.run(`CREATE OR REPLACE TABLE previous (${types})`);
  if (paths.length === 0) return;
  await database.run(
    `INSERT INTO previous BY NAME SELECT ${columns} FROM read_parquet([${paths.map((path) => `'${path}'`)}])
    WHERE h BETWEEN ${range.from} AND ${range.to}`,
  );
}
