import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryStore, Outcome } from '../../functions/intake/delivery-store.ts';
import { type DynamoDb, startDynamoDb } from '../../infra/local/dynamodb.ts';
import { region } from '../../infra/local/intrinsics.ts';
import { accessKey } from '../../infra/local/s3.ts';
import type { Delivery } from '../../schemas/delivery.ts';
import type { Snapshot } from '../../schemas/snapshot.ts';
import { World } from './world.ts';

let dynamodb: DynamoDb;
let world: World;
let real: typeof import('../../functions/intake/delivery-store.ts');
let snapshots: typeof import('../../functions/intake/snapshot-store.ts');

beforeAll(async () => {
  dynamodb = await startDynamoDb(undefined);
  await dynamodb.create([table('deliveries'), table('snapshots')]);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey.id,
    AWS_SECRET_ACCESS_KEY: accessKey.secret,
    DELIVERIES_TABLE: 'deliveries',
    SNAPSHOTS_TABLE: 'snapshots',
  });
  real = await import('../../functions/intake/delivery-store.ts');
  snapshots = await import('../../functions/intake/snapshot-store.ts');
  world = await World.open();
});
afterAll(async () => {
  await dynamodb.stop();
  await world.close();
});

// Every test has a feed of its own.
let feed = '';
let feeds = 0;
beforeEach(() => {
  feed = `feed-${'abcdefghijklmnopqrstuvwxyz'[feeds++ % 26]}${'abcdefghijklmnopqrstuvwxyz'[Math.floor(feeds / 26)]}`;
});

const received = (sequence: number, content = 'a', upload = '1'): Delivery => ({
  deliveryId: `${feed}-20220630-full-${sequence}-${content}`,
  feed,
  objectKey: `${feed}/20220630-full-${sequence}.csv`,
  state: 'received',
  mode: 'full',
  dataAsOf: '2022-06-30',
  sequence,
  upload,
  receivedAt: '2022-07-01T00:00:00.000Z',
});

const snapshotOf = ({ deliveryId, sequence = 1 }: Delivery, dataAsOf = '2022-06-30'): Snapshot => ({
  ...{ feed, deliveryId, dataAsOf, sequence, fullSequence: sequence, snapshotId: `${deliveryId}-s`, mode: 'full' },
  ...{ declared: true, rows: 0, keptRows: 0, counts: {}, acceptedAt: '2022-07-01T00:00:00.000Z' },
  files: [{ range: '0000-ffff', rows: 0, bytes: 1, digest: '0'.repeat(64) }],
});

function outcome(prior: Delivery, state: Delivery['state'], version = 0): Outcome {
  const delivery: Delivery = { ...prior, state };
  const accepted = state === 'accepted' ? { snapshot: snapshotOf(delivery), applied: delivery.sequence } : undefined;
  return { delivery, prior, head: { version }, accepted };
}

describe.each([
  ['DynamoDB', (): DeliveryStore => real.deliveryStore],
  ['the stand-in of the other tests', (): DeliveryStore => world.intake().deliveries],
])('%s', (_, storeNow) => {
  let store: DeliveryStore;
  beforeEach(() => {
    store = storeNow();
  });

  test('an upload is filed once, and again only after it was refused and was uploaded anew', async () => {
    const first = received(1);
    expect(await store.begin(first)).toEqual(first);
    const later = { ...first, receivedAt: '2022-07-02T00:00:00.000Z' };
    expect(await store.begin(later)).toEqual(first);
    const refused = outcome(first, 'refused');
    expect(await store.settle(refused)).toBe(true);
    expect(await store.begin(later)).toEqual(refused.delivery);
    const anew = { ...later, upload: '2' };
    expect(await store.begin(anew)).toEqual(anew);
    expect(await store.read(first.deliveryId)).toEqual(anew);
  });

  test('deliveries are listed by feed and by the beginning of their id', async () => {
    for (const delivery of [received(1), received(1, 'b'), received(12)]) await store.begin(delivery);
    expect(await store.list(feed)).toHaveLength(3);
    expect(await store.list(feed, '20220630-full-1-')).toHaveLength(2);
    expect(await store.read(`${feed}-20220630-full-3-c`)).toBeUndefined();
  });

  test('an accepted delivery takes its sequence, moves the head and leaves its snapshot', async () => {
    const delivery = await store.begin(received(3));
    expect(await store.head(feed)).toEqual({ version: 0 });
    expect(await store.settle(outcome(delivery, 'accepted'))).toBe(true);
    expect(await store.head(feed)).toEqual({ version: 1, applied: 3 });
    expect(await store.claims(feed)).toEqual([{ sequence: 3, deliveryId: delivery.deliveryId, state: 'accepted' }]);
    expect((await store.read(delivery.deliveryId))!.state).toBe('accepted');
  });

  test('of two deliveries with one sequence one is accepted', async () => {
    const [a, b] = [await store.begin(received(1)), await store.begin(received(1, 'b'))];
    const both = await Promise.all([store.settle(outcome(a, 'accepted')), store.settle(outcome(b, 'accepted'))]);
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(await store.claims(feed)).toHaveLength(1);
  });

  test.each(['accepted', 'held', 'waiting'] as const)(
    'a delivery is not %s on what the feed no longer is',
    async (state) => {
      const [a, b] = [await store.begin(received(1)), await store.begin(received(2))];
      expect(await store.settle(outcome(a, 'accepted'))).toBe(true);
      expect(await store.settle(outcome(b, state))).toBe(false);
      expect((await store.read(b.deliveryId))!.state).toBe('received');
      expect(await store.settle(outcome(b, state, 1))).toBe(true);
      expect((await store.claims(feed)).map((claim) => claim.state)).toEqual(['accepted', state]);
    },
  );

  test('a decision does not overwrite another one', async () => {
    const delivery = await store.begin(received(1));
    expect(await store.settle(outcome(delivery, 'accepted'))).toBe(true);
    expect(await store.settle(outcome(delivery, 'refused', 1))).toBe(false);
    expect(await store.settle(outcome(delivery, 'accepted', 1))).toBe(false);
    expect((await store.head(feed)).version).toBe(1);
  });

  test('a held delivery keeps its sequence while it is released, and loses it when it is refused', async () => {
    const delivery = await store.begin(received(1));
    const held = outcome(delivery, 'held');
    expect(await store.settle(held)).toBe(true);
    const released = outcome(held.delivery, 'released');
    expect(await store.settle(released)).toBe(true);
    expect(await store.settle(outcome(held.delivery, 'refused'))).toBe(false);
    expect(await store.claims(feed)).toHaveLength(1);
    expect(await store.settle(outcome(released.delivery, 'refused'))).toBe(true);
    expect(await store.claims(feed)).toEqual([]);
  });
});

