import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Items } from '../../../functions/runtime/items.ts';
import { differenceStore } from '../../../functions/settlement/reconciliation/difference-store.ts';
import { reconcileStatements } from '../../../functions/settlement/reconciliation/reconcile.ts';
import { takePart } from '../../../functions/settlement/reconciliation/take-statement.ts';
import type { BookLine } from '../../../schemas/reconciliation.ts';
import { memoryItems } from '../../simulator/memory-items.ts';
import { tables } from '../counter.ts';
import { type Posted, post, statementParts, table } from './books.ts';

const days = ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04'] as const;
const now = () => new Date('2026-03-10T00:00:00Z');
const line = (setl_id: string, fen: number, policy_no = 'P'): BookLine => ({
  setl_id,
  policy_no,
  policy_sub_no: '',
  fen,
});
const at = (day: string, time = '12:00:00'): string => new Date(`${day}T${time}+08:00`).toISOString();

describe('reconciliation with an insurer', () => {
  test('finds exactly what a plain comparison finds, however the lists came about', async () => {
    await fc.assert(
      fc.asyncProperty(books(), async ({ posted, stated, order }) => {
        const hub = await openHub(posted);
        for (const index of order) {
          const day = days[index]!;
          for (const part of statementParts(day, stated[index]!, 2)) await takePart(hub, part);
        }
        expect(await hub.standing()).toEqual(plainComparison(posted, stated));
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  test('finds the same when it is run again, and writes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(books(), async ({ posted, stated }) => {
        const hub = await openHub(posted);
        for (const [index, day] of days.entries())
          for (const part of statementParts(day, stated[index]!)) await takePart(hub, part);
        const before = hub.items.all(table);
        for (const day of days) await reconcileStatements(hub, day);
        expect(hub.items.all(table)).toEqual(before);
      }),
    );
  }, 60_000);

  test('takes the parts of a statement in any order, and twice', async () => {
    const posted = Array.from({ length: 9 }, (_, n) => ({
      setl_id: `S${n}`,
      policy_no: 'P',
      fen: 100 + n,
      at: at(days[1]),
    }));
    const lines = posted.map(({ setl_id, fen }) => line(setl_id, fen));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 0, 1, 2], { minLength: 6 }), async (order) => {
        const hub = await openHub(posted);
        const parts = statementParts(days[1], lines, 3);
        for (const index of order) await takePart(hub, parts[index]!);
        expect(await hub.standing()).toEqual([]);
        expect(hub.items.all(table).filter(({ sk }) => sk.startsWith('reconciled#'))).toMatchObject([
          { hub: { count: 9, fen: 936 }, other: { count: 9, fen: 936 }, differences: [] },
        ]);
      }),
    );
  });
});

test('equal totals hide nothing: errors that offset each other are found', async () => {
  const hub = await openHub([
    { setl_id: 'S1', policy_no: 'P', fen: 100, at: at(days[1]) },
    { setl_id: 'S2', policy_no: 'P', fen: 200, at: at(days[1]) },
  ]);
  await take(hub, days[1], [line('S1', 150), line('S2', 150)]);
  expect(await hub.standing()).toEqual([
    [days[1], 'amount-differs', 'S1 P', 100, 150],
    [days[1], 'amount-differs', 'S2 P', 200, 150],
  ]);
});

test.each([
  ['one second before midnight', '23:59:59', days[1]],
  ['midnight', '00:00:00', days[1]],
])('what is posted at %s in Shanghai is of that day', async (_, time, day) => {
  const hub = await openHub([{ setl_id: 'S1', policy_no: 'P', fen: 100, at: at(day, time) }]);
  await take(hub, day, [line('S1', 100)]);
  expect(await hub.standing()).toEqual([]);
  const neighbour = time === '00:00:00' ? days[0] : days[2];
  const other = await openHub([{ setl_id: 'S1', policy_no: 'P', fen: 100, at: at(day, time) }]);
  await take(other, day, []);
  await take(other, neighbour, [line('S1', 100)]);
  expect(await other.standing()).toEqual([[day, 'wrong-day', 'S1 P', 100, 100]]);
});

