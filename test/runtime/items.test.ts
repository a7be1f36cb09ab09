import { setTimeout as sleep } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Condition, Index, Item, Items, Key, Range, Write } from '../../functions/runtime/items.ts';
import type { transact } from '../../functions/runtime/transact.ts';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { region } from '../../infra/local/intrinsics.ts';
import { accessKey } from '../../infra/local/s3.ts';
import { fairWeather, memoryItems } from '../simulator/memory-items.ts';
import { readStream } from './read-stream.ts';

/** Every try that failed, as the client sees it: either's writes go through the same function. */
const failures: unknown[] = vi.hoisted(() => []);
vi.mock('../../functions/runtime/transact.ts', async (original) => {
  const real = await original<{ transact: typeof transact }>();
  const watched: typeof transact = (send, ...more) =>
    real.transact(
      () =>
        send().catch((failure: unknown) => {
          failures.push(failure);
          throw failure;
        }),
      ...more,
    );
  return { ...real, transact: watched };
});

/** The tables of the simulator are held to what DynamoDB Local does, operation by operation. */
const table = 'contract';
const streamed = 'streamed';
const byList: Index = { name: 'byList', partition: 'list', sort: 'order' };

let dynamodb: Awaited<ReturnType<typeof startDynamoDb>>;
let real: Items;
let runs = 0;

beforeAll(async () => {
  dynamodb = await startDynamoDb(undefined);
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
  const input = {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST' as const,
    AttributeDefinitions: ['pk', 'sk', 'list', 'order'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S' as const,
    })),
    KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
    GlobalSecondaryIndexes: [
      {
        IndexName: byList.name,
        KeySchema: [key('list', 'HASH'), key('order', 'RANGE')],
        Projection: { ProjectionType: 'ALL' as const },
      },
    ],
  };
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' as const };
  await dynamodb.create([
    { id: table, name: table, input },
    { id: streamed, name: streamed, input: { ...input, TableName: streamed, StreamSpecification } },
  ]);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey.id,
    AWS_SECRET_ACCESS_KEY: accessKey.secret,
  });
  real = (await import('../../functions/runtime/items.ts')).dynamoItems;
});
afterAll(() => dynamodb.stop());

const sortKeys = ['a', 'a#1', 'a#2', 'b', 'b#10', 'b#9', '参', '\u{1f600}', '\uffee', '~'];
const sk = fc.constantFrom(...sortKeys);
const bound = fc.constantFrom(...sortKeys, 'a#', 'z', '\uffff', '\u{10ffff}');
const pk = fc.constantFrom('p1', 'p2');
const text = fc.constantFrom('', 'x', 'y', '参保', 'x\u0000');
const number = fc.constantFrom(0, 1, -1, 2.5, 10, 1e13, -0);
const scalar = fc.oneof(text, number, fc.boolean());

const attributes = fc.record(
  {
    t: text,
    n: number,
    b: fc.boolean(),
    any: scalar,
    nothing: fc.constant(undefined),
    list: fc.constantFrom('due', 'news'),
    order: fc.constantFrom('1', '10', '9'),
    nested: fc.record(
      { deep: fc.array(fc.record({ x: scalar, y: fc.constant(undefined) }), { maxLength: 2 }), nil: fc.constant(null) },
      { requiredKeys: [] },
    ),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: [] },
);

const wanted = fc.oneof(
  scalar,
  fc.constant('absent' as const),
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map((oneOf) => ({ oneOf })),
  fc.oneof(text, number).map((atMost) => ({ atMost })),
);
const condition: fc.Arbitrary<Condition | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant('absent' as const) },
  { weight: 2, arbitrary: fc.constant('present' as const) },
  {
    weight: 3,
    arbitrary: fc.dictionary(fc.constantFrom('t', 'n', 'b', 'any', 'list', 'gone'), wanted, { minKeys: 1, maxKeys: 2 }),
  },
);

