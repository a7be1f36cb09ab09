import { scheduleHandler } from '../runtime/schedule.ts';
import { runKeeper } from './run-keeper.ts';
import { dailyRequest, startRun } from './start-run.ts';

/** The daily schedule comes in; the day's run is asked for. */
export const handler = scheduleHandler(async () => {
  await startRun(runKeeper, dailyRequest(new Date()));
});
