import { describe, expect, test } from 'vitest';
import { readInsurer } from '../../functions/insurers/insurer-store.ts';
import { replayOne } from '../../functions/insurers/replay.ts';
import { switchInsurer } from '../../functions/insurers/set-up-insurer.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { attempts, days, state } from './seen.ts';
import { anInsurer, another, claim, notice, ok, world } from './world.ts';

describe('answers', () => {
  test('a claim in the body of a 2xx is kept for settlement', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(200, claim());
    await hub.tell('m1', notice);
    await hub.settle();
    expect((await hub.outgoing('m1'))?.answerMessage).toMatchObject({ data: { paid_amt: 10_000 } });
  });

  test('a claim is kept without the space that an insurer puts around it', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(200, JSON.stringify(JSON.parse(claim()), undefined, 10) + ' '.repeat(50_000));
    await hub.tell('m1', notice);
    await hub.settle();
    const { answer, answerMessage } = (await hub.outgoing('m1'))!;
    expect(answer).toBe(JSON.stringify(JSON.parse(claim())));
    expect(answerMessage).toMatchObject({ data: { paid_amt: 10_000 } });
  });

  test('a body that says it is a claim and is none is kept as what is wrong with it', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(200, claim({ paid_amt: 1 }));
    await hub.tell('m1', notice);
    await hub.settle();
    const outgoing = await hub.outgoing('m1');
    expect(outgoing).toMatchObject({ state: 'accepted', answerIssues: [{ path: 'data.paid_amt' }] });
    expect(outgoing?.answerMessage).toBeUndefined();
    expect(hub.measured.AnswerUnreadable).toBe(1);
  });

  test('that were meant as a claim and are none are told so, once, with what is wrong', async () => {
    const hub = await world();
    await hub.insurer();
    const wrong: [string, string][] = [
      [claim({ paid_amt: 1 }), 'data.paid_amt'],
      [claim({ decision: 'declined', paid_amt: '0.00' }), 'data.reason_code'],
      [JSON.stringify({ decision: 'approved', paid_amt: '100.00' }), 'type'],
      [claim().replace('{', '{"type":"claim.adjudicated",'), ''],
      [claim().slice(0, -1), ''],
      [claim().replace('claim.adjudicated', 'claim.paid'), 'type'],
      [claim({ certno: '440802199003073218' }), 'data'],
    ];
    for (const [n, [said, path]] of wrong.entries()) {
      const before = hub.requests.length;
      hub.state.reply = async (request) =>
        String(request.headers['webhook-id']) === `n${n}` ? ok(200, said) : ok(200, '{}');
      await hub.tell(`n${n}`, notice);
      await hub.elapse(60);
      expect(hub.requests.length - before).toBe(2);
      const told = JSON.parse(Buffer.from(hub.requests.at(-1)!.body).toString());
      expect(told, said).toMatchObject({
        type: 'claim.refused',
        data: { setl_id: 'S1', policy_no: 'P1', message_id: `n${n}`, code: 'messages/answer-not-valid' },
      });
      expect(told.data.issues[0].path).toBe(path);
      expect(JSON.stringify(told)).not.toContain('440802199003073218');
      expect(told.data.reason.zh).not.toBe('');
    }
  });

  test('to a refusal are told to come by webhook, once; other messages ask nothing, and their answers are not read', async () => {
    const refused = {
      setl_id: 'S1',
      policy_no: 'P1',
      policy_sub_no: '',
      message_id: 'x',
      code: 'settlement/answer-late',
    };
    const posted = { decision: 'approved', message_type: 'claim.adjudicated', posted_amt: 1, payout: false } as const;
    const { code: _, ...answered } = refused;
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(200, claim());
    await hub.tell('r1', { type: 'claim.refused', data: { ...refused, reason: { zh: '迟', en: 'late' } } });
    await hub.elapse(days);
    expect(hub.requests).toHaveLength(2);
    expect(JSON.parse(Buffer.from(hub.requests[1]!.body).toString())).toMatchObject({
      type: 'claim.refused',
      data: { setl_id: 'S1', message_id: 'r1', code: 'messages/answer-not-valid', issues: [{ path: 'type' }] },
    });
    await hub.tell('p1', { type: 'claim.posted', data: { ...answered, ...posted } });
    await hub.tell('e1');
    await hub.elapse(days);
    expect(hub.requests).toHaveLength(4);
    expect(hub.measured.AnswerUnreadable).toBe(1);
    for (const id of ['r1', 'p1', 'e1']) expect((await hub.outgoing(id))?.answerMessage).toBeUndefined();
  });

  test('that are a courtesy are told nothing: empty, in a form of their own, or the notice itself', async () => {
    const hub = await world();
    await hub.insurer();
    for (const [n, said] of ['', '{}', 'OK', '{"type":"ack","code":0}', 'echo'].entries()) {
      hub.state.reply = async ({ body }) => ok(200, said === 'echo' ? Buffer.from(body).toString() : said);
      await hub.tell(`n${n}`, notice);
      await hub.elapse(60);
    }
    expect(hub.requests).toHaveLength(5);
    expect(hub.measured.AnswerUnreadable).toBeUndefined();
  });

  test('an insurer that answers everything wrongly is told once of each notice, and not of what tells it', async () => {
    const hub = await world();
    await hub.insurer();
    hub.state.reply = async () => ok(200, claim({ paid_amt: 1 }));
    await hub.tell('n1', notice);
    await hub.elapse(days);
    expect(hub.requests).toHaveLength(2);
    hub.requests.splice(0);
    if (isRefusal(await replayOne(hub.wire, anInsurer, 'n1'))) throw new Error('It is replayed.');
    await hub.elapse(days);
    expect(hub.sentIds().filter((id) => id === 'n1')).toHaveLength(1);
    expect(hub.requests).toHaveLength(2);
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
