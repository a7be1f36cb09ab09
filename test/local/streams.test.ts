import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { StreamSourceDeclaration, TableDeclaration } from '../../infra/local/declarations.ts';
import { type DynamoDb, startDynamoDb } from '../../infra/local/dynamodb.ts';
import { FunctionFailure } from '../../infra/local/function-failure.ts';
import { accessKey } from '../../infra/local/s3.ts';
import { StreamPositions } from '../../infra/local/stream-positions.ts';
import { feedFromStream, type StreamFeed } from '../../infra/local/streams.ts';

type Consume = (records: DynamoDBRecord[], call: number) => unknown;
const folder = mkdtempSync(join(tmpdir(), 'canbao-streams-'));
let local: DynamoDb;
let dynamodb: DynamoDBClient;
let streams: DynamoDBStreamsClient;
const feeds: { feed: StreamFeed; stopping: AbortController; positions: StreamPositions }[] = [];
let tables = 0;

async function start(): Promise<void> {
  local = await startDynamoDb(join(folder, 'dynamodb'));
  const credentials = { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret };
  dynamodb = new DynamoDBClient({ endpoint: local.url, region: 'us-east-1', credentials });
  streams = new DynamoDBStreamsClient({ endpoint: local.url, region: 'us-east-1', credentials });
}

async function stop(): Promise<void> {
  dynamodb.destroy();
  streams.destroy();
  await local.stop();
}

beforeAll(start);
afterEach(stopFeeds);
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function stopFeeds(): Promise<void> {
  for (const { stopping, feed, positions } of feeds.splice(0)) {
    stopping.abort();
    await feed.ended;
    positions.close();
  }
}

const tableNamed = (name: string, stream: boolean): TableDeclaration => ({
  id: name,
  name,
  input: {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' as const } }),
  },
});

async function newTable(): Promise<string> {
  const name = `table-${++tables}`;
  await local.create([tableNamed(name, true)]);
  return name;
}

