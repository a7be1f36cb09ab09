import { describe, expect, test } from 'vitest';
import { attempt } from '../../functions/insurers/attempt.ts';
import { readInsurer } from '../../functions/insurers/insurer-store.ts';
import { enterLane, leaveLane } from '../../functions/insurers/lane.ts';
import { messageKey } from '../../functions/insurers/messages-table.ts';
import { mostInFlight, sendDue } from '../../functions/insurers/send-due.ts';
import { days, state } from './seen.ts';
import { anInsurer, another, fault, ok, type World, world } from './world.ts';

describe('an insurer in trouble', () => {
  const many = async (hub: World, count: number, of = anInsurer) => {
    for (let n = 0; n < count; n++) await hub.tell(`${of.slice(-2)}-${n}`, { insurer: of });
  };

  test.each([
    ['429', ok(429)],
    ['502', ok(502)],
    ['504', ok(504)],
    ['silence', fault('timeout')],
  ])(
    'that asks for patience by %s is asked one thing at a time, ever more rarely, and at full speed once it answers',
    async (_, patience) => {
      const hub = await world();
      await hub.insurer();
      hub.state.reply = async () => patience;
      await many(hub, 100);
      await hub.elapse(60);
      // Those that were under way together, and then one after each rest of 1, 2, 4 … seconds.
      expect(hub.requests.length).toBeLessThanOrEqual(mostInFlight + 7);
      hub.state.reply = async () => ok();
      await hub.elapse(600);
      for (let n = 0; n < 100; n++) expect(await state(hub, `29-${n}`)).toBe('accepted');
    },
  );

  test.each([
    ['1, 2, 4 … 60 s', undefined, [1, 2, 4, 8, 16, 32, 60, 60]],
    ['as long as Retry-After says', '30', [30, 30, 30, 30, 30, 32, 60, 60]],
    ['no longer than 5 min, whatever Retry-After says', '9999', [300, 300, 300, 300, 300, 300, 300, 300]],
  ])('that asks for patience rests %s', async (_, retryAfter, rests) => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ({ ...ok(429), ...(retryAfter === undefined ? {} : { retryAfter }) });
    await many(hub, 40);
    await hub.elapse(3600);
    const later = hub.requests.slice(mostInFlight - 1).map(({ at }) => at / 1000);
    const gaps = later.slice(1).map((at, n) => Math.floor(at - later[n]!));
    expect(gaps.slice(0, rests.length)).toEqual(rests);
  });

  test.each([400, 500, 503])(
    'that answers %i is not left alone: every message has its own attempts',
    async (status) => {
      const hub = await world();
      await hub.insurer();
      hub.state.reply = async () => ok(status);
      await many(hub, 100);
      await hub.elapse(4);
      expect(new Set(hub.sentIds()).size).toBe(100);
    },
  );

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
