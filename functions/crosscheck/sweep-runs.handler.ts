import { scheduleHandler } from '../runtime/schedule.ts';
import { sweepRuns } from './end-run.ts';
import { runKeeper } from './run-keeper.ts';

/** A schedule comes in; a run that is past its deadline fails, one that has lost a message goes on. */
export const handler = scheduleHandler(() => sweepRuns(runKeeper, new Date().toISOString()));
