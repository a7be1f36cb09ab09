import { createHash } from 'node:crypto';
import { feedNamed, feeds } from '../../schemas/feeds/register.ts';
import type { CrosscheckMessage, PinnedFeed, Run, RunInputs, RunRequest, RunRequestState } from '../../schemas/run.ts';
import { feedUse, type Settings } from '../../schemas/settings.ts';
import { civilDateAt, yearOf } from '../../schemas/time.ts';
import { rangeName, rangeNamed, taskRanges } from './hash-range.ts';
import { pinFeeds, planRules } from './plan.ts';
import type { RunDependencies } from './run-dependencies.ts';
import type { RunKeeper } from './run-keeper.ts';
import { runKeys } from './run-keys.ts';
import type { LatestRun } from './run-store.ts';

/** How long a run may take, and how much more for every task, before the sweep fails it. */
const deadlineSeconds = 2 * 3600;
const deadlinePerTaskSeconds = 60;

/** Asks for a run; it begins when the one before it has ended. The same request again changes nothing. */
export async function startRun(keeper: RunKeeper, request: RunRequest): Promise<RunRequestState> {
  const known = await keeper.runs.ask(request);
  if (known.state === 'waiting') await keeper.sendCrosscheck([{ kind: 'start', requestId: request.requestId }]);
  return known;
}

/** The run of a day in Shanghai: the schedule may fire twice, the day has one run. */
export function dailyRequest(now: Date): RunRequest {
  const asOf = civilDateAt(now);
  return { requestId: `daily-${asOf}`, requestedAt: now.toISOString(), asOf, year: yearOf(asOf) };
}

/**
 * Makes a run of the request that has waited longest, unless another run is under way: its end sends a `start`
 * again. All that the run's result depends on is pinned before the run exists.
 */
export async function beginRun(deps: RunDependencies, requestId: string): Promise<void> {
  await resumeBegun(deps, requestId);
  const request = await deps.runs.nextWaiting();
  if (request === undefined || (await deps.runs.current()) !== undefined) return;
  const latest = await deps.runs.latest();
  const inputs = await pinInputs(deps, request, latest);
  const run = runOf(await freshRunId(deps, inputs), request, inputs, deps.now());
  await deps.lake.write(runKeys.inputs(run.runId), JSON.stringify(inputs), 'application/json');
  if (await deps.runs.begin(run, latest?.runId)) await deps.sendCrosscheck(outstanding(run));
}

/** The messages that bring a running run to its end from where it is. Sent once too often they change nothing. */
export function outstanding(run: Run): CrosscheckMessage[] {
  const { runId } = run;
  if (run.state !== 'running') return [];
  if (!run.preludeDone) return [{ kind: 'prelude', runId }];
  const done = new Set(run.done);
  const open = run.tasks.filter((task) => !done.has(task));
  return open.length === 0 ? [{ kind: 'finish', runId }] : open.map((task) => ({ kind: 'task', runId, task }));
}

/** For a message that comes again because the function died between the table and the queue. */
async function resumeBegun(deps: RunDependencies, requestId: string): Promise<void> {
  const known = await deps.runs.request(requestId);
  if (known?.state !== 'started') return;
  const run = await deps.runs.read(known.runId);
  if (run !== undefined && !run.preludeDone) await deps.sendCrosscheck(outstanding(run));
}

async function pinInputs(
  deps: RunDependencies,
  { asOf, year }: RunRequest,
  latest: LatestRun | undefined,
): Promise<RunInputs> {
  const settings = await deps.readSettings();
  const pinned = await withDates(
    deps,
    pinFeeds(feeds, await deps.newestSnapshots(asOf), settings, asOf),
    settings,
    asOf,
  );
  const changesCases = latest === undefined || latest.asOf <= asOf;
  const files = pinned.flatMap(({ snapshot }) => snapshot?.files ?? []);
  return {
    asOf,
    year,
    sequence: (latest?.sequence ?? 0) + (changesCases ? 1 : 0),
    previous: latest !== undefined && changesCases ? { runId: latest.runId, tasks: latest.tasks } : null,
    changesCases,
    settings,
    feeds: pinned,
    rules: planRules(deps.evaluation.rules, pinned, deps.evaluation.version),
    exemptions: [...(await deps.exemptPersons(asOf))],
    tasks: taskRanges(files.map(({ range }) => rangeNamed(range))).map(rangeName),
  };
}

/** Lists that drop people who left say by their dates as well how much they know. */
function withDates(
  deps: RunDependencies,
  pinned: readonly PinnedFeed[],
  settings: Settings,
  asOf: string,
): Promise<PinnedFeed[]> {
  return Promise.all(
    pinned.map(async (feed) => {
      if (feed.state !== 'pinned' || feedUse(settings, feedNamed(feed.feed)!).keepsHistory) return feed;
      return { ...feed, dates: [...(await deps.snapshotDates(feed.feed, asOf))] };
    }),
  );
}

/**
 * The id says what the run depends on, so that the same run on another day or machine has the same id and the same
 * bytes. Only where a run of these inputs exists, one that failed or a look back, it says which try this is.
 */
async function freshRunId(deps: RunDependencies, inputs: RunInputs): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const digest = createHash('sha256').update(JSON.stringify({ tries, inputs })).digest('hex');
    const runId = `${inputs.asOf.replaceAll('-', '')}-${digest.slice(0, 16)}`;
    if ((await deps.runs.read(runId)) === undefined) return runId;
  }
}

function runOf(runId: string, request: RunRequest, inputs: RunInputs, now: string): Run {
  const seconds = deadlineSeconds + inputs.tasks.length * deadlinePerTaskSeconds;
  return {
    runId,
    requestId: request.requestId,
    state: 'running',
    asOf: inputs.asOf,
    year: inputs.year,
    sequence: inputs.sequence,
    order: String(inputs.sequence).padStart(9, '0'),
    changesCases: inputs.changesCases,
    startedAt: now,
    deadlineAt: new Date(Date.parse(now) + seconds * 1000).toISOString(),
    progressAt: now,
    preludeDone: false,
    tasks: inputs.tasks,
    done: [],
  };
}
