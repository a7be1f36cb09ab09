import { expect, it } from 'vitest';
import { sendDue } from '../../functions/insurers/send-due.ts';
import type { Item, Items } from '../../functions/runtime/items.ts';
import { anInsurer, world as newWorld, ok, type World } from './world.ts';

/** The list of what is due shows what it showed at first for some seconds, as the index of a busy table may. */
function behind(world: World, seconds: number): { items: Items; looks: () => number } {
  let looks = 0;
  let shown: Item[] | undefined;
  const until = world.at().getTime() + seconds * 1000;
  const items: Items = {
    ...world.items,
    async queryIndex(table, index, range) {
      looks += 1;
      if (world.at().getTime() >= until) return world.items.queryIndex(table, index, range);
      shown ??= await world.items.queryIndex(table, index, { pk: range.pk });
      return shown.filter(({ dueAt }) => String(dueAt) <= range.to!).slice(0, range.limit);
    },
  };
  return { items, looks: () => looks };
}

it('a worker looks at what it has sent once, however far the list of what is due is behind, and leaves', async () => {
  const world = await newWorld();
  await world.insurer();
  for (let n = 0; n < 100; n++) await world.tell(`m${n}`);
  const began = world.at().getTime();
  const { items, looks } = behind(world, 60);

  await sendDue({ ...world.wire, items }, anInsurer, () => 60_000);

  expect(new Set(world.sentIds()).size).toBe(100);
  expect(world.requests).toHaveLength(100);
  expect(world.at().getTime() - began).toBeLessThan(5000);
  expect(looks()).toBeLessThan(25);
});

it('what comes due in a moment is waited for though the list is behind, and what failed is sent again in its time', async () => {
  const world = await newWorld();
  await world.insurer();
  world.state.reply = async () => ok(world.requests.length === 1 ? 500 : 200);
  await world.tell('m1');
  await world.tell('m2', { at: new Date(world.at().getTime() + 1900).toISOString() });
  const { items, looks } = behind(world, 1);

  await sendDue({ ...world.wire, items }, anInsurer, () => 60_000);
  expect(world.sentIds()).toEqual(['m1', 'm2']);
  await world.elapse(6);
  expect(world.sentIds()).toEqual(['m1', 'm2', 'm1']);
  expect(looks()).toBeLessThan(15);
});
