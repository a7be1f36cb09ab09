import { describe, expect, test } from 'vitest';
import { listMessages } from '../../functions/insurers/list-messages.ts';
import { cancelWrite, type OutgoingMessage } from '../../functions/insurers/outbox.ts';
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

  /** Three attempts came to nothing; the next one is due in half an hour. */
  const waiting = async (ids: readonly string[], more: (n: number) => Partial<OutgoingMessage> = () => ({})) => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(500);
    for (const [n, id] of ids.entries()) await hub.tell(id, more(n));
    await hub.elapse(600);
    hub.state.reply = async () => ok();
    hub.requests.splice(0);
    return hub;
  };

  test('of one that waits for its next attempt brings that forward: at once, the same id, one attempt of its schedule', async () => {
    const hub = await waiting(['m1', 'm2']);
    const before = (await hub.outgoing('m1'))!;
    expect(Date.parse(before.dueAt!)).toBeGreaterThan(hub.at().getTime() + 20 * 60_000);
    expect(isRefusal(await replayOne(hub.wire, anInsurer, 'm1'))).toBe(false);
    await hub.settle();
    expect(hub.sentIds()).toEqual(['m1']);
    const { attempts, giveUpAt } = before;
    expect(await hub.outgoing('m1')).toMatchObject({ state: 'accepted', attempts: attempts + 1, giveUpAt });
    expect(await hub.outgoing('m2')).toMatchObject({ state: 'due', attempts });
  });

  test('of one that waits, again and again in vain, comes to the attempts of its schedule and no more', async () => {
    const hub = await waiting(['m1']);
    hub.state.reply = async () => ok(500);
    const { giveUpAt } = (await hub.outgoing('m1'))!;
    for (let n = 0; (await state(hub, 'm1')) === 'due' && n < 20; n++) {
      await replayOne(hub.wire, anInsurer, 'm1');
      await hub.elapse(2);
    }
    expect(await hub.outgoing('m1')).toMatchObject({
      state: 'parked',
      attempts: 10,
      reason: 'attempts-spent',
      giveUpAt,
    });
    expect(hub.requests).toHaveLength(7);
  });

  test('of one that waits, forty times at once, is one attempt; so it is where one is under way', async () => {
    const hub = await waiting(['m1']);
    await Promise.all(Array.from({ length: 40 }, () => replayOne(hub.wire, anInsurer, 'm1')));
    const seen: unknown[] = [];
    hub.state.reply = async () => {
      const claimed = await hub.outgoing('m1');
      await replayOne(hub.wire, anInsurer, 'm1');
      seen.push((await hub.outgoing('m1'))?.dueAt === claimed?.dueAt);
      return ok(500);
    };
    await hub.elapse(60);
    expect(hub.sentIds()).toEqual(['m1']);
    expect(seen).toEqual([true]);
  });

  test('of one that must follow another sends that first, though it was not named', async () => {
    const hub = await waiting(['notice', 'reversed', 'other'], (n) => (n === 1 ? { after: 'notice' } : {}));
    await replayOne(hub.wire, anInsurer, 'reversed');
    await hub.elapse(120);
    expect(hub.sentIds()).toEqual(['notice', 'reversed']);
  });

  test('of all that are missing also brings forward what waits, at the same rate, and leaves what is on its way', async () => {
    const hub = await waiting(Array.from({ length: 30 }, (_, n) => `m${n}`));
    const start = hub.at().getTime();
    expect(await replayRange(hub.wire, { insurer: anInsurer, which: 'missing' })).toEqual({ replayed: 30 });
    await hub.elapse(10);
    expect(hub.sentIds().sort()).toEqual(Array.from({ length: 30 }, (_, n) => `m${n}`).sort());
    for (const second of Array(3).keys())
      expect(hub.requests.filter(({ at }) => at <= start + second * 1000).length).toBeLessThanOrEqual(10 * second + 11);
    await hub.tell('fresh');
    expect(await replayRange(hub.wire, { insurer: anInsurer, which: 'missing' })).toEqual({ replayed: 0 });
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