test('a share paid in cash and from the account is one line', async () => {
  const whole = { setl_id: 'S1', policy_no: 'P', at: at(days[1]) };
  const hub = await openHub([
    { ...whole, fen: 60 },
    { ...whole, fen: 40, part: '/acct' },
  ]);
  await take(hub, days[1], [line('S1', 100)]);
  expect(await hub.standing()).toEqual([]);
});

test('what is missing one day and found the next is explained by the hub itself', async () => {
  const hub = await openHub([{ setl_id: 'S1', policy_no: 'P', fen: 100, at: at(days[1], '23:59:59') }]);
  await take(hub, days[1], []);
  const [missing] = await differenceStore(hub.items, table).list('open', 10);
  expect(missing).toMatchObject({ class: 'hub-only', day: days[1] });
  await take(hub, days[2], [line('S1', 100)]);
  expect((await differenceStore(hub.items, table).read(missing!.id))!).toMatchObject({
    item: { state: 'explained' },
    events: [{ by: 'hub', to: 'explained' }],
  });
  expect(await hub.standing()).toEqual([[days[1], 'wrong-day', 'S1 P', 100, 100]]);
});

test('a difference that is found, gone and found again is open again; one that somebody resolved is not', async () => {
  const hub = await openHub([{ setl_id: 'S1', policy_no: 'P', fen: 100, at: at(days[1]) }]);
  const store = differenceStore(hub.items, table);
  const say = async (fen: number, hour: number) => {
    const asOf = `2026-03-02T${hour}:00:00.000Z`;
    for (const part of statementParts(days[1], [line('S1', fen)], 500, { asOf })) await takePart(hub, part);
  };
  await say(90, 10);
  const [{ id } = { id: '' }] = await store.list('open', 10);
  await say(100, 11);
  expect(await hub.standing()).toEqual([]);
  await say(90, 12);
  expect((await store.list('open', 10)).map((one) => one.id)).toEqual([id]);
  await store.change(id, { at: now().toISOString(), by: 'operator', to: 'resolved', reason: 'paid' });
  await say(90, 13);
  expect((await store.read(id))!.events.map(({ by, to }) => `${by} ${to}`)).toEqual([
    'hub explained',
    'hub open',
    'operator resolved',
  ]);
});

test('a difference that is cleared up is not cleared up again; one that is not may get another owner', async () => {
  const hub = await openHub([{ setl_id: 'S1', policy_no: 'P', fen: 100, at: at(days[1]) }]);
  const store = differenceStore(hub.items, table);
  for (const part of statementParts(days[1], [line('S1', 90)])) await takePart(hub, part);
  const [{ id } = { id: '' }] = await store.list('open', 10);
  const change = (to: 'open' | 'explained' | 'resolved', owner = 'li') =>
    store.change(id, { at: now().toISOString(), by: 'operator/li', to, reason: 'r', owner });
  expect([await change('open'), await change('explained'), await change('explained', 'wang')]).toEqual([
    true,
    true,
    true,
  ]);
  expect([await change('resolved'), await change('resolved')]).toEqual([true, false]);
  expect((await store.read(id))!.events).toHaveLength(4);
  expect((await store.read(id))!.item).toMatchObject({ state: 'resolved', owner: 'li' });
});

test('a statement that is wrong from the first line to the last is reported line by line', async () => {
  const hub = await openHub([]);
  const lines = Array.from({ length: 10_001 }, (_, n) => line(`S${n}`, 1));
  const parts = statementParts(days[1], lines);
  for (const part of parts) await takePart(hub, part);
  expect(await differenceStore(hub.items, table).list('open', 20_000)).toHaveLength(10_001);
  const before = hub.items.all(table).length;
  expect((await reconcileStatements(hub, days[1]))[0]!.differences).toHaveLength(10_001);
  expect(hub.items.all(table)).toHaveLength(before);
}, 60_000);

