import { QueryCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { feeds } from '../../schemas/feeds/register.ts';
import { Snapshot } from '../../schemas/snapshot.ts';
import { documents } from '../runtime/documents.ts';
import { environment } from '../runtime/env.ts';

const env = environment({ SNAPSHOTS_TABLE: z.string() });
const table = env.SNAPSHOTS_TABLE;

/** What is read of accepted snapshots; they are written by the transaction that accepts their delivery. */
export type SnapshotStore = {
  /** The newest content of a feed with a data-as-of not after `asOf`. */
  newest(feed: string, asOf?: string): Promise<Snapshot | undefined>;
};

export const snapshotStore: SnapshotStore = {
  newest: async (feed, asOf) => (await snapshotsOf(feed, asOf, 1))[0],
};

/** The snapshot of each feed that a run as of a date reads; feeds that have none are left out. */
export async function newestSnapshots(asOf: string): Promise<Map<string, Snapshot>> {
  const found = await Promise.all(feeds.map(({ name }) => snapshotStore.newest(name, asOf)));
  return new Map(found.flatMap((snapshot) => (snapshot === undefined ? [] : [[snapshot.feed, snapshot]])));
}

/** Snapshots of a feed, the newest content first, none after `asOf`. */
export async function snapshotsOf(feed: string, asOf = '9999-12-31', limit = 100): Promise<Snapshot[]> {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :feed AND sk < :end',
      // Above every sequence of that date.
      ExpressionAttributeValues: { ':feed': feed, ':end': `${asOf}$` },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: limit,
    }),
  );
  return Items.map((item) => Snapshot.parse(item));
}

/** Part of the transaction that accepts a delivery. */
export function putSnapshot(snapshot: Snapshot): NonNullable<TransactWriteCommandInput['TransactItems']>[number] {
  const order = `${snapshot.dataAsOf}#${String(snapshot.sequence).padStart(9, '0')}`;
  return {
    Put: {
      TableName: table,
      Item: { pk: snapshot.feed, sk: order, ...snapshot },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}
