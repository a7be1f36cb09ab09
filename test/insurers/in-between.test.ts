import { expect, test } from 'vitest';
import { revokeKey, rotateKey } from '../../functions/insurers/insurer-keys.ts';
import { readInsurer } from '../../functions/insurers/insurer-store.ts';
import { enterLane, keepLane, leaveLane, paceLane } from '../../functions/insurers/lane.ts';
import { stopWrite } from '../../functions/insurers/outbox.ts';
import { replayOne } from '../../functions/insurers/replay.ts';
import type { Items, Write } from '../../functions/runtime/items.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { days, state } from './seen.ts';
import { anInsurer, ok, type World, world } from './world.ts';

/** What somebody else does between the reading and the writing of another. */
function meanwhile(hub: World, of: (write: Write) => boolean, act: () => Promise<unknown>): void {
  const { write } = hub.items;
  const items: Items = hub.wire.items;
  items.write = async (writes) => {
    if (!writes.some(of)) return write(writes);
    items.write = write;
    await act();
    return write(writes);
  };
}

test('a notice that lapses while an operator sends it again goes out no more', async () => {
  const hub = await world();
  await hub.insurer();
  hub.state.reply = async () => ok(500);
  await hub.tell('m1');
  await hub.elapse(4 * days);
  hub.requests.splice(0);
  hub.state.reply = async () => ok();
  const ended = stopWrite('messages', anInsurer, 'm1', 'consent-revoked');
  meanwhile(hub, isUpdate(`out#${anInsurer}#m1`), () => hub.items.write([ended]));
  await replayOne(hub.wire, anInsurer, 'm1');
  await hub.elapse(600);
  expect(await state(hub, 'm1')).toBe('lapsed');
  expect(hub.requests).toEqual([]);
});

test('a lane that its owner leaves just when it is asked to look once more is taken at once', async () => {
  const hub = await world();
  await hub.insurer();
  await enterLane(hub.wire, anInsurer, 'first');
  meanwhile(hub, isUpdate(`insurer#${anInsurer}`), () => leaveLane(hub.wire, anInsurer, 'first'));
  expect(await enterLane(hub.wire, anInsurer, 'second')).toBe(true);
});

test('a worker that has lost its lane prolongs no other one’s lease and sets no pace', async () => {
  const hub = await world();
  await hub.insurer();
  await enterLane(hub.wire, anInsurer, 'first');
  const known = (await readInsurer(hub.items, 'insurers', anInsurer))!;
  hub.skip(11);
  expect(await enterLane(hub.wire, anInsurer, 'second')).toBe(true);
  const { lane } = (await readInsurer(hub.items, 'insurers', anInsurer))!;
  hub.skip(1);
  expect(await keepLane(hub.wire, known, 'first')).toBe(false);
  const pace = { slow: 7, restUntil: '2026-03-02T03:00:00.000Z' };
  expect(await paceLane(hub.wire, anInsurer, 'first', pace)).toBe(false);
  expect((await readInsurer(hub.items, 'insurers', anInsurer))!.lane).toEqual(lane);
});

test('a key that was revoked stays dead, whatever name a new one happens to get', async () => {
  const hub = await world();
  await hub.insurer();
  const setup = { ...hub.setup, newId: () => 'the same' };
  const rotate = () => rotateKey(setup, anInsurer, { scheme: 'v1', direction: 'in' }, 'li');
  const made = await rotate();
  if (isRefusal(made)) throw new Error(made.code);
  await revokeKey(setup, anInsurer, made.stored.kid, 'li');
  const before = (await readInsurer(hub.items, 'insurers', anInsurer))!.keys;
  expect(await rotate()).toMatchObject({ code: 'insurer/changed-meanwhile' });
  expect((await readInsurer(hub.items, 'insurers', anInsurer))!.keys).toEqual(before);
});

const isUpdate =
  (pk: string) =>
  (write: Write): boolean =>
    'update' in write && write.update.pk === pk;
