import { describe, expect, test } from 'vitest';
import { desk } from './desk.ts';
import { anInsurer, another, claim, ok } from './world.ts';

const settings = { id: anInsurer, name: '某财险', url: 'https://insurer.example/hooks' };

describe('insurers', () => {
  test('show their secrets when keys are made, and never again', async () => {
    const { get, post } = await desk();
    const added = await post('/insurers', settings);
    expect(added.status).toBe(201);
    const keys = added.body.keys as { secret: string; kid: string }[];
    expect(keys).toHaveLength(2);
    const rotated = await post(`/insurers/${anInsurer}/keys`, { scheme: 'v1', direction: 'in' });
    const secrets = [...keys.map(({ secret }) => secret), rotated.body.secret as string];
    for (const secret of secrets) expect(secret).toMatch(/^whsec_/);
    const later = JSON.stringify([await get('/insurers'), await get(`/insurers/${anInsurer}`)]);
    expect(later).toContain(keys[0]!.kid);
    expect(later).not.toContain('sealed');
    for (const secret of secrets) expect(later).not.toContain(secret.slice(6));
  });

  test('say in a code and both languages what cannot be', async () => {
    const { get, post } = await desk();
    expect(await post('/insurers', { ...settings, id: 'x' })).toMatchObject({
      status: 422,
      body: { code: 'insurer/bad-id' },
    });
    await post('/insurers', settings);
    expect(await post('/insurers', settings)).toMatchObject({ status: 409, body: { code: 'insurer/already-there' } });
    expect(await get(`/insurers/${another}`)).toMatchObject({ status: 404, body: { code: 'insurer/no-such-insurer' } });
    expect((await post(`/insurers/${another}/ping`)).status).toBe(404);
    expect((await post(`/insurers/${anInsurer}/keys/none/revoke`)).status).toBe(404);
    expect((await post(`/insurers/${anInsurer}/settings`, { url: 'http://x.example' })).status).toBe(422);
  });

  test('open a private range for the keys of two persons, whatever names are said; who it was is kept', async () => {
    const { get, post, signAs } = await desk();
    await post('/insurers', settings);
    const range = (act: string, by?: string) =>
      post(`/insurers/${anInsurer}/ranges`, { range: '10.1.0.0/16', act, by });
    for (const act of ['propose', 'approve'])
      expect(await range(act, 'li')).toMatchObject({ status: 403, body: { code: 'insurer/own-key-needed' } });
    signAs('li');
    expect((await range('propose')).status).toBe(200);
    for (const by of [undefined, 'wang'])
      expect(await range('approve', by)).toMatchObject({ status: 409, body: { code: 'insurer/same-person' } });
    signAs(undefined);
    expect((await range('approve', 'wang')).status).toBe(403);
    signAs('wang');
    expect((await range('approve')).body).toMatchObject({
      ranges: [{ proposedBy: 'operator/li', approvedBy: 'operator/wang' }],
    });
    signAs(undefined);
    expect((await range('remove', 'zhao')).body).toMatchObject({ ranges: [] });
    const { acts } = (await get(`/insurers/${anInsurer}`)).body as { acts: { by: string }[] };
    expect(acts.map(({ by }) => by)).toEqual(
      expect.arrayContaining(['operator/li', 'operator/wang', 'operator(zhao)', 'operator']),
    );
  });

  test('are disabled and enabled; a ping tells whether they are reached', async () => {
    const { hub, get, post } = await desk();
    await post('/insurers', settings);
    await post(`/insurers/${anInsurer}/disable`);
    const { id } = (await post(`/insurers/${anInsurer}/ping`)).body;
    await hub.elapse(120);
    expect(hub.requests).toEqual([]);
    await post(`/insurers/${anInsurer}/enable`);
    await hub.settle();
    expect((await get(`/messages/out/${anInsurer}/${id}`)).body).toMatchObject({
      message: { state: 'accepted' },
      attempts: [{ status: 200 }],
    });
  });
});

describe('messages', () => {
  test('are listed page by page, the newest first, each once, by box and state', async () => {
    const { hub, get } = await desk();
    await hub.insurer();
    for (let n = 0; n < 25; n++) {
      await hub.tell(`m${n}`);
      hub.skip(1);
    }
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const { body } = await get(`/messages?insurer=${anInsurer}&limit=10${after}`);
      seen.push(...(body.messages as { id: string }[]).map(({ id }) => id));
      if (body.next === undefined) break;
      after = `&after=${encodeURIComponent(String(body.next))}`;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `m${24 - n}`));
    expect((await get(`/messages?insurer=${anInsurer}&state=parked`)).body.messages).toEqual([]);
    expect((await get(`/messages?insurer=${anInsurer}&box=in`)).body.messages).toEqual([]);
  });

  test('that were refused are shown with what was wrong, and without what they said', async () => {
    const { hub, get } = await desk();
    const from = await hub.insurer();
    await hub.post(from, 'm1', claim({ paid_amt: 'viel', insurer_claim_no: '440802199003073218' }));
    const { body } = await get(`/messages/in/${anInsurer}/m1`);
    expect(body).toMatchObject({ message: { state: 'refused', issues: [{ path: 'data.paid_amt' }] } });
    expect(JSON.stringify(body)).not.toContain('440802199003073218');
    expect((await get(`/messages/in/${anInsurer}/m2`)).status).toBe(404);
  });

  test('are replayed one by one or as those that are missing', async () => {
    const { hub, post } = await desk();
    await hub.insurer();
    hub.state.reply = async () => ok(500);
    for (const id of ['a', 'b', 'c']) await hub.tell(id);
    await hub.elapse(4 * 86_400);
    hub.state.reply = async () => ok();
    hub.requests.splice(0);
    expect((await post('/messages/replay', { insurer: anInsurer, id: 'a' })).body).toEqual({ replayed: 1 });
    await hub.elapse(10);
    expect((await post('/messages/replay', { insurer: anInsurer })).body).toEqual({ replayed: 2 });
    await hub.elapse(10);
    expect(hub.sentIds()).toEqual(['a', 'b', 'c']);
    expect((await post('/messages/replay', { insurer: anInsurer, id: 'x' })).status).toBe(404);
    expect((await post('/messages/replay', { insurer: another, id: 'x' })).status).toBe(404);
  });

  test('travel as files over the same routes', async () => {
    const { hub, post } = await desk();
    const from = await hub.insurer(anInsurer, { channel: 'file' });
    await hub.tell('m1');
    const { lines } = (await post('/messages/export', { insurer: anInsurer })).body as { lines: unknown[] };
    expect(lines).toHaveLength(1);
    expect((await post('/messages/exported', { insurer: anInsurer, ids: ['m1'] })).body).toEqual({ confirmed: 1 });
    expect((await post('/messages/import', { lines: ['?'] })).body).toMatchObject({ answers: [{ status: 400 }] });
    expect(from.id).toBe(anInsurer);
  });
});
