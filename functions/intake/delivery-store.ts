import {
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { Delivery, statesBefore } from '../../schemas/delivery.ts';
import { feeds } from '../../schemas/feeds/register.ts';
import type { Snapshot } from '../../schemas/snapshot.ts';
import { documents, isConditionFailed, isTransactionConflict } from '../runtime/documents.ts';
import { environment } from '../runtime/env.ts';
import { noFeed, partsOfId } from './object-key.ts';
import { putSnapshot } from './snapshot-store.ts';

const env = environment({ DELIVERIES_TABLE: z.string() });
const table = env.DELIVERIES_TABLE;

/** Where a feed stands. Every accepted delivery makes a new version of it. */
export const Head = z.object({
  version: z.int().nonnegative(),
  /** Sequence up to which nothing is missing; absent before the first full delivery. */
  applied: z.int().positive().optional(),
});
export type Head = z.infer<typeof Head>;

/** Which delivery has a sequence. A refused one has none, its sequence may be sent again. */
export const Claim = z.object({
  sequence: z.int().positive(),
  deliveryId: z.string(),
  state: z.enum(['accepted', 'held', 'waiting', 'superseded']),
});
export type Claim = z.infer<typeof Claim>;

const Announced = z.object({ by: z.string() });

/** What becomes of a delivery, and on what the decision was based. */
export type Outcome = {
  /** The delivery as it is to be. */
  readonly delivery: Delivery;
  readonly prior: Delivery;
  readonly head: Head;
  /** With an accepted one: its snapshot, and the sequence up to which nothing is missing then. */
  readonly accepted?: { readonly snapshot: Snapshot; readonly applied: number | undefined };
};

/** What intake needs of its table; tests put their own in its place. Every write may come twice. */
export type DeliveryStore = {
  /** Files a taken upload unless it is known, or known as refused from an earlier upload. What is on file then. */
  begin(delivery: Delivery): Promise<Delivery>;
  read(deliveryId: string): Promise<Delivery | undefined>;
  /** Deliveries of a feed whose id goes on with `stem` after the feed's name. */
  list(feed: string, stem?: string): Promise<Delivery[]>;
  head(feed: string): Promise<Head>;
  /** Notes who asked where to put a file. */
  announce(feed: string, objectKey: string, by: string): Promise<void>;
  /** Whoever asked where to put the file of a delivery; nobody where an agency put it there itself. */
  announcers(delivery: Pick<Delivery, 'feed' | 'objectKey'>): Promise<string[]>;
  /** Sequences that deliveries have, ascending, `from` included. */
  claims(feed: string, from?: number): Promise<Claim[]>;
  /** False when the feed moved on since the decision's data were read, or the delivery was decided by others. */
  settle(outcome: Outcome): Promise<boolean>;
};

export const deliveryStore: DeliveryStore = {
  async begin(delivery) {
    const put = putDelivery(delivery, 'attribute_not_exists(pk) OR (#state = :refused AND upload <> :upload)', {
      ':refused': 'refused',
      ':upload': delivery.upload,
    });
    try {
      await documents.send(new PutCommand(put));
      return delivery;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
    }
    const onFile = await deliveryStore.read(delivery.deliveryId);
    if (onFile === undefined) throw new Error(`delivery ${delivery.deliveryId} was on file and is gone`);
    return onFile;
  },

  async read(deliveryId) {
    const key = keyOf(deliveryId);
    if (key === undefined) return undefined;
    const { Item } = await documents.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
    return Item && Delivery.parse(Item);
  },

  async list(feed, stem = '') {
    const items = await query(feed, 'begins_with(sk, :from)', { ':from': `delivery#${stem}` });
    return items.map((item) => Delivery.parse(item));
  },

  async head(feed) {
    const key = { pk: feed, sk: 'head' };
    const { Item } = await documents.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
    return Item ? Head.parse(Item) : { version: 0 };
  },

  async announce(feed, objectKey, by) {
    await documents.send(
      new PutCommand({ TableName: table, Item: { pk: feed, sk: `announced#${objectKey}#${by}`, by } }),
    );
  },

  async announcers({ feed, objectKey }) {
    const items = await query(feed, 'begins_with(sk, :from)', { ':from': `announced#${objectKey}#` });
    return items.map((item) => Announced.parse(item).by);
  },

  async claims(feed, from = 0) {
    const between = { ':from': `sequence#${padded(from)}`, ':to': 'sequence$' };
    return (await query(feed, 'sk BETWEEN :from AND :to', between)).map((item) => Claim.parse(item));
  },

  async settle({ delivery, prior, head, accepted }) {
    if (!statesBefore(delivery.state).includes(prior.state))
      throw new Error(`a delivery that is ${prior.state} cannot become ${delivery.state}`);
    return transact([
      {
        Put: putDelivery(delivery, '#state = :prior AND upload = :upload', {
          ':prior': prior.state,
          ':upload': prior.upload,
        }),
      },
      ...claimWrites(delivery, prior),
      ...headWrites(delivery, head, accepted?.applied),
      ...(accepted === undefined ? [] : [putSnapshot(accepted.snapshot)]),
    ]);
  },
};

/** A delivery by its id; undefined when there is none. */
export const readDeliveryItem = (deliveryId: string): Promise<Delivery | undefined> => deliveryStore.read(deliveryId);

/** Deliveries of a feed, or of all feeds with the files that belong to none; in the order of their receipt. */
export async function listDeliveries(feed?: string): Promise<Delivery[]> {
  const names = feed === undefined ? [...feeds.map(({ name }) => name), noFeed] : [feed];
  const lists = await Promise.all(names.map((name) => deliveryStore.list(name)));
  return lists
    .flat()
    .sort((a, b) => a.receivedAt.localeCompare(b.receivedAt) || a.deliveryId.localeCompare(b.deliveryId));
}

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

function claimWrites(delivery: Delivery, prior: Delivery): TransactItem[] {
  // A released delivery keeps the claim that it had when it was held.
  if (delivery.sequence === undefined || delivery.state === 'released') return [];
  const key = { pk: delivery.feed, sk: `sequence#${padded(delivery.sequence)}` };
  const ours = {
    TableName: table,
    ConditionExpression: 'attribute_not_exists(pk) OR deliveryId = :id',
    ExpressionAttributeValues: { ':id': delivery.deliveryId },
  };
  if (delivery.state !== 'refused') {
    const claim = Claim.parse(delivery);
    return [{ Put: { ...ours, Item: { ...key, ...claim } } }];
  }
  return prior.state === 'received' ? [] : [{ Delete: { ...ours, Key: key } }];
}

function headWrites({ feed, state }: Delivery, head: Head, applied: number | undefined): TransactItem[] {
  if (state === 'refused' || state === 'released') return [];
  const key = { pk: feed, sk: 'head' };
  const unchanged =
    head.version === 0
      ? { TableName: table, ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          TableName: table,
          ConditionExpression: 'version = :version',
          ExpressionAttributeValues: { ':version': head.version },
        };
  if (state !== 'accepted') return [{ ConditionCheck: { ...unchanged, Key: key } }];
  return [{ Put: { ...unchanged, Item: { ...key, version: head.version + 1, applied } } }];
}

function putDelivery(delivery: Delivery, condition: string, values: Record<string, string>) {
  return {
    TableName: table,
    Item: { ...keyOf(delivery.deliveryId), ...delivery },
    ConditionExpression: condition,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: values,
  };
}

/** All or nothing; false when a condition did not hold or another transaction was at it. */
async function transact(items: TransactItem[]): Promise<boolean> {
  try {
    await documents.send(new TransactWriteCommand({ TransactItems: items }));
    return true;
  } catch (error) {
    if (isConditionFailed(error) || isTransactionConflict(error)) return false;
    throw error;
  }
}

async function query(feed: string, range: string, values: Record<string, string>): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let next: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: `pk = :feed AND ${range}`,
        ExpressionAttributeValues: { ':feed': feed, ...values },
        ConsistentRead: true,
        ExclusiveStartKey: next,
      }),
    );
    items.push(...(page.Items ?? []));
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
  return items;
}

function keyOf(deliveryId: string): { pk: string; sk: string } | undefined {
  const parts = partsOfId(deliveryId);
  return parts && { pk: parts.feed, sk: `delivery#${parts.rest}` };
}

const padded = (sequence: number): string => String(sequence).padStart(9, '0');
