import { afterEach, describe, expect, it } from 'vitest';
import { newKeys } from '../../functions/runtime/signatures/keys.ts';
import { type SignatureKey, sign, toWire } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { type MockInsurer, startMockInsurer } from '../../infra/sandbox/mock-insurer.ts';
import { incoming } from '../../schemas/messages.ts';

const notBefore = '2000-01-01T00:00:00Z';
const hubKey: SignatureKey = { kid: 'hub', scheme: 'v1', key: newKeys('v1').signing, notBefore };
const ownKey: SignatureKey = { kid: 'own', scheme: 'v1', key: newKeys('v1').signing, notBefore };

let sandbox: MockInsurer | undefined;
afterEach(async () => sandbox?.stop());

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
  sandbox = await startMockInsurer({ hubKeys: [hubKey], ownKeys: [ownKey], behaviour });
};

describe('the mock insurer', () => {
  it('answers a notice in its reply, and the same bill twice with the same words', async () => {
    await start({ ratio: 0.5 });
    const first = await deliver(notice('S1'));
    const second = await deliver(notice('S1'));
    expect(first.status).toBe(200);
    expect(first.body.data).toMatchObject({ setl_id: 'S1', decision: 'approved', paid_amt: '200.00' });
    expect(second.body.data).toEqual(first.body.data);
    expect(incoming['claim.adjudicated'].safeParse(first.body).success).toBe(true);
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

  it('misbehaves on request: answers more than is left, is down, comes back', async () => {
    await start({ wrongAmount: true });
    expect((await deliver(notice('S1'))).body.data).toMatchObject({ paid_amt: '400.01' });
    sandbox!.behave({ down: 503 });
    expect((await deliver(notice('S2'))).status).toBe(503);
    sandbox!.behave({ down: false });
    expect((await deliver(notice('S2'))).status).toBe(200);
  });
});