test('a statement that contradicts itself is reported', async () => {
  const hub = await openHub([]);
  for (const part of statementParts(days[1], [line('S1', 100)])) await takePart(hub, { ...part, totalFen: 99 });
  expect((await hub.standing()).map(([, kind]) => kind)).toEqual(['insurer-only', 'sums-differ']);
});

test('products and insurers are compared by themselves, though their names begin alike', async () => {
  const one = { setl_id: 'S1', policy_no: 'P', fen: 100, at: at(days[1]) };
  const hub = await openHub([
    one,
    { ...one, policy_no: 'Q', product: 'HMB2' },
    { ...one, policy_no: 'R', insurer: '91500000MA5TEXT01R' },
  ]);
  await take(hub, days[1], [line('S1', 100)]);
  expect(await hub.standing()).toEqual([]);
  for (const part of statementParts(days[1], [], 500, { product_code: 'HMB2' })) await takePart(hub, part);
  expect(await hub.standing()).toEqual([[days[1], 'hub-only', 'S1 Q', 100, undefined]]);
});

test('reversals are compared by themselves, and never with what was paid', async () => {
  const hub = await openHub([
    { setl_id: 'S1', policy_no: 'P', fen: 100, at: at(days[1]) },
    { setl_id: 'S1', policy_no: 'P', fen: 100, at: at(days[1]), flag: '1' },
  ]);
  await take(hub, days[1], [line('S1', 100)]);
  for (const part of statementParts(days[1], [], 500, { refd_setl_flag: '1' })) await takePart(hub, part);
  expect(await hub.standing()).toEqual([[days[1], 'hub-only', 'S1 P', 100, undefined]]);
});

test('a reversal that is stated on another day is looked for among reversals alone', async () => {
  const one = { setl_id: 'S1', policy_no: 'P', fen: 100 };
  const hub = await openHub([
    { ...one, at: at(days[0]) },
    { ...one, at: at(days[1]), flag: '1' },
  ]);
  for (const part of statementParts(days[2], [line('S1', 100)], 500, { refd_setl_flag: '1' }))
    await takePart(hub, part);
  expect(await hub.standing()).toEqual([[days[1], 'wrong-day', 'S1 P', 100, 100]]);
});

test('a newer version of a statement takes the place of an older one, whichever came first', async () => {
  const posted = [{ setl_id: 'S1', policy_no: 'P', fen: 100, at: at(days[1]) }];
  const wrong = statementParts(days[1], [line('S1', 90)], 500, { asOf: '2026-03-02T20:00:00.000Z' });
  const right = statementParts(days[1], [line('S1', 100)], 500, { asOf: '2026-03-02T21:00:00.000Z' });
  for (const order of [
    [...wrong, ...right],
    [...right, ...wrong],
  ]) {
    const hub = await openHub(posted);
    for (const part of order) await takePart(hub, part);
    expect(await hub.standing()).toEqual([]);
  }
});

test('of what a statement names no more is read than entries, though it names what is no bill at all', async () => {
  const hub = await openHub([]);
  for (let n = 0; n < 50; n += 1) await take(hub, days[0], [line(`S${n}`, 1 + n)]);
  let other = 0;
  const query: Items['query'] = async (of, range) => {
    const found = await hub.items.query(of, range);
    other += range.prefix === undefined ? found.length : 0;
    return found;
  };
  const named = [`day#${days[0]}`, 'corrected', 'S1'].map((setl_id) => line(setl_id, 100));
  for (const part of statementParts(days[1], named)) await takePart({ ...hub, items: { ...hub.items, query } }, part);
  expect(other).toBe(0);
  expect((await hub.standing()).filter(([day]) => day === days[1])).toHaveLength(3);
});

