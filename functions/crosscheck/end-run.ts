import type { CrosscheckMessage, Run } from '../../schemas/run.ts';
import type { RunKeeper } from './run-keeper.ts';
import { outstanding } from './start-run.ts';

/** After this long without news a message has been lost; longer than any message is retried in silence. */
const silenceSeconds = 900;

/** Lets the next run begin. */
export async function releaseHub(keeper: RunKeeper, runId: string): Promise<void> {
  await keeper.runs.release(runId);
  await callNext(keeper);
}

/** Ends what a message was about that could not be done however often it was tried. */
export async function failFor(keeper: RunKeeper, message: CrosscheckMessage, now: string): Promise<void> {
  if (message.kind === 'sample-check') {
    return keeper.samples.fail(message.sampleId, '多次尝试后仍无法抽取 It could not be drawn after several tries');
  }
  if (message.kind === 'start') {
    await keeper.runs.failRequest(message.requestId, '多次尝试后仍无法开始 It could not be begun after several tries');
  } else {
    const step = message.kind === 'task' ? `task ${message.task}` : message.kind;
    const reason = `步骤 ${step} 多次尝试后仍失败 Step ${step} failed after several tries`;
    await keeper.runs.fail(message.runId, reason, now);
  }
  await callNext(keeper);
}

/**
 * Keeps runs going: fails one that is past its deadline, sends again what seems lost, and begins what waits. Twice
 * is once.
 */
export async function sweepRuns(keeper: RunKeeper, now: string): Promise<void> {
  const runId = await keeper.runs.current();
  if (runId === undefined) return callNext(keeper);
  const run = await keeper.runs.read(runId);
  if (run === undefined || run.state === 'failed') return releaseHub(keeper, runId);
  if (run.state === 'running' && now > run.deadlineAt) {
    await keeper.runs.fail(runId, `到期限 ${run.deadlineAt} 未完成：${left(run)} It was not done by its deadline`, now);
    return callNext(keeper);
  }
  if (Date.parse(now) - Date.parse(run.progressAt) < silenceSeconds * 1000) return;
  await keeper.runs.touch(runId, now);
  // A completed run that is still current has not announced all of its findings.
  await keeper.sendCrosscheck(run.state === 'completed' ? [{ kind: 'finish', runId }] : outstanding(run));
}

async function callNext(keeper: RunKeeper): Promise<void> {
  const request = await keeper.runs.nextWaiting();
  if (request !== undefined) await keeper.sendCrosscheck([{ kind: 'start', requestId: request.requestId }]);
}

const left = ({ tasks, done, preludeDone }: Run): string =>
  preludeDone ? `${tasks.length} 个任务完成 ${done.length} 个 (${done.length} of ${tasks.length} tasks)` : 'prelude';
