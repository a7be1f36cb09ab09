import { beforeEach, expect, test } from 'vitest';
import type { Items } from '../../../functions/runtime/items.ts';
import {
  type CloseDayDependencies,
  closeDays,
  missingStatements,
} from '../../../functions/settlement/reconciliation/close-day.ts';
import { differenceStore } from '../../../functions/settlement/reconciliation/difference-store.ts';
import { bookScopes } from '../../../functions/settlement/reconciliation/hub-books.ts';
import { takeStatement } from '../../../functions/settlement/reconciliation/take-statement.ts';
import { Insurer } from '../../../schemas/insurer.ts';
import { incoming } from '../../../schemas/messages.ts';
import { Product, type ProductVersion } from '../../../schemas/product.ts';
import { memoryItems } from '../../simulator/memory-items.ts';
import { tables } from '../counter.ts';
import { post, table } from './books.ts';

const insurer = '91500000MA5TEXT00U';
const at = (text: string) => new Date(`${text}+08:00`);

let time: Date;
let measured: Record<string, number>;
let sealed: string[];
let dependencies: CloseDayDependencies & { items: ReturnType<typeof memoryItems> };
beforeEach(() => {
  time = at('2026-03-02T00:30:00');
  measured = {};
  sealed = [];
  dependencies = {
    items: memoryItems(),
    tables,
    now: () => time,
    insurers: async () => [theInsurer],
    products: async () => [theProduct],
    measure: (metric, value) => {
      measured[metric] = value;
    },
    seal: async (day) => {
      sealed.push(day);
    },
  };
});

test('a day that is over is closed once: every product is asked about, paid and reversed, and the day is sealed', async () => {
  await post(dependencies.items, {
    insurer,
    setl_id: 'S1',
    policy_no: 'P',
    fen: 12_345,
    at: at('2026-03-01T23:59:59').toISOString(),
  });
  await post(dependencies.items, {
    insurer,
    setl_id: 'S2',
    policy_no: 'P',
    fen: 1,
    at: at('2026-03-02T00:00:00').toISOString(),
  });
  for (let times = 0; times < 3; times += 1) await closeDays(dependencies);
  expect(requests()).toEqual([
    { day: '2026-03-01', product_code: 'HMB', refd_setl_flag: '0', count: 1, amount: '123.45' },
    { day: '2026-03-01', product_code: 'HMB', refd_setl_flag: '1', count: 0, amount: '0.00' },
  ]);
  expect(sealed).toEqual(['2026-03-01']);
});

test('an insurer is asked about a day from the one on which it was set up, unless it is disabled', async () => {
  const asked = async (of: Partial<Insurer>) => {
    const items = memoryItems();
    await closeDays({ ...dependencies, items, insurers: async () => [{ ...theInsurer, ...of }] });
    return items.all(tables.messages).length;
  };
  expect(await asked({ createdAt: at('2026-03-01T23:59:59').toISOString() })).toBe(2);
  expect(await asked({ createdAt: at('2026-03-02T00:00:00').toISOString() })).toBe(0);
  expect(await asked({ state: 'gone' })).toBe(2);
  expect(await asked({ state: 'disabled' })).toBe(0);
});