const change = fc
  .record({
    set: fc.option(fc.record({ t: text, u: scalar, nothing: fc.constant(undefined) }), { nil: undefined }),
    remove: fc.option(fc.subarray(['list', 'nested', 'gone']), { nil: undefined }),
    add: fc.option(fc.constantFrom({ count: 1 }, { count: -3, sum: 2.5 }), { nil: undefined }),
  })
  .filter(({ set, remove, add }) => set !== undefined || (remove?.length ?? 0) > 0 || add !== undefined);
const write: fc.Arbitrary<Write> = fc
  .tuple(pk, sk, condition, attributes, change, fc.constantFrom('put', 'put', 'update', 'update', 'delete', 'check'))
  .map(([pk, sk, when, more, change, kind]): Write => {
    const held = when === undefined ? { table } : { table, when };
    if (kind === 'put') return { ...held, put: { ...more, pk, sk } };
    if (kind === 'update') return { ...held, update: { pk, sk }, ...change } as Write;
    return kind === 'delete' ? { ...held, delete: { pk, sk } } : { ...held, check: { pk, sk } };
  });

const bounds = fc.oneof(
  fc.constant({}),
  fc.record({ prefix: fc.constantFrom('a', 'a#', 'b', '参', 'zz') }),
  fc.record({ from: bound, to: bound }, { requiredKeys: [] }),
);
const rangeMore = fc.record({ descending: fc.boolean(), limit: fc.integer({ min: 1, max: 5 }) }, { requiredKeys: [] });
const inIndex = fc.oneof(
  fc.constant({}),
  fc.record({ prefix: fc.constant('1') }),
  fc.record({ from: fc.constantFrom('1', '5'), to: fc.constantFrom('10', '9', '99') }, { requiredKeys: [] }),
);

type Operation =
  | { readonly write: readonly Write[] }
  | { readonly get: Key }
  | { readonly getMany: readonly Key[] }
  | { readonly query: Range }
  | { readonly queryIndex: Range };
const key = fc.record({ pk, sk });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    // Two on one item are refused by either, DynamoDB Local only after it has looked at the conditions: see below.
    arbitrary: fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: keyName }).map((write) => ({ write })),
  },
  { weight: 1, arbitrary: key.map((get) => ({ get })) },
  { weight: 1, arbitrary: fc.array(key, { maxLength: 5 }).map((getMany) => ({ getMany })) },
  {
    weight: 2,
    arbitrary: fc.tuple(pk, bounds, rangeMore).map(([pk, one, more]) => ({ query: { pk, ...one, ...more } })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('due', 'news'), inIndex).map(([pk, one]) => ({ queryIndex: { pk, ...one } })),
  },
);

describe('tables in memory', () => {
  it('answer every sequence of operations as DynamoDB does, and end with the same content', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 25 }), async (operations) => {
        const run = `${++runs}/`;
        const memory = memoryItems();
        for (const one of operations) {
          const renamed = inRun(run, one);
          expect(await perform(memory, renamed), JSON.stringify(renamed)).toEqual(await perform(real, renamed));
        }
        for (const pk of ['p1', 'p2'].map((name) => run + name))
          expect(plain(await memory.query(table, { pk }))).toEqual(plain(await real.query(table, { pk })));
      }),
      { numRuns: 80 },
    );
  });

  it('take up to 100 writes in a transaction and refuse one more, none, and two on one item', async () => {
    const put = (n: number): Write => ({ table, put: { pk: 'many', sk: String(n) }, when: 'absent' });
    const hundred = Array.from({ length: 100 }, (_, n) => put(n));
    const twice: Write[] = [put(200), { table, update: { pk: 'many', sk: '200' }, add: { n: 1 } }];
    for (const items of [memoryItems(), real]) {
      expect(await items.write(hundred)).toBe(true);
      expect(await items.write(hundred)).toBe(false);
      await expect(items.write([...hundred, put(100)])).rejects.toThrow();
      await expect(items.write([])).rejects.toThrow();
      await expect(items.write(twice)).rejects.toThrow();
      await expect(items.write([{ table, put: { pk: '', sk: 'x' } }])).rejects.toThrow();
      await expect(items.write([{ table, put: { pk: 'x', sk: 'large', t: 'x'.repeat(410_000) } }])).rejects.toThrow();
      expect(await items.query(table, { pk: 'many' })).toHaveLength(100);
    }
  });

  it('give a scan page by page, each item once and the items of a partition together', async () => {
    for (const items of [memoryItems(), real]) {
      for (const pk of ['s1', 's2', 's3'])
        await items.write(Array.from({ length: 7 }, (_, n) => ({ table, put: { pk, sk: `${n}` } })));
      const found: Item[] = [];
      let after: Key | undefined;
      do {
        const page = await items.scan(table, { after, limit: 4 });
        found.push(...page.items);
        after = page.after;
      } while (after !== undefined);
      const own = found.map(({ pk }) => pk).filter((pk) => /^s\d$/.test(pk));
      expect(own).toHaveLength(21);
      expect(own.filter((pk, at) => pk !== own[at - 1])).toHaveLength(3);
      expect(new Set(found.map(({ pk, sk }) => `${pk} ${sk}`)).size).toBe(found.length);
    }
  });
});

