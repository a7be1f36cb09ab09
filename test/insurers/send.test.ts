import { describe, expect, test } from 'vitest';
import { attempt } from '../../functions/insurers/attempt.ts';
import { revokeKey, rotateKey } from '../../functions/insurers/insurer-keys.ts';
import { readInsurer } from '../../functions/insurers/insurer-store.ts';
import { enterLane, leaveLane } from '../../functions/insurers/lane.ts';
import { listMessages, readMessage } from '../../functions/insurers/list-messages.ts';
import { byDue, messageKey } from '../../functions/insurers/messages-table.ts';
import { cancelWrite, stopWrite } from '../../functions/insurers/outbox.ts';
import { replayOne, replayRange } from '../../functions/insurers/replay.ts';
import { mostInFlight, sendDue } from '../../functions/insurers/send-due.ts';
import { switchInsurer } from '../../functions/insurers/set-up-insurer.ts';
import { type SignatureKey, verify } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { anInsurer, another, claim, fault, ok, world } from './world.ts';

type Hub = Awaited<ReturnType<typeof world>>;
const days = 86_400;
const state = async (hub: Hub, id: string, of = anInsurer) => (await hub.outgoing(id, of))?.state;
const attempts = async (hub: Hub, id: string) =>
  (await readMessage(hub.items, 'messages', 'out', anInsurer, id))!.attempts;
const listed = (hub: Hub, list: string) => hub.items.queryIndex('messages', byDue, { pk: list });

/** What the insurer would say of a request. */
function verdict(hub: Hub, keys: readonly SignatureKey[], n = 0) {
  const { headers, body, at } = hub.requests[n]!;
  const signed = {
    id: headers['webhook-id']!,
    timestamp: headers['webhook-timestamp']!,
    signature: headers['webhook-signature']!,
  };
  return verify(keys, signed, body, new Date(at));
}

describe('a message to an insurer', () => {
  test('goes out at once, signed, once; and settlement hears that it was accepted', async () => {
    const hub = await world();
    const { hubs } = await hub.insurer();
    await hub.tell('m1');
    await hub.settle();
    expect(hub.sentIds()).toEqual(['m1']);
    expect(verdict(hub, hubs)).toMatchObject({ kid: hubs[0]!.kid });
    expect(JSON.parse(Buffer.from(hub.requests[0]!.body).toString())).toMatchObject({ type: 'endpoint.ping' });
    expect(await state(hub, 'm1')).toBe('accepted');
    expect(hub.events).toEqual([{ box: 'out', insurer: anInsurer, id: 'm1' }]);
    await hub.elapse(2 * days);
    expect(hub.requests).toHaveLength(1);
    expect(hub.events).toHaveLength(1);
  });

  test('is made once: a second one of the same id stops the transaction that wants it', async () => {
    const hub = await world();
    await hub.insurer();
    expect([await hub.tell('m1'), await hub.tell('m1')]).toEqual([true, false]);
  });

  test('is tried at 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h with the same id and bytes, each newly signed', async () => {
    const hub = await world();
    const { hubs } = await hub.insurer();
    hub.state.reply = async () => ok(500);
    await hub.tell('m1');
    const start = hub.at().getTime();
    await hub.elapse(80 * 3600);
    const waits = hub.requests.map(({ at }, n) => (at - (hub.requests[n - 1]?.at ?? start)) / 1000);
    const slots = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
    expect(waits).toHaveLength(10);
    // Beyond 15 minutes the sweep wakes it, which comes once a minute.
    for (const [n, slot] of slots.entries()) {
      expect(waits[n]).toBeGreaterThanOrEqual(slot);
      expect(waits[n]).toBeLessThanOrEqual(slot + (slot > 900 ? 60 : 1));
    }
    expect(new Set(hub.sentIds())).toEqual(new Set(['m1']));
    expect(new Set(hub.requests.map(({ body }) => Buffer.from(body).toString())).size).toBe(1);
    expect(new Set(hub.requests.map(({ headers }) => headers['webhook-signature'])).size).toBe(10);
    for (const n of hub.requests.keys()) expect(verdict(hub, hubs, n).fault).toBeUndefined();
  });

  test('whose schedule is spent is parked, counted, told to settlement, and weighs nothing any more', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(500);
    await hub.tell('m1');
    await hub.elapse(80 * 3600);
    expect(await hub.outgoing('m1')).toMatchObject({ state: 'parked', reason: 'attempts-spent', attempts: 10 });
    expect(hub.measured.MessagesParked).toBe(1);
    expect(hub.events).toEqual([{ box: 'out', insurer: anInsurer, id: 'm1' }]);
    expect(await listed(hub, `out#${anInsurer}`)).toEqual([]);
    expect(await listed(hub, `news#${anInsurer}`)).toEqual([]);
    expect(await attempts(hub, 'm1')).toHaveLength(10);
  });

  test('is taken back only while no attempt may have been made', async () => {
    const hub = await world();
    await hub.insurer();
    await hub.tell('m1');
    expect(await hub.items.write([cancelWrite('messages', anInsurer, 'm1')])).toBe(true);
    hub.state.reply = async () => ok(500);
    await hub.tell('m2');
    await hub.settle();
    expect(await hub.items.write([cancelWrite('messages', anInsurer, 'm2')])).toBe(false);
    expect(hub.sentIds()).toEqual(['m2']);
  });

  test('lapses when its time runs out before it is accepted, also after attempts', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(500);
    await hub.tell('m1', { sendBefore: '2026-03-02T02:04:00.000Z' });
    await hub.elapse(days);
    expect(hub.requests).toHaveLength(2);
    expect(await hub.outgoing('m1')).toMatchObject({ state: 'lapsed', reason: 'consent-ended' });
    expect(hub.events).toEqual([{ box: 'out', insurer: anInsurer, id: 'm1' }]);
  });

  test('that was stopped is tried no more', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(500);
    await hub.tell('m1');
    await hub.settle();
    expect(await hub.items.write([stopWrite('messages', anInsurer, 'm1', 'consent-revoked')])).toBe(true);
    await hub.elapse(days);
    expect(hub.requests).toHaveLength(1);
  });

  test('waits until the one before it is through', async () => {
    const hub = await world();
    await hub.insurer();
    let good = false;
    hub.state.reply = async () => ok(good ? 200 : 500);
    await hub.tell('notice');
    await hub.tell('reversed', { after: 'notice' });
    await hub.elapse(3600);
    expect(new Set(hub.sentIds())).toEqual(new Set(['notice']));
    good = true;
    await hub.elapse(3 * 3600);
    expect(hub.sentIds().slice(-2)).toEqual(['notice', 'reversed']);
    expect([await state(hub, 'notice'), await state(hub, 'reversed')]).toEqual(['accepted', 'accepted']);
  });
});

