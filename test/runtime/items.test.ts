import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Condition, Index, Item, Items, Key, Range, Write } from '../../functions/runtime/items.ts';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { region } from '../../infra/local/intrinsics.ts';
import { accessKey } from '../../infra/local/s3.ts';
import { memoryItems } from '../simulator/memory-items.ts';

/** The tables of the simulator are held to what DynamoDB Local does, operation by operation. */
const table = 'contract';
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
  await dynamodb.create([{ id: table, name: table, input }]);
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
