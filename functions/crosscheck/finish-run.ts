import { z } from 'zod';
import {
  type FindingsMessage,
  type Report,
  RuleCounts,
  type Run,
  type RunInputs,
  type TaskReport,
} from '../../schemas/run.ts';
import { releaseHub } from './end-run.ts';
import { fetchTo, readInputs, readJson, readTaskReport } from './lake-files.ts';
import { writeFindingsList } from './report/findings-list.ts';
import { buildReport } from './report/report.ts';
import type { RunDependencies } from './run-dependencies.ts';
import { outputKeys, runKeys } from './run-keys.ts';
import { outstanding } from './start-run.ts';
import { stopwatch } from './stopwatch.ts';

/**
 * Ends a run whose tasks are all done: its outputs first, then its completion, then the messages to the cases, then
 * the next run's turn. Cases change by completed runs only: the next run is compared with the last completed one, so
 * what a failed run had told them nobody would ever take back. Wherever it stops, the same message goes on there.
 */
export async function finishRun(deps: RunDependencies, runId: string): Promise<void> {
  const run = await deps.runs.read(runId);
  if (run?.state === 'running') {
    if (outstanding(run)[0]?.kind !== 'finish') return;
    await publish(deps, run);
    await deps.runs.complete(run, deps.now());
  }
  // Of a completed run, being the current one still means that it has more to say.
  if ((await deps.runs.current()) !== runId) return;
  await announce(deps, runId);
  await releaseHub(deps, runId);
}

async function publish(deps: RunDependencies, run: Run): Promise<void> {
  const { runId, tasks } = run;
  const timed = stopwatch(deps.seconds);
  const inputs = await readInputs(deps.lake, runId);
  const reports = await readReports(deps, runId, tasks);
  const prelude = PreludeReport.parse(await readJson(deps.lake, runKeys.preludeReport(runId)));
  const findings = await deps.withWorkFolder((folder, database) =>
    timed.step('findings.csv', async () => {
      const files = await Promise.all(tasks.map((task) => fetchTo(deps.lake, runKeys.findings(runId, task), folder)));
      const path = `${folder}/findings.csv`;
      const totals = await writeFindingsList(database, files, deps.evaluation.rules, path);
      await deps.exchange.storeFile(outputKeys.findings(runId), path, 'text/csv; charset=utf-8');
      return totals;
    }),
  );
  const seconds = sum([prelude.timings, ...reports.map(({ timings }) => timings), timed.seconds]);
  const report: Report = {
    ...buildReport({ run, inputs, rules: deps.evaluation.rules, reports, prelude, findings }),
    timings: {
      startedAt: run.startedAt,
      finishedAt: deps.now(),
      seconds,
      intake: Object.fromEntries(inputs.feeds.map(({ feed, snapshot }) => [feed, snapshot?.timings ?? {}])),
      peakMemoryMb: deps.peakMemoryMb(),
    },
  };
  await deps.exchange.write(outputKeys.report(runId), JSON.stringify(report, null, 1), 'application/json');
  // The chart library is loaded by the step that draws, not by every task that starts.
  const { reportPage } = await import('./report/report-page.ts');
  await deps.exchange.write(outputKeys.page(runId), reportPage(report), 'text/html; charset=utf-8');
  deps.measure('LateFeeds', report.feeds.filter(({ state, fresh }) => state !== 'not-in-use' && !fresh).length);
}

async function announce(deps: RunDependencies, runId: string): Promise<void> {
  const inputs: RunInputs = await readInputs(deps.lake, runId);
  if (!inputs.changesCases) return;
  const reports = await readReports(deps, runId, inputs.tasks);
  const messages = reports.flatMap(({ task, slices }) =>
    slices.map((slice): FindingsMessage => ({ runId, task, ...slice })),
  );
  await deps.sendFindings(messages);
}

function readReports(deps: RunDependencies, runId: string, tasks: readonly string[]): Promise<TaskReport[]> {
  return Promise.all(tasks.map((task) => readTaskReport(deps.lake, runId, task)));
}

function sum(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [step, seconds] of all.flatMap((one) => Object.entries(one))) total[step] = (total[step] ?? 0) + seconds;
  return total;
}

/** What the prelude leaves beside its findings. */
const PreludeReport = z.object({
  rules: z.record(z.string(), RuleCounts.pick({ considered: true, excluded: true })),
  insured: z.int().default(0),
  timings: z.record(z.string(), z.number()),
});