describe('transactions in memory', () => {
  it('are cancelled for the reasons that DynamoDB gives, action by action', async () => {
    const transaction = fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: keyName });
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 12 }), async (transactions) => {
        const run = `${++runs}/`;
        const memory = memoryItems().in(transacting);
        for (const one of transactions) {
          const renamed = (inRun(run, { write: one }) as { write: Write[] }).write;
          const told = async (items: Items) => {
            failures.length = 0;
            const made = await perform(items, { write: renamed });
            return [made, ...failures.map(reasonOf)];
          };
          expect(await told(memory), JSON.stringify(renamed)).toEqual(await told(real));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('meet as they do in DynamoDB: what was made was made once, and what was not made is tried again', async () => {
    const met: Set<string>[] = [];
    for (const items of [memoryItems().in({ ...transacting, transactions: slowly }), real]) {
      failures.length = 0;
      const [one, other] = [
        { pk: 'meet', sk: '1' },
        { pk: 'meet', sk: '2' },
      ];
      const both = [one, other].map((update): Write => ({ table, update, add: { n: 1 } }));
      let made = 0;
      for (let round = 0; round < 40; round++) {
        const done = await Promise.allSettled([items.write(both), items.write(both), items.write(both.slice(1))]);
        made += done.slice(0, 2).filter(({ status }) => status === 'fulfilled').length;
        expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
      }
      expect(await items.getMany(table, [one, other])).toMatchObject([{ n: made }, { n: made + 40 }]);
      met.push(new Set(failures.map((failure) => JSON.stringify(reasonOf(failure)))));
    }
    // AWS cancels one of two, and so does the stand-in; DynamoDB Local lets them wait for each other.
    expect(met[0]!.size).toBeGreaterThan(0);
    expect([...met[1]!].filter((reason) => !met[0]!.has(reason))).toEqual([]);
  });

  it('are cancelled for another one under way, as AWS says and DynamoDB Local never does', async () => {
    const memory = memoryItems();
    const under = memory.in({ ...transacting, transactions: { ...quickly, holds: () => sleep(20) } });
    const beside = memory.in({
      ...transacting,
      transactions: { ...quickly, pause: () => Promise.reject(new Error('paused')) },
    });
    const on = (sk: string): Write => ({ table, update: { pk: 'held', sk }, add: { n: 1 } });
    failures.length = 0;
    const made = under.write([on('1'), on('2')]);
    await expect(beside.write([on('0'), on('1')])).rejects.toThrow('paused');
    await expect(beside.write([on('1')])).rejects.toThrow('paused');
    expect(
      await beside.write([
        { ...on('1'), when: 'absent' },
        { ...on('3'), when: 'present' },
      ]),
    ).toBe(false);
    expect(failures.map(reasonOf)).toEqual([
      ['TransactionCanceledException', 'None', 'TransactionConflict'],
      ['TransactionConflictException'],
      ['TransactionCanceledException', 'TransactionConflict', 'ConditionalCheckFailed'],
    ]);
    // Reads are not held up: they see what was before.
    expect(await beside.get(table, { pk: 'held', sk: '1' })).toBeUndefined();
    expect(await made).toBe(true);
    expect(await beside.write([on('1')])).toBe(true);
    expect(await beside.get(table, { pk: 'held', sk: '1' })).toMatchObject({ n: 2 });
  });

  it('let only one of two win where only one can', async () => {
    for (const items of [memoryItems().in({ ...transacting, transactions: slowly }), real]) {
      for (let round = 0; round < 20; round++) {
        const once = (n: number): Write[] => [
          { table, put: { pk: 'race', sk: String(round), n }, when: 'absent' },
          { table, put: { pk: 'race', sk: `${round} ${n}` } },
        ];
        const done = await Promise.all([items.write(once(1)), items.write(once(2)), items.write(once(3).slice(0, 1))]);
        expect(done.filter(Boolean)).toHaveLength(1);
        const [won] = await items.getMany(table, [{ pk: 'race', sk: String(round) }]);
        expect(done[Number(won!.n) - 1]).toBe(true);
        const beside = await items.query(table, { pk: 'race', prefix: `${round} ` });
        expect(beside.map(({ sk }) => sk)).toEqual(done[2] ? [] : [`${round} ${won!.n}`]);
      }
    }
  });
});