describe('answers', () => {
  test('a claim in the body of a 2xx is kept for settlement', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(200, claim());
    await hub.tell('m1');
    await hub.settle();
    expect((await hub.outgoing('m1'))?.answerMessage).toMatchObject({ data: { paid_amt: 10_000 } });
  });

  test('a body that says it is a claim and is none is kept as what is wrong with it', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(200, claim({ paid_amt: 1 }));
    await hub.tell('m1');
    await hub.settle();
    const outgoing = await hub.outgoing('m1');
    expect(outgoing).toMatchObject({ state: 'accepted', answerIssues: [{ path: 'data.paid_amt' }] });
    expect(outgoing?.answerMessage).toBeUndefined();
    expect(hub.measured.AnswerUnreadable).toBe(1);
  });

  test('are kept with time, status and milliseconds, at most 1 kB, without names or numbers', async () => {
    const hub = await world();
    await hub.insurer();
    const said = JSON.stringify({
      psn_name: '张三丰',
      msg: '证件440802199003073218不存在',
      tel: '139 0000 1234',
      code: 17,
    });
    hub.state.reply = async () => ok(422, said + 'x'.repeat(5000));
    await hub.tell('m1');
    await hub.settle();
    const [first] = await attempts(hub, 'm1');
    expect(first).toMatchObject({ n: 1, at: '2026-03-02T02:00:00.000Z', status: 422, milliseconds: 3 });
    expect(first!.answer!.length).toBeLessThanOrEqual(1024);
    for (const private_ of ['张三丰', '440802199003073218', '0000 1234']) expect(first!.answer).not.toContain(private_);
    expect(first!.answer).toContain('不存在');
    expect(first!.answer).toContain('17');
  });

  test('3xx is a failure and nothing is sent elsewhere', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(307);
    await hub.tell('m1');
    await hub.elapse(6);
    expect(await state(hub, 'm1')).toBe('due');
    expect(new Set(hub.requests.map(({ url }) => url)).size).toBe(1);
  });

  test('Retry-After is honoured from one to two times the slot', async () => {
    for (const [asked, waited] of [
      ['1', 300],
      ['400', 400],
      ['9999', 600],
    ] as const) {
      const hub = await world();
      await hub.insurer();
      hub.state.reply = async () => (hub.requests.length === 2 ? { ...ok(503), retryAfter: asked } : ok(500));
      await hub.tell('m1');
      await hub.elapse(1000);
      expect((hub.requests[2]!.at - hub.requests[1]!.at) / 1000).toBeCloseTo(waited, -1);
    }
  });

  test('410 closes the endpoint of that insurer; when it is enabled again, what waited goes out', async () => {
    const hub = await world();
    await hub.insurer();
    await hub.insurer(another);
    hub.state.reply = async ({ url }) => ok(url.includes(anInsurer) ? 410 : 200);
    await hub.tell('m1');
    await hub.settle();
    await hub.tell('m2');
    await hub.tell('m3', { insurer: another });
    await hub.elapse(days);
    expect(hub.sentIds()).toEqual(['m1', 'm3']);
    expect(hub.measured.EndpointGone).toBe(1);
    expect((await readInsurer(hub.items, 'insurers', anInsurer))?.insurer.state).toBe('gone');
    hub.state.reply = async () => ok();
    await switchInsurer(hub.setup, anInsurer, 'enabled', 'test');
    await hub.settle();
    expect([await state(hub, 'm1'), await state(hub, 'm2')]).toEqual(['accepted', 'accepted']);
  });

  test('what nobody could send while the endpoint was closed is parked when its time is over', async () => {
    const hub = await world();
    await hub.insurer();
    await switchInsurer(hub.setup, anInsurer, 'disabled', 'test');
    await hub.tell('m1');
    await hub.elapse(8 * days);
    expect(hub.requests).toEqual([]);
    expect(await hub.outgoing('m1')).toMatchObject({ state: 'parked', reason: 'time-spent' });
  });
});