test('a delivery that is decided cannot be decided into a state that does not follow', async () => {
  const delivery = await real.deliveryStore.begin(received(1));
  await expect(real.deliveryStore.settle(outcome({ ...delivery, state: 'accepted' }, 'held'))).rejects.toThrow(
    'cannot become',
  );
});

test('claims come in the order of their sequence, from where they are asked for', async () => {
  for (const sequence of [2, 10, 9]) {
    const version = (await real.deliveryStore.head(feed)).version;
    await real.deliveryStore.settle(outcome(await real.deliveryStore.begin(received(sequence)), 'accepted', version));
  }
  expect((await real.deliveryStore.claims(feed)).map(({ sequence }) => sequence)).toEqual([2, 9, 10]);
  expect((await real.deliveryStore.claims(feed, 9)).map(({ sequence }) => sequence)).toEqual([9, 10]);
});

test('the newest snapshot of a date is the one with the latest data-as-of, then the highest sequence', async () => {
  const accept = async (sequence: number, dataAsOf: string) => {
    const prior = await real.deliveryStore.begin(received(sequence));
    const { version } = await real.deliveryStore.head(feed);
    const { delivery } = outcome(prior, 'accepted');
    const snapshot = snapshotOf(delivery, dataAsOf);
    await real.deliveryStore.settle({ delivery, prior, head: { version }, accepted: { snapshot, applied: 1 } });
  };
  for (const [sequence, date] of [
    [1, '2022-06-30'],
    [2, '2022-05-31'],
    [10, '2022-06-30'],
    [9, '2022-06-30'],
  ] as const)
    await accept(sequence, date);
  const newest = async (asOf?: string) => (await snapshots.snapshotStore.newest(feed, asOf))?.sequence;
  expect(await newest()).toBe(10);
  expect(await newest('2022-06-30')).toBe(10);
  expect(await newest('2022-06-29')).toBe(2);
  expect(await newest('2022-05-30')).toBeUndefined();
  expect((await snapshots.snapshotsOf(feed)).map(({ sequence }) => sequence)).toEqual([10, 9, 1, 2]);
});

test('what lies in no feed is listed with the deliveries of all feeds', async () => {
  const stray = { ...received(1), deliveryId: 'unknown-misnamed-0123', feed: 'unknown' };
  await real.deliveryStore.begin(stray);
  expect(await real.listDeliveries()).toEqual([stray]);
  expect(await real.listDeliveries('cremation')).toEqual([]);
});

function table(name: string) {
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
  const attributes = ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }));
  const input = {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST' as const,
    AttributeDefinitions: attributes,
    KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
  };
  return { id: name, name, input };
}

test('whoever asked where to put a file is known by its object, each once, and no sequence is claimed by it', async () => {
  const store = real.deliveryStore;
  const { objectKey } = received(1);
  for (const by of ['operator/li', 'operator/wang', 'operator/li']) await store.announce(feed, objectKey, by);
  await store.announce(feed, `${objectKey}.gz`, 'operator/zhao');
  expect(await store.announcers({ feed, objectKey })).toEqual(['operator/li', 'operator/wang']);
  expect([await store.claims(feed), await store.list(feed), await store.announcers(received(2))]).toEqual([[], [], []]);
});
