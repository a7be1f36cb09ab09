import { z } from 'zod';
import { RunView } from './run.ts';

/** Where a feed stands: its newest snapshot, and the deliveries that somebody has to decide on or that wait. */
export const FeedStatus = z.object({
  feed: z.string(),
  lastSequence: z.int().nullable(),
  newest: z.object({ dataAsOf: z.iso.date(), rows: z.int(), snapshotId: z.string() }).nullable(),
  held: z.array(z.string()),
  waiting: z.array(z.string()),
});
export type FeedStatus = z.infer<typeof FeedStatus>;

/** `GET /v1/status`; runs the newest first. */
export const HubStatus = z.object({ feeds: z.array(FeedStatus), runs: z.array(RunView) });
export type HubStatus = z.infer<typeof HubStatus>;
