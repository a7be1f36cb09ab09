import { beforeEach, expect, test } from 'vitest';
import type { Items } from '../../../functions/runtime/items.ts';
import { differenceStore } from '../../../functions/settlement/reconciliation/difference-store.ts';
import { statementStore } from '../../../functions/settlement/reconciliation/statement-store.ts';
import { takePart } from '../../../functions/settlement/reconciliation/take-statement.ts';
import type { BookLine, StatementPart } from '../../../schemas/reconciliation.ts';
import { type MemoryItems, memoryItems } from '../../simulator/memory-items.ts';
import { tables } from '../counter.ts';
import { post, statementParts, table } from './books.ts';

/** What the simulator found: seeds 1073 and 524. */
const day = '2026-03-01';
const next = '2026-03-02';
const line: BookLine = { setl_id: 'S1', policy_no: 'P', policy_sub_no: '', fen: 100 };
const stated = (on: string, lines: BookLine[], asOf: string): StatementPart =>
  statementParts(on, lines, 500, { asOf: `2026-03-03T0${asOf}:00:00.000Z` })[0]!;
const wrong = stated(day, [{ ...line, fen: 101 }], '1');
const right = stated(day, [line], '2');

let items: MemoryItems;
const over = (some: Items) => ({ items: some, tables, now: () => new Date('2026-03-10T00:00:00Z') });
const open = () => differenceStore(items, table).list('open', 100);
beforeEach(async () => {
  items = memoryItems();
  await post(items, { setl_id: 'S1', policy_no: 'P', fen: 100, at: `${day}T04:00:00.000Z` });
});

/** Something happens before the n-th operation. */
const upset = (n: number, what: () => Promise<void>): Items => {
  let operations = 0;
  const before = async () => {
    operations += 1;
    if (operations === n) await what();
  };
  return items.in({ before, after: async () => {} });
};
const moments = Array.from({ length: 30 }, (_, n) => n + 1);

test('a comparison has no operation beyond those that are struck here', async () => {
  let struck = 0;
  const last = upset(moments.length, async () => void struck++);
  await takePart(over(last), wrong);
  expect(struck).toBe(0);
});

test.for(moments)('whoever is stopped before operation %i of a comparison leaves nothing open for ever', async (n) => {
  const stopped = upset(n, () => Promise.reject(new Error('stopped')));
  await takePart(over(stopped), wrong).catch(() => {});
  await takePart(over(items), right);
  expect(await open()).toEqual([]);
});

test.for(moments)('a newer statement that comes before operation %i of a comparison counts', async (n) => {
  const overtaken = upset(n, () => takePart(over(items), right));
  await takePart(over(overtaken), wrong);
  await takePart(over(items), right);
  const before = items.all(table);
  await takePart(over(items), right);
  expect(items.all(table)).toEqual(before);
  expect(await open()).toEqual([]);
});

test('a line that is taken out of another day’s statement is no difference of its own day any more', async () => {
  await takePart(over(items), right);
  await takePart(over(items), stated(next, [line], '3'));
  expect(await open()).toMatchObject([{ class: 'duplicate', day }]);
  await takePart(over(items), stated(next, [], '4'));
  expect(await open()).toEqual([]);
  expect(await statementStore(items, table).results(day)).toMatchObject([{ differences: [] }]);
});
