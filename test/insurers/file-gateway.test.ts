import { describe, expect, test } from 'vitest';
import { confirmExport, exportMessages, importMessages } from '../../functions/insurers/file-gateway.ts';
import { cancelWrite } from '../../functions/insurers/outbox.ts';
import { changeInsurer } from '../../functions/insurers/set-up-insurer.ts';
import { sign, toWire, verify } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { isRefusal } from '../../schemas/errors.ts';
import type { GatewayLine } from '../../schemas/messages.ts';
import { anInsurer, another, claim, world } from './world.ts';

type Hub = Awaited<ReturnType<typeof world>>;

async function exported(hub: Hub): Promise<GatewayLine[]> {
  const answer = await exportMessages(hub.wire, anInsurer);
  if (isRefusal(answer)) throw new Error(answer.code);
  return answer.lines;
}
const idsOf = (lines: readonly GatewayLine[]) => lines.map(({ headers }) => headers['webhook-id']);

describe('export', () => {
  test('gives the very messages that would have gone over the wire, signed, and sends nothing itself', async () => {
    const hub = await world();
    const { hubs } = await hub.insurer(anInsurer, { channel: 'file' });
    await hub.tell('m1');
    await hub.elapse(3600);
    expect(hub.requests).toEqual([]);
    const lines = await exported(hub);
    expect(idsOf(lines)).toEqual(['m1']);
    const { headers, body } = lines[0]!;
    const signed = {
      id: headers['webhook-id'],
      timestamp: headers['webhook-timestamp'],
      signature: headers['webhook-signature'],
    };
    expect(verify(hubs, signed, Buffer.from(body!), hub.at()).fault).toBeUndefined();
    expect(body).toBe((await hub.outgoing('m1'))!.body);
  });

  test('counts a message as sent when its line is confirmed, and gives it out again until then', async () => {
    const hub = await world();
    await hub.insurer(anInsurer, { channel: 'file' });
    await hub.tell('m1');
    await hub.settle();
    expect(idsOf(await exported(hub))).toEqual(['m1']);
    expect(idsOf(await exported(hub))).toEqual([]);
    expect((await hub.outgoing('m1'))?.state).toBe('due');
    hub.skip(901);
    expect(idsOf(await exported(hub))).toEqual(['m1']);
    expect(await confirmExport(hub.wire, anInsurer, ['m1', 'unknown'])).toBe(1);
    await hub.settle();
    expect((await hub.outgoing('m1'))?.state).toBe('accepted');
    expect(hub.events).toEqual([{ box: 'out', insurer: anInsurer, id: 'm1' }]);
    hub.skip(901);
    expect(await exported(hub)).toEqual([]);
  });

  test('confirms nothing that was never given out, and takes nothing back that was', async () => {
    const hub = await world();
    await hub.insurer(anInsurer, { channel: 'file' });
    await hub.tell('m1');
    expect(await confirmExport(hub.wire, anInsurer, ['m1'])).toBe(0);
    await exported(hub);
    expect(await hub.items.write([cancelWrite('messages', anInsurer, 'm1')])).toBe(false);
  });

  test('leaves out what has lapsed and what waits for another', async () => {
    const hub = await world();
    await hub.insurer(anInsurer, { channel: 'file' });
    await hub.tell('lapsed', { sendBefore: '2026-03-02T02:00:01.000Z' });
    hub.skip(2);
    await hub.tell('notice');
    await hub.tell('reversed', { after: 'notice' });
    expect(idsOf(await exported(hub))).toEqual(['notice']);
    await confirmExport(hub.wire, anInsurer, ['notice']);
    hub.skip(1000);
    expect(idsOf(await exported(hub))).toEqual(['reversed']);
    expect((await hub.outgoing('lapsed'))?.state).toBe('lapsed');
  });

  test('gives what follows a line of the same file as soon as that is confirmed, behind it', async () => {
    const hub = await world();
    await hub.insurer(anInsurer, { channel: 'file' });
    await hub.tell('notice');
    await hub.tell('reversed', { after: 'notice' });
    expect(idsOf(await exported(hub))).toEqual(['notice']);
    await confirmExport(hub.wire, anInsurer, ['notice']);
    expect(idsOf(await exported(hub))).toEqual(['reversed']);
    await hub.tell('next');
    await hub.tell('after', { after: 'next' });
    expect(idsOf(await exported(hub))).toEqual(['next']);
    expect(idsOf(await exported(hub))).toEqual([]);
  });

  test('is for insurers whose channel it is', async () => {
    const hub = await world();
    await hub.insurer();
    expect(await exportMessages(hub.wire, anInsurer)).toMatchObject({ code: 'messages/not-by-file' });
    expect(await exportMessages(hub.wire, another)).toMatchObject({ code: 'insurer/no-such-insurer' });
  });
});

describe('import', () => {
  const line = (from: Awaited<ReturnType<Hub['insurer']>>, id: string, at: Date, body = claim()) => ({
    insurer: from.id,
    headers: toWire(
      sign(
        from.own.map((key) => ({ ...key, notBefore: '1970-01-01T00:00:00Z' })),
        id,
        at,
        Buffer.from(body),
      )!,
    ),
    body,
  });

  test('takes messages as the wire does: same ids, same effects, each once, over both ways together', async () => {
    const hub = await world();
    const from = await hub.insurer();
    await hub.post(from, 'm1', claim());
    const lines = [line(from, 'm1', hub.at()), line(from, 'm2', hub.at()), line(from, 'm2', hub.at())];
    expect((await importMessages(hub.wire, lines)).map(({ id, status }) => [id, status])).toEqual([
      ['m1', 200],
      ['m2', 202],
      ['m2', 200],
    ]);
    await hub.settle();
    expect(hub.events.map(({ id }) => id)).toEqual(['m1', 'm2']);
  });

  test('takes what has travelled for days, as long as the insurer’s setting says', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const daysAgo = (days: number) => new Date(hub.at().getTime() - days * 86_400_000);
    const status = async (id: string, at: Date) => (await importMessages(hub.wire, [line(from, id, at)]))[0]!.status;
    expect(await status('m1', daysAgo(6))).toBe(202);
    expect(await status('m2', daysAgo(8))).toBe(401);
    await changeInsurer(hub.setup, anInsurer, { fileToleranceHours: 24 }, 'test');
    expect(await status('m3', daysAgo(6))).toBe(401);
    expect((await hub.post(from, 'm4', claim(), { at: daysAgo(1) })).status).toBe(401);
  });

  test('carries bytes that are no text, refuses lines that are none, and goes on with the next', async () => {
    const hub = await world();
    const from = await hub.insurer();
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    const odd = { ...line(from, 'm1', hub.at()), body: undefined, bodyBase64: bytes.toString('base64') };
    odd.headers = toWire(sign(from.own, 'm1', hub.at(), bytes)!);
    const tampered = { ...line(from, 'm2', hub.at()), body: claim({ paid_amt: '999.00' }) };
    const lines = ['nonsense', {}, odd, tampered, line(from, 'm3', hub.at())];
    expect((await importMessages(hub.wire, lines)).map(({ status }) => status)).toEqual([400, 400, 400, 401, 202]);
  });
});
