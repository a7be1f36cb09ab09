import { feeds } from '../../schemas/feeds/register.ts';
import type { FeedStatus, HubStatus } from '../../schemas/status.ts';
import { runView } from '../crosscheck/run-routes.ts';
import { listRuns } from '../crosscheck/run-store.ts';
import { deliveryStore } from '../intake/delivery-store.ts';
import { snapshotStore } from '../intake/snapshot-store.ts';
import type { Api } from '../runtime/http.ts';

/** Where every feed stands, and the last runs. */
export function statusRoutes(api: Api): void {
  api.get('/status', async (context) => {
    const [feedStates, runs] = await Promise.all([
      Promise.all(feeds.map(({ name }) => feedStatus(name))),
      listRuns(10),
    ]);
    const newestFirst = runs.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
    return context.json({ feeds: feedStates, runs: await Promise.all(newestFirst.map(runView)) } satisfies HubStatus);
  });
}

async function feedStatus(feed: string): Promise<FeedStatus> {
  const [claims, newest] = await Promise.all([deliveryStore.claims(feed), snapshotStore.newest(feed)]);
  const inState = (state: string) =>
    claims.filter((claim) => claim.state === state).map(({ deliveryId }) => deliveryId);
  return {
    feed,
    lastSequence: claims.at(-1)?.sequence ?? null,
    newest:
      newest === undefined ? null : { dataAsOf: newest.dataAsOf, rows: newest.rows, snapshotId: newest.snapshotId },
    held: inState('held'),
    waiting: inState('waiting'),
  };
}