test('days that a hub was down for are closed when it is back', async () => {
  await closeDays(dependencies);
  time = at('2026-03-05T09:10:00');
  await closeDays(dependencies);
  expect(sealed).toEqual(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04']);
});

test('a hub whose first closings fail for days makes up for them all', async () => {
  const failing = { ...dependencies, seal: async () => Promise.reject(new Error('no rights')) };
  for (const day of ['2026-03-02', '2026-03-03', '2026-03-04']) {
    time = at(`${day}T00:30:00`);
    await expect(closeDays(failing)).rejects.toThrow('no rights');
  }
  await closeDays(dependencies);
  expect(sealed).toEqual(['2026-03-01', '2026-03-02', '2026-03-03']);
});

test('a crash before the end closes nothing, and the next firing does it again', async () => {
  const crashing = { ...dependencies, seal: async () => Promise.reject(new Error('crash')) };
  await expect(closeDays(crashing)).rejects.toThrow('crash');
  await closeDays(dependencies);
  expect(sealed).toEqual(['2026-03-01']);
  expect(requests()).toHaveLength(2);
});

test('a statement that is not there when it is due is counted, and named with its hour', async () => {
  await closeDays(dependencies);
  time = at('2026-03-02T12:00:00');
  await closeDays(dependencies);
  expect(measured.MissingStatements).toBe(0);
  time = at('2026-03-02T12:00:01');
  await closeDays(dependencies);
  expect(measured.MissingStatements).toBe(2);
  await say('2026-03-01', '0', []);
  await closeDays(dependencies);
  expect(measured.MissingStatements).toBe(1);
  expect(await missingStatements(dependencies, '2026-03-01')).toMatchObject([
    { insurer, product_code: 'HMB', refd_setl_flag: '1', dueBy: '2026-03-02T04:00:00.000Z', due: true },
  ]);
});

test('differences that nobody clears up become an alarm', async () => {
  await closeDays(dependencies);
  await say('2026-03-01', '0', [{ setl_id: 'S9', policy_no: 'P', amount: '5.00' }]);
  await closeDays(dependencies);
  expect(measured).toMatchObject({ OpenDifferences: 1, OldDifferences: 0 });
  time = at('2026-03-05T00:30:00');
  await closeDays(dependencies);
  expect(measured).toMatchObject({ OpenDifferences: 1, OldDifferences: 1 });
  const [open] = await differenceStore(dependencies.items, table).list('open', 10);
  await differenceStore(dependencies.items, table).change(open!.id, {
    at: time.toISOString(),
    by: 'operator',
    to: 'resolved',
    reason: '已冲正',
  });
  await closeDays(dependencies);
  expect(measured).toMatchObject({ OpenDifferences: 0, OldDifferences: 0 });
});

test('a share that is posted after its insurer’s statement is looked at again when the next day is closed', async () => {
  await closeDays(dependencies);
  await say('2026-03-01', '0', [{ setl_id: 'S1', policy_no: 'P', amount: '5.00' }]);
  const posting = at('2026-03-02T00:40:00').toISOString();
  await post(dependencies.items, { insurer, setl_id: 'S1', policy_no: 'P', fen: 500, at: posting });
  const open = async () =>
    (await differenceStore(dependencies.items, table).list('open', 10)).map(({ class: kind }) => kind);
  expect(await open()).toEqual(['insurer-only']);
  time = at('2026-03-03T00:30:00');
  await closeDays(dependencies);
  expect(await open()).toEqual(['wrong-day']);
});

test('it is looked at again however many older differences are open', async () => {
  const differences = differenceStore(dependencies.items, table);
  const old = { day: '2026-01-05', source: 'core' as const, class: 'hub-only' as const };
  const many = Array.from({ length: 1000 }, (_, n) => ({ ...old, key: `S${n}` }));
  await differences.ensure(many, at('2026-01-06T00:30:00'));
  await closeDays(dependencies);
  await say('2026-03-01', '0', [{ setl_id: 'S1', policy_no: 'P', amount: '5.00' }]);
  const posting = at('2026-03-02T00:40:00').toISOString();
  await post(dependencies.items, { insurer, setl_id: 'S1', policy_no: 'P', fen: 500, at: posting });
  time = at('2026-03-03T00:30:00');
  await closeDays(dependencies);
  const found = await differences.about('S1');
  expect(found.map(({ class: kind, state }) => [kind, state])).toEqual([
    ['insurer-only', 'explained'],
    ['wrong-day', 'open'],
  ]);
});

test('a statement of a day that is not over waits until it is', async () => {
  time = at('2026-03-01T20:00:00');
  await say('2026-03-01', '0', [{ setl_id: 'S1', policy_no: 'P', amount: '5.00' }]);
  expect(await differenceStore(dependencies.items, table).list('open', 10)).toEqual([]);
  await post(dependencies.items, {
    insurer,
    setl_id: 'S1',
    policy_no: 'P',
    fen: 500,
    at: at('2026-03-01T21:00:00').toISOString(),
  });
  time = at('2026-03-02T00:30:00');
  await closeDays(dependencies);
  expect(await differenceStore(dependencies.items, table).list('open', 10)).toEqual([]);
  expect(dependencies.items.all(table).some(({ sk }) => sk.startsWith('reconciled#'))).toBe(true);
});

test('amounts that were taken back are compared whether an insurer writes them below zero or not', async () => {
  await post(dependencies.items, {
    insurer,
    setl_id: 'S1',
    policy_no: 'P',
    fen: 500,
    at: at('2026-03-01T21:00:00').toISOString(),
    flag: '1',
  });
  await say('2026-03-01', '1', [{ setl_id: 'S1', policy_no: 'P', amount: '-5.00' }]);
  expect(await differenceStore(dependencies.items, table).list('open', 10)).toEqual([]);
});

test('what stands in a long book is told by a few of its entries', async () => {
  const { items } = dependencies;
  const booked = { insurer, fen: 1, policy_no: 'P', at: at('2026-03-01T10:00:00').toISOString() };
  for (let n = 0; n < 300; n += 1)
    await post(items, {
      ...booked,
      setl_id: `S-${n}`,
      product: ['A', 'A-2', 'B.1'][n % 3]!,
      flag: n % 2 === 0 ? '0' : '1',
    });
  let read = 0;
  const queryIndex: Items['queryIndex'] = async (...of) => {
    const found = await items.queryIndex(...of);
    read += found.length;
    return found;
  };
  const scopes = await bookScopes({ ...items, queryIndex }, table, insurer, '2026-03-01');
  expect(scopes.map(({ product_code, refd_setl_flag }) => `${product_code} ${refd_setl_flag}`).sort()).toEqual(
    ['A', 'A-2', 'B.1'].flatMap((product) => [`${product} 0`, `${product} 1`]),
  );
  expect(read).toBe(6);
});

const theInsurer = Insurer.parse({
  id: insurer,
  name: '测试保险',
  url: 'https://insurer.example/hook',
  state: 'enabled',
  createdAt: '2026-02-01T00:00:00.000Z',
  version: 1,
});
const theProduct: ProductVersion = {
  version: 1,
  addedAt: '2026-02-01T00:00:00.000Z',
  product: Product.parse({
    insurer,
    product_code: 'HMB',
    name: '惠民保',
    mode: 'insurer',
    kind: 'commercial',
    furtherFields: [],
  }),
};

async function say(day: string, flag: '0' | '1', items: { setl_id: string; policy_no: string; amount: string }[]) {
  const amount = items[0]?.amount ?? '0.00';
  const data = { day, product_code: 'HMB', refd_setl_flag: flag, count: items.length, amount, items };
  const message = { type: 'reconciliation.statement', timestamp: time.toISOString(), data };
  await takeStatement(dependencies, insurer, incoming['reconciliation.statement'].parse(message));
}

function requests() {
  return dependencies.items.all(tables.messages).map(({ body }) => JSON.parse(String(body)).data);
}
