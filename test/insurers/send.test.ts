import { describe, expect, test } from 'vitest';
import { revokeKey, rotateKey } from '../../functions/insurers/insurer-keys.ts';
import { cancelWrite, stopWrite } from '../../functions/insurers/outbox.ts';
import type { SignatureKey } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { attempts, days, listed, state, verdict } from './seen.ts';
import { anInsurer, ok, world } from './world.ts';

describe('a message to an insurer', () => {
  test('goes out at once, signed, once; and settlement hears that it was accepted', async () => {
    const hub = await world();
    const { hubs } = await hub.insurer();
    await hub.tell('m1');
    await hub.settle();
    expect(hub.sentIds()).toEqual(['m1']);
    expect(hub.requests[0]).toMatchObject({ timeoutMs: 15_000, allowedRanges: [] });
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

  test('a message under way while they are rotated is signed at every attempt with those of that moment', async () => {
    const hub = await world();
    const { hubs } = await hub.insurer();
    hub.state.reply = async () => ok(500);
    await hub.tell('m1');
    await hub.settle();
    const made = await rotateKey(hub.setup, anInsurer, { scheme: 'v1', direction: 'out', graceHours: 0.05 }, 'test');
    if (isRefusal(made)) throw new Error(made.code);
    const next: SignatureKey[] = [{ ...made.stored, notBefore: hubs[0]!.notBefore, key: made.secret! }];
    await hub.elapse(400);
    expect(hub.requests).toHaveLength(3);
    const faults = (keys: SignatureKey[]) => [0, 1, 2].map((n) => verdict(hub, keys, n).fault);
    const previous = hubs.map((key) => ({ ...key, notAfter: undefined }));
    expect(faults(previous)).toEqual([undefined, undefined, 'wrong-signature']);
    expect(faults(next)).toEqual(['wrong-signature', undefined, undefined]);
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