describe('an insurer in trouble', () => {
  const many = async (hub: Hub, count: number, of = anInsurer) => {
    for (let n = 0; n < count; n++) await hub.tell(`${of.slice(-2)}-${n}`, { insurer: of });
  };

  test('that asks for patience is asked one thing at a time, ever more rarely, and at full speed once it answers', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(429);
    await many(hub, 100);
    await hub.elapse(60);
    // Those that were under way together, and then one after each rest of 1, 2, 4 … seconds.
    expect(hub.requests.length).toBeLessThanOrEqual(mostInFlight + 7);
    hub.state.reply = async () => ok();
    await hub.elapse(600);
    for (let n = 0; n < 100; n++) expect(await state(hub, `29-${n}`)).toBe('accepted');
  });

  test('that hangs holds up nobody else', async () => {
    const hub = await world();
    await hub.insurer();
    await hub.insurer(another);
    let letGo: () => void = () => {};
    const hanging = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    hub.state.reply = async ({ url }) => {
      if (!url.includes(anInsurer)) return ok();
      await hanging;
      return fault('timeout');
    };
    await many(hub, 40);
    await many(hub, 40, another);
    await hub.stream();
    // Two workers, as their queue would start them.
    const held = sendDue(hub.wire, anInsurer, () => 60_000);
    await sendDue(hub.wire, another, () => 60_000);
    for (let n = 0; n < 40; n++) expect(await state(hub, `5N-${n}`, another)).toBe('accepted');
    expect(hub.requests.filter(({ url }) => url.includes(anInsurer))).toHaveLength(mostInFlight);
    letGo();
    await held;
  });

  test('has one worker however many are woken, with at most 16 attempts under way', async () => {
    const hub = await world();
    await hub.insurer();
    let flying = 0;
    let most = 0;
    hub.state.reply = async () => {
      flying += 1;
      most = Math.max(most, flying);
      await new Promise((resolve) => setTimeout(resolve, 2));
      flying -= 1;
      return ok();
    };
    await many(hub, 100);
    await hub.stream();
    await Promise.all(Array.from({ length: 8 }, () => sendDue(hub.wire, anInsurer, () => 60_000)));
    await hub.elapse(120);
    expect(most).toBe(mostInFlight);
    expect(hub.requests).toHaveLength(100);
  });

  test('whose lane is taken gets no second worker; its owner hears that there was one and looks again', async () => {
    const hub = await world();
    await hub.insurer();
    expect(await enterLane(hub.wire, anInsurer, 'first')).toBe(true);
    expect(await enterLane(hub.wire, anInsurer, 'second')).toBe(false);
    expect(await enterLane(hub.wire, anInsurer, 'third')).toBe(false);
    // Should the first one never leave: somebody comes when its lease has ended.
    expect(hub.wakes).toEqual([{ insurer: anInsurer, at: hub.at().getTime() + 11_000 }]);
    expect(await leaveLane(hub.wire, anInsurer, 'first')).toBe('again');
    expect(await leaveLane(hub.wire, anInsurer, 'first')).toBe('left');
    expect(await enterLane(hub.wire, anInsurer, 'fourth')).toBe(true);
    hub.skip(11);
    expect(await enterLane(hub.wire, anInsurer, 'fifth')).toBe(true);
    expect(await leaveLane(hub.wire, anInsurer, 'fourth')).toBe('left');
    expect(await enterLane(hub.wire, anInsurer, 'sixth')).toBe(false);
  });

  test('is sent to again when the clock of a worker was hours ahead and is set right', async () => {
    const hub = await world();
    await hub.insurer();
    hub.skip(5 * 3600);
    expect(await enterLane(hub.wire, anInsurer, 'ahead')).toBe(true);
    hub.skip(-5 * 3600);
    expect(await enterLane(hub.wire, anInsurer, 'right')).toBe(true);
    expect(await enterLane(hub.wire, anInsurer, 'another')).toBe(false);
  });

  test('gets a message once, though two workers believe the lane to be theirs', async () => {
    const hub = await world();
    await hub.insurer();
    await hub.tell('m1');
    const known = (await readInsurer(hub.items, 'insurers', anInsurer))!;
    const results = await Promise.all([1, 2, 3].map(() => attempt(hub.wire, known, 'm1')));
    expect(results.map(({ kind }) => kind).sort()).toEqual(['accepted', 'none', 'none']);
    expect(hub.sentIds()).toEqual(['m1']);
  });

  test('that is down for two days gets everything when it is back, and others get theirs at once meanwhile', async () => {
    const hub = await world();
    await hub.insurer();
    await hub.insurer(another);
    let down = true;
    hub.state.reply = async ({ url }) => (down && url.includes(anInsurer) ? fault('no-connection') : ok());
    await many(hub, 20);
    await many(hub, 20, another);
    await hub.settle();
    expect(hub.sentIds().filter((id) => id?.startsWith('5N'))).toHaveLength(20);
    await hub.elapse(2 * days);
    down = false;
    await hub.elapse(2 * days);
    for (let n = 0; n < 20; n++) expect(await state(hub, `29-${n}`)).toBe('accepted');
    expect(hub.measured.MessagesParked).toBeUndefined();
  });

  test('a poison message among ten is put off; the nine go out', async () => {
    const hub = await world();
    await hub.insurer();
    await many(hub, 10);
    const poison = messageKey('out', anInsurer, '29-4');
    await hub.items.write([{ table: 'messages', update: poison, set: { type: 'no.such' } }]);
    await hub.elapse(600);
    for (const n of [0, 1, 2, 3, 5, 6, 7, 8, 9]) expect(await state(hub, `29-${n}`)).toBe('accepted');
    expect(hub.measured.MessageUntried).toBeGreaterThan(0);
  });
});

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
    hub.wire.items.write = async (writes) => {
      const made = await write(writes);
      if (writes.some((one) => 'put' in one && one.put.sk.startsWith('attempt#'))) throw new Error('no answer');
      return made;
    };
    await hub.tell('m1');
    await hub.elapse(600);
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

