import { expect, test } from 'vitest';
import { Counter } from './counter.ts';
import { asks, usccs } from './insurers.ts';

const [A] = usccs(1) as [string];

test('after a revocation no new notice goes out; the reversal of what the insurer was told does', async () => {
  const counter = new Counter();
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle({ setl_id: 'S1' });
  await counter.deliver();
  await counter.adjudicate(A, 'P-care', '100.00', { setl_id: 'S1' });
  await counter.deliver();
  const revoked_at = new Date(counter.time).toISOString();
  await counter.say(A, 'consent.revoked', { policy_no: 'P-care', consent_no: 'C1', revoked_at });

  expect(await counter.answer({ setl_id: 'S2' })).toMatchObject({ shares: [] });
  await counter.settle({ reverses: 'S1' });

  expect(counter.sent('settlement.notice').map(({ setl_id }) => setl_id)).toEqual(['S1']);
  const [reversed] = counter.sent('settlement.reversed');
  expect(reversed).toMatchObject({ state: 'due', data: { setl_id: 'S1', reversed_amt: '100.00' } });
  expect(reversed?.sendBefore).toBeUndefined();
});