describe('tables in memory, at their limits', () => {
  it('keep every number and every byte that DynamoDB keeps, and refuse the others', async () => {
    const kept = fc.record({
      n: fc.oneof(
        fc.maxSafeInteger(),
        fc.integer(),
        fc.double({ noDefaultInfinity: false }),
        fc.constantFrom(...oddNumbers),
      ),
      bytes: fc.uint8Array({ maxLength: 300 }),
      t: fc.string({ unit: 'grapheme' }),
      deep: fc.array(fc.oneof(fc.maxSafeInteger(), fc.uint8Array({ maxLength: 3 }), fc.constant(null)), {
        maxLength: 3,
      }),
    });
    const memory = memoryItems();
    await fc.assert(
      fc.asyncProperty(kept, async (more) => {
        const put = { table, put: { pk: 'kept', sk: '1', ...more } };
        const one = await perform(memory, { write: [put] });
        expect(one).toEqual(await perform(real, { write: [put] }));
        expect(await perform(memory, { get: put.put })).toEqual(await perform(real, { get: put.put }));
        if (one === true) expect(await perform(memory, { get: put.put })).toEqual(plain(put.put));
      }),
      { numRuns: 150 },
    );
  });

  it('refuse what DynamoDB refuses: long keys, much at once, sums of words, two changes of one attribute', async () => {
    const much = (count: number): Write[] =>
      Array.from({ length: count }, (_, n) => ({ table, put: { pk: 'much', sk: `${n}`, t: 'x'.repeat(390_000) } }));
    const of = (pk: string, sk: string): Write[] => [{ table, put: { pk, sk, t: 'word', n: 1 } }];
    const change = (more: object): Write[] => [{ table, update: { pk: 'change', sk: '1' }, ...more } as Write];
    const tried = [
      of('p'.repeat(2048), 's'.repeat(1024)),
      of('p'.repeat(2049), 's'),
      of('p', 's'.repeat(1025)),
      of('参'.repeat(683), 's'),
      much(10),
      much(11),
      of('change', '1'),
      change({ add: { t: 1 } }),
      change({ add: { n: 1 }, set: { n: 5 } }),
      change({ remove: ['n'], set: { n: 5 } }),
      change({ remove: ['n'], add: { n: 5 } }),
      change({ add: { n: 1 } }),
    ];
    const memory = memoryItems();
    for (const [n, writes] of tried.entries())
      expect([n, await perform(memory, { write: writes })]).toEqual([n, await perform(real, { write: writes })]);
  });

  it('give a partition of many pages in one order, from either end and between any two keys', async () => {
    const memory = memoryItems();
    const put = (n: number): Write => ({
      table,
      put: {
        pk: 'pages',
        sk: `${n % 7}#${n}`,
        t: 'x'.repeat(60_000),
        list: 'pages',
        order: String(n).padStart(3, '0'),
      },
    });
    for (let n = 0; n < 48; n++) for (const items of [memory, real]) await items.write([put(n)]);
    const names = async (items: Items, range: Omit<Range, 'pk'>) => [
      (await items.query(table, { pk: 'pages', ...range })).map(({ sk }) => sk),
      (await items.queryIndex(table, byList, { pk: 'pages', ...range })).map(({ order }) => order),
    ];
    const ranges: Omit<Range, 'pk'>[] = [
      {},
      { descending: true },
      { limit: 20 },
      { limit: 20, descending: true },
      { from: '030', to: '4#3' },
      { prefix: '0', limit: 30 },
      { from: '5#', descending: true, limit: 1 },
    ];
    for (const range of ranges) expect(await names(memory, range)).toEqual(await names(real, range));
    const keys = Array.from({ length: 130 }, (_, n) => ({ pk: 'pages', sk: `${n % 7}#${n % 60}` }));
    expect(plain(await memory.getMany(table, keys))).toEqual(plain(await real.getMany(table, keys)));
  });
});

