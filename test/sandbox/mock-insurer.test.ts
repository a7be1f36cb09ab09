import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newKeys } from '../../functions/runtime/signatures/keys.ts';
import {
  fromWire,
  type SignatureKey,
  sign,
  toWire,
  verify,
} from '../../functions/runtime/signatures/standard-webhooks.ts';
import { type MockInsurer, type SandboxEvent, startMockInsurer } from '../../infra/sandbox/mock-insurer.ts';
import { incoming } from '../../schemas/messages.ts';

const notBefore = '2000-01-01T00:00:00Z';
const hubKey: SignatureKey = { kid: 'hub', scheme: 'v1', key: newKeys('v1').signing, notBefore };
const ownKey: SignatureKey = { kid: 'own', scheme: 'v1', key: newKeys('v1').signing, notBefore };

/** What the hub was sent. */
type Heard = { id: string; body: string; signed: boolean; data: Record<string, unknown> };
let heard: Heard[];
/** What the hub answers instead, one after the other. */
let answers: number[];
let hub: ReturnType<typeof createServer>;
let sandbox: MockInsurer | undefined;
/** What it tells whoever looks on. */
let told: SandboxEvent[];
beforeEach(async () => {
  [heard, told, answers] = [[], [], []];
  hub = createServer(async (request, response) => {
    const body = await buffer(request);
    const headers = fromWire((name) => request.headers[name] as string | undefined);
    const { fault } = verify([ownKey], headers, body, new Date());
    const { data } = JSON.parse(body.toString()) as Pick<Heard, 'data'>;
    heard.push({ id: headers.id!, body: body.toString(), signed: fault === undefined, data });
    response.writeHead(answers.shift() ?? (fault === undefined ? 202 : 401)).end('{}');
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await sandbox?.stop();
  hub.closeAllConnections();
  hub.close();
});
const notice = (setl_id: string, more: object = {}) => ({
  type: 'settlement.notice',
  timestamp: '2026-11-20T03:00:00Z',
  data: {
    setl_id,
    policy_no: 'P1',
    policy_sub_no: '',
    product_code: 'HMB',
    person_ref: 'ABCDEFGHIJKLMNOPQRST',
    mode: 'insurer',
    insutype: '390',
    med_type: '21',
    begndate: '2026-11-10',
    enddate: '2026-11-19',
    setl_time: '2026-11-20 11:00:00',
    medfee_sumamt: '1000.00',
    payers: { hifp_pay: '600.00' },
    base_amt: '400.00',
    ...more,
  },
});

async function deliver(message: object, key = hubKey) {
  const body = Buffer.from(JSON.stringify(message));
  const headers = toWire(sign([key], 'msg_1', new Date(), body)!);
  const answer = await fetch(sandbox!.url, { method: 'POST', headers, body });
  return { status: answer.status, body: (await answer.json()) as { type?: string; data?: Record<string, unknown> } };
}

const start = async (behaviour: object = {}) => {
  const webhookUrl = `http://127.0.0.1:${(hub.address() as AddressInfo).port}/v1/insurers/x/webhooks`;
  const onEvent = (event: SandboxEvent) => void told.push(event);
  sandbox = await startMockInsurer({ webhookUrl, hubKeys: [hubKey], ownKeys: [ownKey], behaviour, onEvent });
};

/** What an operator asks of it while it runs. */
async function ask(method: string, path: string, body: string) {
  const answer = await fetch(new URL(path, sandbox!.url), { method, body });
  return { status: answer.status, body: (await answer.json()) as object };
}

describe('the mock insurer', () => {
  it('answers a notice in its reply, and the same bill twice with the same words', async () => {
    await start({ ratio: 0.5 });
    const first = await deliver(notice('S1'));
    const second = await deliver(notice('S1'));
    expect(first.status).toBe(200);
    expect(first.body.data).toMatchObject({ setl_id: 'S1', decision: 'approved', paid_amt: '200.00' });
    expect(second.body.data).toEqual(first.body.data);
    expect(incoming['claim.adjudicated'].safeParse(first.body).success).toBe(true);
    expect(heard).toEqual([]);
  });

  it('declines with a reason when it pays nothing', async () => {
    await start({ ratio: 0 });
    const { body } = await deliver(notice('S1'));
    expect(body.data).toMatchObject({ decision: 'declined', paid_amt: '0.00', reason_code: 'not-covered' });
  });

  it('takes nothing that the hub has not signed', async () => {
    await start();
    expect((await deliver(notice('S1'), ownKey)).status).toBe(401);
  });

  it('takes and ignores what it does not know, as the guide asks of insurers', async () => {
    await start();
    const unknown = { type: 'claim.celebrated', timestamp: '2026-11-20T03:00:00Z', data: {} };
    expect(await deliver(unknown)).toEqual({ status: 200, body: {} });
  });

  it('says what is wrong with a message of a known type', async () => {
    await start();
    expect((await deliver(notice('S1', { base_amt: 400 }))).status).toBe(400);
    expect(told).toMatchObject([{ direction: 'received', status: 400, note: expect.stringContaining('base_amt') }]);
  });

  it('keeps books of what was posted and taken back, and states them when it is asked', async () => {
    await start();
    const timestamp = '2026-11-20T03:00:00Z';
    const share = { setl_id: 'S1', policy_no: 'P1', policy_sub_no: '' };
    await deliver(notice('S1', { mode: 'hub', share_amt: '150.00' }));
    await deliver(notice('S2', { mode: 'hub', share_amt: '50.00' }));
    const reversed = { ...share, refd_setl_id: 'R1', reversed_amt: '150.00' };
    await deliver({ type: 'settlement.reversed', timestamp, data: reversed });
    for (const [setl_id, message_type] of [
      ['S3', 'claim.adjudicated'],
      ['S4', 'claim.paid'],
    ] as const) {
      await deliver(notice(setl_id));
      const said = { ...share, setl_id, message_id: 'm', message_type, decision: 'approved', payout: false };
      await deliver({ type: 'claim.posted', timestamp, data: { ...said, posted_amt: '7.00' } });
    }
    const stated = async (refd_setl_flag: string, product_code = 'HMB') => {
      const data = { day: '2026-11-20', product_code, refd_setl_flag, count: 0, amount: '0.00' };
      expect(await deliver({ type: 'reconciliation.requested', timestamp, data })).toMatchObject({ status: 200 });
      await sandbox!.idle();
      return heard.at(-1)?.data;
    };
    // That money went out is no claim that was posted once more.
    const paid = [{ ...share, amount: '150.00' }, { setl_id: 'S2' }, { setl_id: 'S3', amount: '7.00' }];
    expect(await stated('0')).toMatchObject({ refd_setl_flag: '0', count: 3, amount: '207.00', items: paid });
    const back = [{ ...share, amount: '-150.00' }];
    expect(await stated('1')).toMatchObject({ refd_setl_flag: '1', count: 1, amount: '-150.00', items: back });
    expect(await stated('0', 'NONE')).toMatchObject({ product_code: 'NONE', count: 0, items: [] });
  });

  it('sends an answer until the hub has said yes or no to it, with the same id and bytes, and ends when it is stopped', async () => {
    await start({ answer: 'by-webhook' });
    answers = [503, 500, 202];
    await deliver(notice('S1'));
    await sandbox!.idle();
    expect(told.map(({ direction, status }) => `${direction} ${status}`)).toEqual([
      ...['received 200', 'sent 503', 'sent 500', 'sent 202'],
    ]);
    expect(new Set(heard.map(({ id, body }) => id + body)).size).toBe(1);
    answers = [400, 202];
    await deliver(notice('S2'));
    await sandbox!.idle();
    expect(heard).toHaveLength(4);
    answers = Array<number>(1000).fill(503);
    await deliver(notice('S3'));
    await sandbox!.stop();
    await sandbox!.idle();
    expect(heard.length).toBeLessThan(7);
  });
});

describe('on request it misbehaves:', () => {
  it('answers more than is left, is down, comes back', async () => {
    await start({ wrongAmount: true });
    expect((await deliver(notice('S1'))).body.data).toMatchObject({ paid_amt: '400.01' });
    for (const down of [410, 429, 500, 502, 503, 504]) {
      expect((await ask('PUT', '/behaviour', JSON.stringify({ down }))).status).toBe(200);
      expect((await deliver(notice('S2'))).status).toBe(down);
    }
    const shown = await fetch(new URL('/behaviour', sandbox!.url));
    expect(await shown.json()).toMatchObject({ wrongAmount: true, down: 504 });
    sandbox!.behave({ down: 'refused' });
    await expect(deliver(notice('S2'))).rejects.toThrow();
    sandbox!.behave({ down: false });
    expect((await deliver(notice('S2'))).status).toBe(200);
  });

  it('is slow to reply, and slow to answer', async () => {
    await start({ answer: 'by-webhook', replyAfterMs: 300, answerAfterMs: 300 });
    const began = performance.now();
    expect((await deliver(notice('S1'))).body).toEqual({});
    expect(performance.now() - began).toBeGreaterThanOrEqual(290);
    expect(heard).toEqual([]);
    await sandbox!.idle();
    expect(heard).toMatchObject([{ signed: true, data: { setl_id: 'S1' } }]);
  });

  it('sends every webhook several times, with the same id and bytes', async () => {
    await start({ answer: 'by-webhook', copies: 3 });
    await deliver(notice('S1'));
    await sandbox!.idle();
    expect(heard).toHaveLength(3);
    expect(new Set(heard.map(({ id, body }) => id + body)).size).toBe(1);
  });

  it('answers two bills in the wrong order', async () => {
    await start({ answer: 'by-webhook', outOfOrder: true });
    await deliver(notice('S1'));
    await sandbox!.idle();
    expect(heard).toEqual([]);
    await deliver(notice('S2'));
    await sandbox!.idle();
    expect(heard.map(({ data }) => data.setl_id)).toEqual(['S2', 'S1']);
  });

  it('signs with a key that nobody knows, and with its own again', async () => {
    await start({ answer: 'by-webhook', wrongSignature: true });
    await deliver(notice('S1'));
    await sandbox!.idle();
    sandbox!.behave({ wrongSignature: false });
    await deliver(notice('S2'));
    await sandbox!.idle();
    expect(heard.map(({ signed }) => signed)).toEqual([false, true]);
  });

  it('never answers', async () => {
    await start({ answer: 'never' });
    expect((await deliver(notice('S1'))).body).toEqual({});
    await sandbox!.idle();
    expect(heard).toEqual([]);
  });

  it.each(['{"dwon":503}', '{"down":418}', '{"copies":-1}', '{', '[]', ''])(
    'but not as %s asks, and says so',
    async (asked) => {
      await start();
      const before = { ...sandbox!.behaviour };
      expect((await ask('PUT', '/behaviour', asked)).status).toBe(400);
      expect(sandbox!.behaviour).toEqual(before);
    },
  );
});

it('sends what it is asked to, and says what the hub made of it', async () => {
  await start();
  const policy = { type: 'policy.terminated', data: { policy_no: 'P1' } };
  expect(await ask('POST', '/send', JSON.stringify(policy))).toMatchObject({ status: 200, body: { status: 202 } });
  expect(heard).toMatchObject([{ signed: true, data: { policy_no: 'P1' } }]);
  for (const wrong of ['{', '{"type":"policy.terminated"}', '{"data":{}}'])
    expect((await ask('POST', '/send', wrong)).status).toBe(400);
  expect(heard).toHaveLength(1);
});
