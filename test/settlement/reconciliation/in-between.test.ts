import { expect, test } from 'vitest';
import type { Items } from '../../../functions/runtime/items.ts';
import { differenceId, differenceStore } from '../../../functions/settlement/reconciliation/difference-store.ts';
import { statementStore } from '../../../functions/settlement/reconciliation/statement-store.ts';
import { memoryItems } from '../../simulator/memory-items.ts';
import { statementParts, table } from './books.ts';

const day = '2026-03-01';
const at = new Date('2026-03-02T00:30:00Z');
const difference = { day, source: 'core' as const, class: 'hub-only' as const, key: 'S1', setl_id: 'S1', hubFen: 100 };
const id = differenceId(difference);
const act = (by: string, to: 'open' | 'explained' | 'resolved') => ({ at: at.toISOString(), by, to, reason: by });

test('a difference that is found by two at once, and cleared by a third meanwhile, stays cleared', async () => {
  const items = memoryItems();
  const late: Items = {
    ...items,
    getMany: async (...of) => {
      const found = await items.getMany(...of);
      await differenceStore(items, table).ensure([difference], at);
      await differenceStore(items, table).change(id, act('li', 'resolved'));
      return found;
    },
  };
  expect(await differenceStore(late, table).ensure([difference], at)).toBe(0);
  expect((await differenceStore(items, table).read(id))?.item).toMatchObject({ state: 'resolved', version: 2 });
});

test('of two who change a difference at once, one is told to look again, and nothing of the other is lost', async () => {
  const items = memoryItems();
  const store = differenceStore(items, table);
  await store.ensure([difference], at);
  let raced = false;
  const late: Items = {
    ...items,
    query: async (...of) => {
      const found = await items.query(...of);
      if (!raced) expect(await store.change(id, act('li', 'resolved'))).toBe(true);
      raced = true;
      return found;
    },
  };
  expect(await differenceStore(late, table).change(id, act('wang', 'explained'))).toBe(false);
  expect(await store.read(id)).toMatchObject({ item: { state: 'resolved', version: 2 }, events: [{ n: 1, by: 'li' }] });
});

test('of two versions of one part, alike in count and total, the newer stays, whichever comes first', async () => {
  const version = (hour: number, ...fens: number[]) =>
    statementParts(
      day,
      fens.map((fen, n) => ({ setl_id: `S${n}`, policy_no: 'P', policy_sub_no: '', fen })),
      500,
      { asOf: `2026-03-02T0${hour}:00:00.000Z` },
    )[0]!;
  const [older, newer] = [version(1, 100, 200), version(2, 200, 100)];
  for (const order of [
    [older, newer],
    [newer, older],
  ]) {
    const statements = statementStore(memoryItems(), table);
    for (const part of order) await statements.keep(part);
    expect((await statements.whole(day, newer))?.lines).toEqual(newer.lines);
  }
});