it('tables in memory tell of changes as the stream does: each item’s in their order, and of each as it was then', async () => {
  const client = new DynamoDBStreamsClient({ endpoint: dynamodb.url });
  const memory = memoryItems();
  const told = new Map<string, unknown[]>();
  memory.onChange((_, item, key) =>
    told.set(nameOf(key), [...(told.get(nameOf(key)) ?? []), plain(item ?? 'deleted')]),
  );
  const some = fc.sample(fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: keyName }), {
    numRuns: 150,
    seed: 7,
  });
  for (const one of some) {
    const renamed = one.map((write) => ({ ...write, table: streamed }));
    expect(await perform(memory, { write: renamed })).toEqual(await perform(real, { write: renamed }));
  }
  const images = await readStream(client, streamed);
  const byKey = Map.groupBy(images, ({ key }) => nameOf(key));
  for (const [name, records] of byKey)
    expect([name, records.map(({ item }) => plain(item ?? 'deleted'))]).toEqual([
      name,
      withoutRepeats(told.get(name) ?? []),
    ]);
  expect(byKey.size).toBeGreaterThan(10);
  client.destroy();
});

describe('tables in memory, where DynamoDB promises less', () => {
  const two: Write[] = ['1', '2'].map((sk) => ({ table, put: { pk: 'p', sk, n: 1 } }));
  const changed: Write[] = ['1', '2'].map((sk) => ({ table, put: { pk: 'p', sk, n: 2 } }));
  const numbers = (items: readonly (Item | undefined)[]) => items.map((item) => item?.n);

  it('read several items one after the other: a transaction may come in between, and is seen by halves', async () => {
    const memory = memoryItems();
    await memory.write(two);
    const items = memory.in({ ...fairWeather, amid: async () => void (await memory.write(changed)) });
    expect(numbers(await items.query(table, { pk: 'p' }))).toEqual([1, 2]);
    await memory.write(two);
    expect(numbers(await items.query(table, { pk: 'p', descending: true }))).toEqual([1, 2]);
    await memory.write(two);
    expect(numbers(await items.query(table, { pk: 'p', limit: 2 }))).toEqual([1, 2]);
    await memory.write(two);
    expect(
      numbers(
        await items.getMany(
          table,
          [two[0]!, two[1]!].map((one) => ('put' in one ? one.put : one) as Key),
        ),
      ),
    ).toEqual([1, 2]);
  });

  it('show changes in an index later, in their order, and never an item that was none', async () => {
    let now = 0;
    const memory = memoryItems(fairWeather, { now: () => now, milliseconds: () => 5 });
    const listed = async () => (await memory.queryIndex(table, byList, { pk: 'due' })).map(({ n }) => n);
    const put = (n: number, list?: string): Write[] => [{ table, put: { pk: 'p', sk: '1', n, list, order: '1' } }];
    expect(await listed()).toEqual([]);
    await memory.write(put(1, 'due'));
    now = 3;
    await memory.write(put(2, 'due'));
    expect(await memory.get(table, { pk: 'p', sk: '1' })).toMatchObject({ n: 2 });
    expect(await listed()).toEqual([]);
    now = 5;
    expect(await listed()).toEqual([1]);
    now = 8;
    expect(await listed()).toEqual([2]);
    await memory.write(put(3));
    now = 13;
    expect(await listed()).toEqual([]);
  });
});

