import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { snapshotsOf } from '../../intake/snapshot-store.ts';
import { environment } from '../../runtime/env.ts';
import { dynamoItems } from '../../runtime/items.ts';
import { fetchToFile } from '../../runtime/object-store.ts';
import { hubSecret } from '../../runtime/secret.ts';
import { withWorkFolder } from '../../runtime/work-folder.ts';
import type { LoadRosterDependencies } from './load-roster.ts';
import { rosterChanges } from './roster-changes.ts';

const env = environment({ LAKE_BUCKET: z.string(), POLICIES_TABLE: z.string() });
const feed = 'policy-roster';
/** Two years of a roster that is sent every day. */
const remembered = 800;

/** The real ones; the clock is the handler's. */
export const rosterServices: Omit<LoadRosterDependencies, 'now'> = {
  items: dynamoItems,
  table: env.POLICIES_TABLE,
  secret: hubSecret,
  newest: async () => (await snapshotsOf(feed, undefined, 1))[0],
  async withChanges({ from, to }, work) {
    const snapshots = await snapshotsOf(feed, undefined, remembered);
    const named = (id: string) => {
      const found = snapshots.find(({ snapshotId }) => snapshotId === id);
      if (found === undefined) throw new Error(`Roster ${id} is not among the snapshots`);
      return found;
    };
    const pair = { older: from === undefined ? undefined : named(from), newer: named(to) };
    return withWorkFolder(async (folder, database) =>
      work(await rosterChanges(database, pair, folder, ({ key }, path) => fetchToFile(env.LAKE_BUCKET, key, path))),
    );
  },
  pause: (milliseconds) => setTimeout(milliseconds),
};
