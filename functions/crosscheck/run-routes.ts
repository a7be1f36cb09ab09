import { z } from 'zod';
import { type Run, RunOrder, type RunRequestState, type RunView } from '../../schemas/run.ts';
import { environment } from '../runtime/env.ts';
import { type Api, problem } from '../runtime/http.ts';
import { downloadUrl } from '../runtime/object-store.ts';
import { runKeeper } from './run-keeper.ts';
import { outputKeys } from './run-keys.ts';
import { runStore } from './run-store.ts';
import { startRun } from './start-run.ts';

const env = environment({ EXCHANGE_BUCKET: z.string() });
const linkSeconds = 900;

/** Start a run, see how far it is, fetch what it found. A run is known by its request until it has begun. */
export function runRoutes(api: Api): void {
  api.post('/runs', async (context) => {
    const { asOf, year = asOf.slice(0, 4) } = RunOrder.parse(await context.req.json());
    const request = { requestId: context.get('requestId'), requestedAt: context.get('now').toISOString(), asOf, year };
    return context.json(await requestView(await startRun(runKeeper, request)), 202);
  });
  api.get('/runs/:id', async (context) => {
    const id = context.req.param('id');
    const run = await runStore.read(id);
    if (run !== undefined) return context.json(await runView(run));
    const request = await runStore.request(id);
    if (request !== undefined) return context.json(await requestView(request));
    return problem(404, 'no-such-run', '没有该次比对', 'There is no such run');
  });
}

async function requestView(known: RunRequestState): Promise<RunView> {
  if (known.state === 'started') {
    const run = await runStore.read(known.runId);
    if (run !== undefined) return runView(run);
  }
  const { requestId, asOf } = known.request;
  return {
    runId: requestId,
    asOf,
    state: known.state === 'failed' ? 'failed' : 'waiting',
    tasks: 0,
    done: 0,
    ...reasonOf(known),
  };
}

const reasonOf = (known: Run | RunRequestState) =>
  'reason' in known && known.reason !== undefined ? { reason: known.reason } : {};

/** A run as its followers see it; a completed one with addresses of its outputs. */
export async function runView(run: Run): Promise<RunView> {
  const { runId, state, asOf, tasks, done } = run;
  const link = (key: string) => downloadUrl(env.EXCHANGE_BUCKET, key, linkSeconds);
  return {
    runId,
    state,
    asOf,
    startedAt: run.startedAt,
    progressAt: run.progressAt,
    // The prelude and the closing step count as one each, so that a bar moves before the first task ends.
    tasks: tasks.length + 2,
    done: (run.preludeDone ? 1 : 0) + done.length + (state === 'completed' ? 1 : 0),
    ...reasonOf(run),
    ...(state === 'completed'
      ? {
          files: {
            findings: await link(outputKeys.findings(runId)),
            report: await link(outputKeys.report(runId)),
            page: await link(outputKeys.page(runId)),
          },
        }
      : {}),
  };
}
