import type { CrosscheckMessage } from '../../schemas/run.ts';
import { finishRun } from './finish-run.ts';
import { doPrelude } from './prelude-step.ts';
import type { RunDependencies } from './run-dependencies.ts';
import { drawSample } from './sample-check/sample-step.ts';
import { beginRun } from './start-run.ts';
import { doTask } from './task-step.ts';

/** Takes a run one step on, or draws a sample. Messages may come twice, late and in any order. */
export function crosscheck(deps: RunDependencies, message: CrosscheckMessage): Promise<void> {
  switch (message.kind) {
    case 'start':
      return beginRun(deps, message.requestId);
    case 'prelude':
      return doPrelude(deps, message.runId);
    case 'task':
      return doTask(deps, message.runId, message.task);
    case 'finish':
      return finishRun(deps, message.runId);
    case 'sample-check':
      return drawSample(deps, message.sampleId);
  }
}
