import { describe, expect, test } from 'vitest';
import { messageKey } from '../../functions/insurers/messages-table.ts';
import { endIfOver } from '../../functions/insurers/record-attempt.ts';
import { mostInFlight, sendDue } from '../../functions/insurers/send-due.ts';
import { days, state } from './seen.ts';
import { anInsurer, another, ok, world } from './world.ts';

describe('whatever stops in between', () => {
  test('a message whose wake-up was lost is found by the sweep', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.streamWorks = false;
    await hub.tell('m1');
    await hub.elapse(30);
    expect(hub.requests).toEqual([]);
    await hub.elapse(60);
    expect(hub.sentIds()).toEqual(['m1']);
    await hub.elapse(120);
    expect(hub.events).toEqual([{ box: 'out', insurer: anInsurer, id: 'm1' }]);
  });

  test('a wake-up that is redriven days later, or comes ten times, sends nothing twice', async () => {
    const hub = await world();
    await hub.insurer();
    await hub.tell('m1');
    await hub.settle();
    await hub.elapse(5 * days);
    for (let n = 0; n < 10; n++) await hub.wire.outbox.send([{ insurer: anInsurer }, { insurer: another }]);
    await hub.settle();
    expect(hub.sentIds()).toEqual(['m1']);
  });

  test('a worker whose time is over leaves the rest to the next, which comes at once', async () => {
    const hub = await world();
    await hub.insurer();
    for (let n = 0; n < 40; n++) await hub.tell(`m${n}`);
    await hub.stream();
    hub.wakes.splice(0);
    let looks = 0;
    await sendDue(hub.wire, anInsurer, () => (looks++ < 1 ? 60_000 : 0));
    expect(hub.requests).toHaveLength(mostInFlight);
    hub.state.sweeps = false;
    await hub.elapse(1);
    expect(hub.requests).toHaveLength(40);
  });

  test('stopped between claim and send: it goes out when the claim has ended', async () => {
    const hub = await world();
    await hub.insurer();
    const transport = hub.wire.transport;
    Object.assign(hub.wire, { transport: () => new Promise(() => {}) });
    await hub.tell('m1');
    await hub.stream();
    hub.wakes.splice(0);
    // A worker that is stopped: it never comes back, and its lane ends by itself.
    const dead = { ...hub.wire, pause: () => new Promise<void>(() => {}) };
    void sendDue(dead, anInsurer, () => 60_000);
    for (let n = 0; n < 50; n++) await Promise.resolve();
    Object.assign(hub.wire, { transport });
    await hub.elapse(180);
    expect(hub.sentIds()).toEqual(['m1']);
    expect(await hub.outgoing('m1')).toMatchObject({ state: 'accepted', attempts: 2 });
  });

  test('what is accepted while somebody is about to give it up stays accepted', async () => {
    const hub = await world();
    await hub.insurer();
    await hub.tell('m1');
    const before = (await hub.outgoing('m1'))!;
    await hub.settle();
    const late = new Date(Date.parse(before.giveUpAt) + 1000);
    expect(await endIfOver(hub.wire, before, late)).toBe(true);
    expect(await state(hub, 'm1')).toBe('accepted');
  });

  test('stopped between send and record: the same id and bytes again, accepted once', async () => {
    const hub = await world();
    await hub.insurer();
    const write = hub.items.write;
    let lost = 0;
    hub.wire.items.write = async (writes) => {
      const records = writes.some((one) => 'put' in one && one.put.sk.startsWith('attempt#'));
      if (records && lost++ === 0) throw new Error('stopped');
      return write(writes);
    };
    await hub.tell('m1');
    await hub.elapse(180);
    expect(hub.sentIds()).toEqual(['m1', 'm1']);
    expect(new Set(hub.requests.map(({ body }) => Buffer.from(body).toString())).size).toBe(1);
    expect(await state(hub, 'm1')).toBe('accepted');
    expect(hub.events).toHaveLength(1);
  });

  test('a record whose success was reported as a failure is not sent again', async () => {
    const hub = await world();
    await hub.insurer();
    const write = hub.items.write;
    let unheard = 0;
    hub.wire.items.write = async (writes) => {
      const made = await write(writes);
      if (writes.some((one) => 'put' in one && one.put.sk.startsWith('attempt#'))) {
        unheard += 1;
        throw new Error('no answer');
      }
      return made;
    };
    await hub.tell('m1');
    await hub.elapse(600);
    expect(unheard).toBeGreaterThan(0);
    expect(hub.sentIds()).toEqual(['m1']);
    expect(await state(hub, 'm1')).toBe('accepted');
  });

  test('an answer that comes when the claim has ended counts all the same', async () => {
    const hub = await world();
    await hub.insurer();
    let answer: () => void = () => {};
    hub.state.reply = () =>
      new Promise((resolve) => {
        answer = () => resolve(ok());
      });
    await hub.tell('m1');
    await hub.stream();
    const worker = sendDue(hub.wire, anInsurer, () => 60_000);
    while (hub.requests.length === 0) await new Promise(setImmediate);
    await hub.items.write([{ table: 'messages', update: messageKey('out', anInsurer, 'm1'), set: { attempts: 2 } }]);
    answer();
    await worker;
    expect(await state(hub, 'm1')).toBe('accepted');
  });
});
