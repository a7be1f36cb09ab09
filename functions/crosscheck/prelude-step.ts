import type { RunInputs } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import { fetchFeeds, questions, readInputs } from './lake-files.ts';
import type { RunDependencies } from './run-dependencies.ts';
import { runKeys } from './run-keys.ts';
import { outstanding } from './start-run.ts';
import { stopwatch } from './stopwatch.ts';

const everybody = { from: 0, to: 0xffff };

/**
 * A run's first step: the rules that look across all ranges of h. It leaves the matches that every task reads and
 * the findings that the tasks take over, each those of its range, so that a person's findings stay together.
 */
export async function doPrelude(deps: RunDependencies, runId: string): Promise<void> {
  let run = await deps.runs.read(runId);
  if (run?.state !== 'running') return;
  if (!run.preludeDone) {
    const inputs = await readInputs(deps.lake, runId);
    await deps.withWorkFolder((folder, database) => lookAcross(deps, { runId, inputs, folder, database }));
    run = await deps.runs.preludeDone(runId, deps.now());
  }
  await deps.sendCrosscheck(outstanding(run));
}

type Prelude = {
  readonly runId: string;
  readonly inputs: RunInputs;
  readonly folder: string;
  readonly database: Database;
};

async function lookAcross(deps: RunDependencies, { runId, inputs, folder, database }: Prelude): Promise<void> {
  const timed = stopwatch(deps.seconds);
  // Nothing else of the run is going on: all processors are free.
  await database.run('SET threads = 2');
  const feeds = await timed.step('download', () =>
    fetchFeeds(deps, inputs, everybody, folder, { feeds: deps.evaluation.preludeFeeds, unkeyed: true }),
  );
  const rules = await timed.step('prelude', () =>
    deps.evaluation.runPrelude(database, { ...questions(inputs), range: everybody, feeds }),
  );
  const insured = await timed.step('coverage', () =>
    deps.evaluation.countUnkeyed(database, { ...questions(inputs), range: everybody, feeds }),
  );
  await addExempt(database, inputs.exemptions);
  await timed.step('upload', () => store(deps, runId, { folder, database }));
  const report = JSON.stringify({ rules, insured, timings: timed.seconds });
  await deps.lake.write(runKeys.preludeReport(runId), report, 'application/json');
}

/** Who is exempt stands among the matches: what a task must know of persons beside their rows. */
async function addExempt(database: Database, persons: readonly string[]): Promise<void> {
  await database.run(
    `INSERT INTO matches BY NAME
    SELECT 'exempt' AS kind, ('0x' || md5(person_key)[1:4])::USMALLINT AS h, person_key
    FROM (SELECT unnest(from_json($1, '["VARCHAR"]')) AS person_key)`,
    [JSON.stringify(persons)],
  );
}

async function store(
  deps: RunDependencies,
  runId: string,
  { folder, database }: Pick<Prelude, 'folder' | 'database'>,
): Promise<void> {
  for (const [table, key] of [
    ['matches', runKeys.matches(runId)],
    ['findings', runKeys.preludeFindings(runId)],
  ] as const) {
    const path = `${folder}/${table}.parquet`;
    await database.run(`COPY (SELECT * FROM ${table} ORDER BY ALL) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
    await deps.lake.storeFile(key, path, 'application/vnd.apache.parquet');
  }
}
