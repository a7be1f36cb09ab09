import { personRef } from '../../schemas/person-ref.ts';
import type { RunInputs, TaskReport } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import { carryOn, diffFindings } from './diff.ts';
import type { TaskOutcome } from './evaluation.ts';
import { changedSlices, countFound, countRules, writeFindings } from './findings-file.ts';
import { type HashRange, rangeNamed } from './hash-range.ts';
import { fetchFeeds, fetchTo, loadPrevious, questions, readInputs, readTaskReport } from './lake-files.ts';
import { mapColumn } from './map-column.ts';
import type { RunDependencies } from './run-dependencies.ts';
import { runKeys } from './run-keys.ts';
import { outstanding } from './start-run.ts';
import { type Stopwatch, stopwatch } from './stopwatch.ts';
import { taskDigest } from './task-digest.ts';

/** A task under way: a range of h with a folder and a database of its own. */
type Task = {
  readonly runId: string;
  readonly task: string;
  readonly range: HashRange;
  readonly inputs: RunInputs;
  readonly folder: string;
  readonly database: Database;
  readonly timed: Stopwatch;
};

/**
 * Judges a range of h and writes its findings. All that it writes depends on the run's inputs alone, so a message
 * that comes twice, or again after a crash, writes the same again. The last task to be done calls for the finish.
 */
export async function doTask(deps: RunDependencies, runId: string, task: string): Promise<void> {
  let run = await deps.runs.read(runId);
  if (run?.state !== 'running') return;
  if (!run.done.includes(task)) {
    const inputs = await readInputs(deps.lake, runId);
    const range = rangeNamed(task);
    await deps.withWorkFolder((folder, database) =>
      judge(deps, { runId, task, range, inputs, folder, database, timed: stopwatch(deps.seconds) }),
    );
    run = await deps.runs.taskDone(runId, task, deps.now());
  }
  const next = outstanding(run);
  if (next[0]?.kind === 'finish') await deps.sendCrosscheck(next);
}

async function judge(deps: RunDependencies, task: Task): Promise<void> {
  const { runId, inputs, database, timed } = task;
  const matches = await timed.step('download', () => loadEarlierSteps(deps, task));
  const earlier = await reportBefore(deps, task);
  const inputDigest = await taskDigest(deps.evaluation, inputs, task.range, database);
  const reused = earlier?.inputDigest === inputDigest;
  const outcome = reused ? earlier : await evaluate(deps, task, matches);
  await timed.step('compare', () => (reused ? carryOn(database) : diffFindings(database, { ...inputs, runId })));
  const found = reused ? earlier.rules : await countFound(database, outcome.rules);
  const file = `${task.folder}/findings.parquet`;
  await timed.step('write', () => writeFindings(database, file));
  const report: Omit<TaskReport, 'timings'> = {
    task: task.task,
    inputDigest,
    reused,
    slices: await changedSlices(database),
    rules: await countRules(database, found),
    townships: outcome.townships,
    insured: outcome.insured,
  };
  await timed.step('upload', () =>
    deps.lake.storeFile(runKeys.findings(runId, task.task), file, 'application/vnd.apache.parquet'),
  );
  const body = JSON.stringify({ ...report, timings: timed.seconds } satisfies TaskReport);
  await deps.lake.write(runKeys.taskReport(runId, task.task), body, 'application/json');
}

/**
 * Tables `previous` and `prelude_findings` (of the range).
 * @returns the local path of the prelude's matches.
 */
async function loadEarlierSteps(
  deps: RunDependencies,
  { runId, inputs, range, folder, database }: Task,
): Promise<string> {
  await loadPrevious(database, deps.lake, inputs.previous, range, folder);
  const matches = await fetchTo(deps.lake, runKeys.matches(runId), folder);
  const findings = await fetchTo(deps.lake, runKeys.preludeFindings(runId), folder);
  for (const [table, path] of [
    ['matches', matches],
    ['prelude_findings', findings],
  ]) {
    await database.run(
      `CREATE OR REPLACE TABLE ${table} AS SELECT * FROM read_parquet('${path}') WHERE h BETWEEN ${range.from} AND ${range.to}`,
    );
  }
  return matches;
}

/** What the previous run's task of the same range left. */
async function reportBefore(deps: RunDependencies, { inputs, task }: Task): Promise<TaskReport | undefined> {
  if (inputs.previous?.tasks.includes(task) !== true) return undefined;
  return readTaskReport(deps.lake, inputs.previous.runId, task);
}

/** Table `found`: what the rules find in the range, with the persons' references. */
async function evaluate(deps: RunDependencies, task: Task, matches: string): Promise<TaskOutcome> {
  const { inputs, range, folder, database, timed } = task;
  const feeds = await timed.step('download', () => fetchFeeds(deps, inputs, range, folder, { unkeyed: false }));
  const outcome = await timed.step('evaluate', () =>
    deps.evaluation.evaluateTask(database, { ...questions(inputs), range, feeds, matches }),
  );
  await timed.step('reference', async () => {
    const secret = await deps.secret();
    await database.run('CREATE OR REPLACE VIEW judged AS FROM findings UNION ALL BY NAME FROM prelude_findings');
    await mapColumn(database, { table: 'judged', column: 'person_key' }, 'refs', (key) => personRef(secret, key));
    await database.run(
      `CREATE OR REPLACE TABLE found AS
      SELECT judged.*, refs.mapped AS person_ref FROM judged JOIN refs ON refs.value = judged.person_key`,
    );
  });
  return outcome;
}