describe('keys of the hub', () => {
  test('during a rotation it signs with both, so that the insurer changes over when it likes', async () => {
    const hub = await world();
    const { hubs } = await hub.insurer();
    const made = await rotateKey(hub.setup, anInsurer, { scheme: 'v1', direction: 'out', graceHours: 1 }, 'test');
    if (isRefusal(made)) throw new Error(made.code);
    const next: SignatureKey[] = [{ ...made.stored, key: made.secret! }];
    const previous = hubs.map((key) => ({ ...key, notAfter: undefined }));
    await hub.tell('m1');
    await hub.settle();
    expect([verdict(hub, previous).fault, verdict(hub, next).fault]).toEqual([undefined, undefined]);
    hub.skip(3600);
    await hub.tell('m2');
    await hub.settle();
    expect([verdict(hub, previous, 1).fault, verdict(hub, next, 1).fault]).toEqual(['wrong-signature', undefined]);
  });

  test('without a valid key nothing goes out, and the message waits for one', async () => {
    const hub = await world();
    const { hubs } = await hub.insurer();
    await revokeKey(hub.setup, anInsurer, hubs[0]!.kid, 'test');
    await hub.tell('m1');
    await hub.settle();
    expect(hub.requests).toEqual([]);
    await rotateKey(hub.setup, anInsurer, { scheme: 'v1', direction: 'out' }, 'test');
    await hub.elapse(6);
    expect(hub.sentIds()).toEqual(['m1']);
  });
});

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