const oddNumbers = [2 ** 53, -(2 ** 53), 1e21, 1e125, 1e126, 1e-130, 1e-131, 5e-324, 0.1, 1 / 3, NaN, Infinity];
/** A transaction of the stand-in goes the way of the client, and takes no time. */
const quickly = { holds: () => undefined, pause: async () => {}, random: () => 0 };
const transacting = { ...fairWeather, transactions: quickly };
const slowly = { holds: () => sleep(1), pause: (milliseconds: number) => sleep(milliseconds), random: Math.random };

function reasonOf(failure: unknown): unknown {
  if (failure instanceof TransactionCanceledException)
    return [failure.name, ...(failure.CancellationReasons ?? []).map(({ Code }) => Code)];
  return failure instanceof Error ? [failure.name] : failure;
}

/** What is written as it stands already is no change. */
const withoutRepeats = (states: readonly unknown[]): unknown[] =>
  states.filter((state, n) => JSON.stringify(state) !== JSON.stringify(states[n - 1] ?? 'deleted'));

/** Every run has partitions and lists of its own in the real table. */
function inRun(run: string, operation: Operation): Operation {
  const own = <K extends { readonly pk: string }>(key: K): K => ({ ...key, pk: run + key.pk });
  if ('get' in operation) return { get: own(operation.get) };
  if ('getMany' in operation) return { getMany: operation.getMany.map(own) };
  if ('query' in operation) return { query: own(operation.query) };
  if ('queryIndex' in operation) return { queryIndex: own(operation.queryIndex) };
  const write = operation.write.map((one): Write => {
    if ('put' in one) {
      const { list, ...put } = own(one.put);
      return { ...one, put: typeof list === 'string' ? { ...put, list: run + list } : put };
    }
    if ('update' in one) return { ...one, update: own(one.update) };
    return 'delete' in one ? { ...one, delete: own(one.delete) } : { ...one, check: own(one.check) };
  });
  return { write };
}

/** What came of it: values, or that it was refused. */
async function perform(items: Items, operation: Operation): Promise<unknown> {
  try {
    if ('write' in operation) return await items.write(operation.write);
    if ('get' in operation) return plain(await items.get(table, operation.get));
    if ('getMany' in operation) return plain(await items.getMany(table, operation.getMany));
    if ('query' in operation) return plain(await items.query(table, operation.query));
    const found = await items.queryIndex(table, byList, operation.queryIndex);
    // Items of one order stand in no particular order.
    const named = found.map((item) => plain(item)).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    return { named, orders: found.map(({ order }) => order) };
  } catch (error) {
    return `refused: ${error instanceof Error ? 'error' : typeof error}`;
  }
}

function keyName(write: Write): string {
  if ('put' in write) return nameOf(write.put);
  if ('update' in write) return nameOf(write.update);
  return nameOf('delete' in write ? write.delete : write.check);
}

function nameOf(item: unknown): string {
  return JSON.stringify([(item as Item).pk, (item as Item).sk]);
}

/** Bytes as text, so that a Buffer and a Uint8Array of the same bytes are the same; -0 is 0 in DynamoDB. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
};
