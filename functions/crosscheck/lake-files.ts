import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RunInputs, TaskReport } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { FeedInput } from './facts/feed-views.ts';
import { type FindingColumn, findingColumns } from './findings-file.ts';
import { type HashRange, intersect, rangeNamed } from './hash-range.ts';
import type { Objects } from './run-dependencies.ts';
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

/** Copies what the pinned snapshots hold of a range to local disk. */
export async function fetchFeeds(
  lake: Objects,
  inputs: RunInputs,
  range: HashRange,
  folder: string,
  wanted: { readonly feeds?: readonly string[]; readonly unkeyed: boolean },
): Promise<Record<string, FeedInput>> {
  const fetched = inputs.feeds.map(async ({ feed, snapshot }): Promise<[string, FeedInput][]> => {
    if (snapshot === undefined || wanted.feeds?.includes(feed) === false) return [];
    const { snapshotId, dataAsOf, unkeyed } = snapshot;
    const keys = snapshot.files.filter((file) => intersect(rangeNamed(file.range), range)).map(({ key }) => key);
    const files = await Promise.all(keys.map((key) => fetchTo(lake, key, folder)));
    const loose = wanted.unkeyed && unkeyed ? await fetchTo(lake, unkeyed.key, folder) : undefined;
    return [[feed, { snapshotId, dataAsOf, files, unkeyed: loose }]];
  });
  return Object.fromEntries((await Promise.all(fetched)).flat());
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
