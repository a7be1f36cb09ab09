import { scheduleHandler } from '../runtime/schedule.ts';
import { loadRoster } from './policies/load-roster.ts';
import { rosterServices } from './policies/roster-services.ts';

/** A schedule comes in; the policies are brought in line with the newest roster, as far as one firing goes. */
export const handler = scheduleHandler(async () => {
  await loadRoster({ ...rosterServices, now: () => new Date() }, { policiesPerSecond: 250, seconds: 45 });
});