/** Up to eight payments over four days, and what an insurer says of each: right, wrong, nowhere, twice, elsewhere. */
function books() {
  const payment = fc.record({
    n: fc.nat(7),
    day: fc.nat(3),
    second: fc.constantFrom('00:00:00', '12:00:00', '23:59:59'),
    fen: fc.integer({ min: 1, max: 3 }),
    inHub: fc.boolean(),
    statedOn: fc.array(fc.record({ day: fc.nat(3), fen: fc.integer({ min: 1, max: 3 }) }), { maxLength: 3 }),
    agrees: fc.boolean(),
  });
  return fc
    .record({
      payments: fc.uniqueArray(payment, { maxLength: 8, selector: ({ n }) => n }),
      order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
    })
    .map(({ payments, order }) => {
      const stated: BookLine[][] = [[], [], [], []];
      const posted: Posted[] = [];
      for (const { n, day, second, fen, inHub, statedOn, agrees } of payments) {
        if (inHub) posted.push({ setl_id: `S${n}`, policy_no: 'P', fen, at: at(days[day]!, second) });
        const lines = agrees && inHub ? [{ day, fen }] : statedOn;
        for (const one of lines) stated[one.day]!.push(line(`S${n}`, one.fen));
      }
      return { posted, stated, order };
    });
}

type Standing = [day: string, kind: string, what: string, hubFen: number | undefined, otherFen: number | undefined];

/** Every payment by itself, over all days and all statements at once. */
function plainComparison(posted: readonly Posted[], stated: readonly (readonly BookLine[])[]): Standing[] {
  const found: Standing[] = [];
  for (let n = 0; n < 8; n += 1) {
    const id = `S${n}`;
    const paid = posted.find(({ setl_id }) => setl_id === id);
    const said = stated.flatMap((lines, day) =>
      lines.filter((one) => one.setl_id === id).map((one) => ({ day, fen: one.fen })),
    );
    const what = `${id} P`;
    if (paid === undefined) {
      for (const [index, day] of days.entries()) {
        const here = said.filter((one) => one.day === index);
        const sum = here.reduce((total, { fen }) => total + fen, 0);
        if (here.length > 0) found.push([day, 'insurer-only', what, undefined, sum]);
      }
      continue;
    }
    const paidOn = days.findIndex(
      (day) => day === new Date(Date.parse(paid.at) + 28_800_000).toISOString().slice(0, 10),
    );
    const sum = said.reduce((total, { fen }) => total + fen, 0);
    const day = days[paidOn]!;
    if (said.length === 0) found.push([day, 'hub-only', what, paid.fen, undefined]);
    else if (said.length > 1) found.push([day, 'duplicate', what, paid.fen, sum]);
    else if (said[0]!.day !== paidOn) found.push([day, 'wrong-day', what, paid.fen, sum]);
    else if (said[0]!.fen !== paid.fen) found.push([day, 'amount-differs', what, paid.fen, sum]);
  }
  return sorted(found);
}

const sorted = (found: Standing[]): Standing[] =>
  found.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

async function openHub(posted: readonly Posted[]) {
  const items = memoryItems();
  for (const one of posted) await post(items, one);
  return {
    items,
    tables,
    now,
    /** Open differences of the results as they are now. */
    async standing(): Promise<Standing[]> {
      const open = await differenceStore(items, table).list('open', 100);
      return sorted(
        open.map(({ day, class: kind, setl_id, policy_no, hubFen, otherFen }) => [
          day,
          kind,
          `${setl_id ?? '-'} ${policy_no ?? '-'}`,
          hubFen,
          otherFen,
        ]),
      );
    },
  };
}

async function take(hub: Awaited<ReturnType<typeof openHub>>, day: string, lines: BookLine[]): Promise<void> {
  for (const part of statementParts(day, lines)) await takePart(hub, part);
}
