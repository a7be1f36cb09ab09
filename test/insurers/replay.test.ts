import { describe, expect, test } from 'vitest';
import { listMessages } from '../../functions/insurers/list-messages.ts';
import { cancelWrite } from '../../functions/insurers/outbox.ts';
import { replayOne, replayRange } from '../../functions/insurers/replay.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { days, state } from './seen.ts';
import { anInsurer, ok, world } from './world.ts';

describe('replay', () => {
  const parked = async (count: number) => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(500);
    for (let n = 0; n < count; n++) await hub.tell(`m${n}`);
    await hub.elapse(4 * days);
    hub.state.reply = async () => ok();
    hub.requests.splice(0);
    hub.events.splice(0);
    return hub;
  };

  test('of one sends the same id and bytes, with a schedule from the beginning', async () => {
    const hub = await parked(2);
    const { body } = (await hub.outgoing('m0'))!;
    expect(isRefusal(await replayOne(hub.wire, anInsurer, 'm0'))).toBe(false);
    await hub.settle();
    expect(hub.sentIds()).toEqual(['m0']);
    expect(Buffer.from(hub.requests[0]!.body).toString()).toBe(body);
    expect(await hub.outgoing('m0')).toMatchObject({ state: 'accepted', attempts: 11 });
    expect(hub.events).toEqual([{ box: 'out', insurer: anInsurer, id: 'm0' }]);
    expect(await state(hub, 'm1')).toBe('parked');
  });

  test('of all that are missing leaves out what was accepted, and goes at a bounded rate', async () => {
    const hub = await parked(100);
    await hub.tell('good');
    await hub.settle();
    hub.requests.splice(0);
    const start = hub.at().getTime();
    expect(await replayRange(hub.wire, { insurer: anInsurer, which: 'missing' })).toEqual({ replayed: 100 });
    await hub.elapse(300);
    expect(hub.sentIds().sort()).toEqual(Array.from({ length: 100 }, (_, n) => `m${n}`).sort());
    for (const second of Array(10).keys()) {
      const until = hub.requests.filter(({ at }) => at <= start + second * 1000).length;
      expect(until).toBeLessThanOrEqual(10 * second + 11);
    }
  });

  test('ordered many times goes at the same rate', async () => {
    const hub = await parked(40);
    const start = hub.at().getTime();
    await Promise.all(Array.from({ length: 40 }, (_, n) => replayOne(hub.wire, anInsurer, `m${n}`)));
    await hub.elapse(60);
    expect(hub.requests).toHaveLength(40);
    for (const second of Array(4).keys())
      expect(hub.requests.filter(({ at }) => at <= start + second * 1000).length).toBeLessThanOrEqual(10 * second + 11);
  });

  test('of a range takes those made within it, and of everything also those that were accepted', async () => {
    const hub = await world();
    await hub.insurer();
    for (const id of ['a', 'b', 'c']) {
      await hub.tell(id);
      await hub.elapse(60);
    }
    const { messages } = await listMessages(hub.items, 'messages', { insurer: anInsurer, box: 'out', limit: 10 });
    const { createdAt } = messages[1]!;
    hub.requests.splice(0);
    await replayRange(hub.wire, { insurer: anInsurer, which: 'all', from: createdAt, to: createdAt });
    await hub.elapse(60);
    expect(hub.sentIds()).toEqual(['b']);
  });

  test('of an accepted message that fails leaves it accepted, since it was', async () => {
    const hub = await world();
    await hub.insurer();
    await hub.tell('m1');
    await hub.settle();
    const first = await hub.outgoing('m1');
    hub.events.splice(0);
    hub.state.reply = async () => ok(500);
    await replayOne(hub.wire, anInsurer, 'm1');
    await hub.elapse(4 * days);
    expect(await hub.outgoing('m1')).toMatchObject({ state: 'accepted', acceptedAt: first!.acceptedAt, attempts: 11 });
    expect(hub.events).toEqual([]);
  });

  test('never touches what was taken back or has lapsed', async () => {
    const hub = await world();
    await hub.insurer();
    await hub.tell('m1');
    await hub.items.write([cancelWrite('messages', anInsurer, 'm1')]);
    expect(await replayOne(hub.wire, anInsurer, 'm1')).toMatchObject({ code: 'messages/not-to-be-replayed' });
    expect(await replayRange(hub.wire, { insurer: anInsurer, which: 'all' })).toEqual({ replayed: 0 });
  });
});