/** Feeds `consume` from a table's stream; gives the keys of the batches that it gets, and what went to the queue. */
function feed(table: string, its: Partial<StreamSourceDeclaration>, consume: Consume, running = () => 1) {
  const source: StreamSourceDeclaration = {
    ...{ id: `Feed${table}`, function: 'F', functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f', table },
    ...{ streamArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${table}/stream/embedded`, patterns: [] },
    ...{ batchSize: 100, windowSeconds: 0, retries: Number.POSITIVE_INFINITY, maxAgeSeconds: Number.POSITIVE_INFINITY },
    ...{ bisect: false, partialFailures: true, ...its },
  };
  const batches: string[][] = [];
  const given: DynamoDBRecord[] = [];
  const gaveUp: { queue: string; body: string }[] = [];
  const failures: string[] = [];
  const functions = {
    usersOf: () => ({ running, onActivity: () => {} }),
    failedFor: (_id: string, numbers: readonly string[]) => void failures.push(...numbers),
    invoke: async (_id: string, event: unknown) => {
      const { Records } = structuredClone(event) as { Records: DynamoDBRecord[] };
      given.push(...Records);
      return consume(Records, batches.push(Records.map(keyOf)));
    },
  };
  const stopping = new AbortController();
  const positions = new StreamPositions(join(folder, 'positions'));
  const send = (queue: string, body: string) => void gaveUp.push({ queue, body });
  const reading = { client: streams, positions, functions, send, stopping: stopping.signal, retrySeconds: 0.05 };
  const made = feedFromStream(source, { ...reading, log: (line) => console.error(line) });
  feeds.push({ feed: made, stopping, positions });
  return { batches, given, gaveUp, failures, feed: made };
}

const keyOf = ({ dynamodb: its }: DynamoDBRecord) => its?.Keys?.pk?.S as string;
const numberOf = (records: DynamoDBRecord[], key: string) =>
  records.find((record) => keyOf(record) === key)?.dynamodb?.SequenceNumber;
const put = async (TableName: string, ...keys: string[]) => {
  for (const key of keys) await dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: key } } }));
};
const fails = () => {
  throw new FunctionFailure('error', 'F', '', 'told to');
};
const failAt = (records: DynamoDBRecord[], ...keys: string[]) => ({
  batchItemFailures: keys.map((key) => ({ itemIdentifier: numberOf(records, key) })),
});

test('a function gets what is inserted, changed and removed as Lambda’s documentation shows it', async () => {
  const TableName = await newTable();
  const { given } = feed(TableName, {}, () => null);
  const Item = { pk: { S: 'a' }, n: { N: '101' }, bytes: { B: Buffer.from([0, 255]) }, list: { L: [{ BOOL: true }] } };
  await dynamodb.send(new PutItemCommand({ TableName, Item }));
  await dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, state: { S: 'sent' } } }));
  await dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk: { S: 'a' } } }));
  await expect.poll(() => given.length).toBe(3);
  const [insert, modify, remove] = given;
  expect(insert).toEqual({
    eventID: expect.any(String),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: expect.stringMatching(/:table\/table-1\/stream\//),
    dynamodb: {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: { pk: { S: 'a' } },
      NewImage: { pk: { S: 'a' }, n: { N: '101' }, bytes: { B: 'AP8=' }, list: { L: [{ BOOL: true }] } },
      SequenceNumber: expect.stringMatching(/^\d+$/),
      SizeBytes: expect.any(Number),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
  expect(Math.abs((insert?.dynamodb?.ApproximateCreationDateTime ?? 0) - Date.now() / 1000)).toBeLessThan(100);
  expect([modify?.eventName, modify?.dynamodb?.OldImage?.n]).toEqual(['MODIFY', { N: '101' }]);
  expect([remove?.eventName, remove?.dynamodb?.NewImage]).toEqual(['REMOVE', undefined]);
});

test('records come in order, in batches no larger than declared; those that no filter lets pass never come', async () => {
  const table = await newTable();
  await put(table, 'in-1', 'out-1', 'in-2', 'in-3', 'out-2', 'in-4', 'in-5', 'out-3');
  const patterns = [{ eventName: ['INSERT'], dynamodb: { NewImage: { pk: { S: [{ prefix: 'in-' }] } } } }];
  const { batches, feed: made } = feed(table, { batchSize: 2, patterns }, () => null);
  await expect.poll(() => batches).toEqual([['in-1', 'in-2'], ['in-3', 'in-4'], ['in-5']]);
  await expect.poll(() => made.caughtUp()).toBe(true);
});

test('a hub that was off for more than a day hears at once of what is written then, though the stream counts from 1 again', async () => {
  const table = await newTable();
  await put(table, 'a', 'b', 'c');
  const before = feed(table, {}, () => null);
  await expect.poll(() => before.batches).toEqual([['a', 'b', 'c']]);
  await stopFeeds();
  await passADay(table);
  const after = feed(table, {}, () => null);
  await put(table, 'd');
  await expect.poll(() => after.batches).toEqual([['d']]);
});

test('a batch waits for its window, or until it is full', async () => {
  const table = await newTable();
  const { batches } = feed(table, { batchSize: 3, windowSeconds: 1 }, () => null);
  await put(table, 'a');
  await sleep(400);
  await put(table, 'b');
  expect(batches).toEqual([]);
  await expect.poll(() => batches, { timeout: 2000 }).toEqual([['a', 'b']]);
  await put(table, 'c', 'd', 'e');
  await expect
    .poll(() => batches, { timeout: 600 })
    .toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
});

test('a batch goes on from the first record that the function reports, whatever else it reports', async () => {
  const table = await newTable();
  await put(table, 'a', 'b', 'c', 'd');
  const { batches, failures } = feed(table, {}, (records, call) => (call === 1 ? failAt(records, 'd', 'b') : {}));
  await expect
    .poll(() => batches)
    .toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'c', 'd'],
    ]);
  expect(failures).toHaveLength(1);
});

test.each([
  ['throws', fails],
  ['reports an empty identifier', () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
  ['reports nothing that can be read', () => ({ batchItemFailures: [{ item: 'x' }] })],
])('when a function %s, the whole batch comes again, and nothing overtakes it', async (_what, once) => {
  const table = await newTable();
  await put(table, 'a', 'b');
  const { batches } = feed(table, { batchSize: 2 }, (_records, call) => (call <= 2 ? once() : null));
  await put(table, 'c');
  await expect.poll(() => batches).toEqual([['a', 'b'], ['a', 'b'], ['a', 'b'], ['c']]);
});

test('without ReportBatchItemFailures what a function returns does not matter', async () => {
  const table = await newTable();
  await put(table, 'a', 'b');
  const { batches, feed: made } = feed(table, { partialFailures: false }, (records) => failAt(records, 'a'));
  await expect.poll(() => made.caughtUp()).toBe(true);
  expect(batches).toEqual([['a', 'b']]);
});

test('a poisoned record is found by halving, given up after its tries, and told to the queue; the others are done', async () => {
  const table = await newTable();
  await put(table, 'a', 'b', 'poison', 'd');
  const its = { bisect: true, retries: 1, failureQueue: 'failed' };
  const poisoned: Consume = (records) => (records.some((record) => keyOf(record) === 'poison') ? fails() : null);
  const { batches, given, gaveUp, feed: made } = feed(table, its, poisoned);
  await expect.poll(() => made.caughtUp()).toBe(true);
  expect(batches).toEqual([['a', 'b', 'poison', 'd'], ['a', 'b'], ['poison', 'd'], ['poison'], ['poison'], ['d']]);
  expect(gaveUp.map(({ queue }) => queue)).toEqual(['failed']);
  expect(JSON.parse(gaveUp[0]?.body ?? '')).toMatchObject({
    requestContext: {
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 2,
    },
    version: '1.0',
    DDBStreamBatchInfo: {
      shardId: expect.stringMatching(/^shardId-/),
      startSequenceNumber: numberOf(given, 'poison'),
      endSequenceNumber: numberOf(given, 'poison'),
      approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-.*Z$/),
      batchSize: 1,
      streamArn: expect.stringContaining(table),
    },
  });
  expect(gaveUp[0]?.body).not.toContain('"poison"');
});

test('what is older than its age limit is given up when it fails', async () => {
  const table = await newTable();
  await put(table, 'a');
  const { batches, gaveUp } = feed(table, { maxAgeSeconds: -10, failureQueue: 'failed' }, fails);
  await expect.poll(() => gaveUp.length).toBe(1);
  expect(JSON.parse(gaveUp[0]?.body ?? '').requestContext.condition).toBe('RecordAgeExceeded');
  expect(batches).toEqual([['a']]);
});

test('after a stop in the middle of a batch the next start goes on where the last one was, and misses nothing', async () => {
  const table = await newTable();
  await put(table, 'a', 'b', 'c');
  let stopNow = () => {};
  const middle = new Promise<void>((resolve) => {
    stopNow = resolve;
  });
  const first = feed(table, { batchSize: 1 }, async (records) => {
    if (keyOf(records[0] as DynamoDBRecord) !== 'b') return null;
    stopNow();
    await sleep(100);
    return fails();
  });
  await middle;
  await stopFeeds();
  await stop();
  await start();
  await put(table, 'd');
  const second = feed(table, { batchSize: 1 }, () => null);
  await expect.poll(() => second.feed.caughtUp()).toBe(true);
  expect([first.batches, second.batches]).toEqual([
    [['a'], ['b']],
    [['b'], ['c'], ['d']],
  ]);
});

test('a table’s first record is in the first look after it was written, though another table was written before it', async () => {
  const table = await newTable();
  const { batches, feed: made } = feed(table, {}, () => null);
  await expect.poll(() => made.caughtUp()).toBe(true);
  await put(await newTable(), 'x');
  await put(table, 'a');
  // Not at the first asking, unless a look of its own had found the record before.
  while (!(await made.caughtUp()));
  expect(batches).toEqual([['a']]);
});

test('when a shard is closed, what follows it is read after it, to the last record, in order', async () => {
  const table = await newTable();
  await put(table, 'a', 'b');
  await closeShard(table);
  await put(table, 'c');
  const shards = await shardsOf(table);
  expect(shards.map(({ ParentShardId }) => ParentShardId)).toEqual([undefined, shards[0]?.ShardId]);
  const { batches, feed: made } = feed(table, {}, () => null);
  await expect.poll(() => made.caughtUp()).toBe(true);
  await put(table, 'd');
  await expect.poll(() => batches.flat()).toEqual(['a', 'b', 'c', 'd']);
  await stopFeeds();
  const again = feed(table, {}, () => null);
  await expect.poll(() => again.feed.caughtUp()).toBe(true);
  expect(again.batches).toEqual([]);
});

test('a table that was made before it had a stream gets one', async () => {
  await local.create([tableNamed('older', false)]);
  await put('older', 'a');
  await local.create([tableNamed('older', true)]);
  const { batches } = feed('older', {}, () => null);
  await put('older', 'b');
  await expect.poll(() => batches).toEqual([['b']]);
});

test('while functions run, a record is there within 300 ms of its writing', async () => {
  const table = await newTable();
  const at = new Map<string, number>();
  const arrived = (records: DynamoDBRecord[]) => {
    for (const record of records) at.set(keyOf(record), performance.now());
  };
  feed(table, {}, arrived);
  await put(table, 'warm up');
  await expect.poll(() => at.size).toBe(1);
  const delays: number[] = [];
  for (let number = 0; number < 20; number++) {
    await sleep(37 * (number % 5));
    await put(table, `${number}`);
    const written = performance.now();
    await expect.poll(() => at.has(`${number}`), { interval: 5 }).toBe(true);
    delays.push((at.get(`${number}`) as number) - written);
  }
  expect(Math.max(...delays)).toBeLessThan(300);
});

const shardsOf = async (TableName: string) => {
  const { Streams = [] } = await streams.send(new ListStreamsCommand({ TableName }));
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: Streams[0]?.StreamArn }));
  return StreamDescription?.Shards ?? [];
};

/** DynamoDB Local forgets records after a day, and started without any it counts from 1: so it is done in its file. */
async function passADay(table: string): Promise<void> {
  const [{ ShardId: shard = '' } = {}] = await shardsOf(table);
  const positions = new StreamPositions(join(folder, 'positions'));
  const read = positions.of(`Feed${table}`, shard);
  if (read === undefined || read === 'finished') throw new Error('Nothing was read.');
  positions.set(`Feed${table}`, shard, { ...read, at: read.at - 25 * 3600 });
  positions.close();
  await stop();
  const file = readdirSync(join(folder, 'dynamodb')).find((name) => name.endsWith('.db')) as string;
  const database = new DatabaseSync(join(folder, 'dynamodb', file));
  database.exec('DELETE FROM us');
  database.close();
  await start();
}

/** DynamoDB Local closes a shard after hours, and opens the next: here that is done for it, in its file. */
async function closeShard(table: string): Promise<void> {
  const [{ ShardId: parent = '' } = {}] = await shardsOf(table);
  await stop();
  const file = readdirSync(join(folder, 'dynamodb')).find((name) => name.endsWith('.db')) as string;
  const database = new DatabaseSync(join(folder, 'dynamodb', file));
  const { last } = database.prepare('SELECT max(SequenceNumber) AS last FROM us').get() as { last: number };
  const now = Date.now();
  const child = `shardId-0000000${now}-00000000`;
  database
    .prepare(`INSERT INTO ss SELECT StreamID, ?, ?, NULL, ?, NULL, ShardID FROM ss WHERE ShardID = ?`)
    .run(child, now, last + 1, parent);
  database
    .prepare('UPDATE ss SET DeletionDateTime = ?, SequenceNumberEnd = ? WHERE ShardID = ?')
    .run(now, last, parent);
  database.close();
  await start();
}
