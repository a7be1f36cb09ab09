import { beforeEach, expect, test } from 'vitest';
import { addCounted, verifyAccumulators, verifyHistory } from '../../functions/settlement/ledger.ts';
import { accumulatorPage } from '../../functions/settlement/verify-ledger.ts';
import type { Counted } from '../../schemas/ledger.ts';
import { Counter } from './counter.ts';
import { computes, usccs } from './insurers.ts';
import { certificateOf } from './policies/policy-builders.ts';

/** An insurer corrects whose policy it is: mostly one person who has another certificate now. */
const [A] = usccs(1) as [string];
const others = [certificateOf(1), certificateOf(2)] as const;
let counter: Counter;
beforeEach(async () => {
  counter = new Counter();
  await counter.sell(computes(A, 'hui', { annualCap: '2500.00' }));
  await counter.insure(A, 'hui');
});

const bill = (setl_id: string, also: Record<string, unknown> = {}) => ({ setl_id, psn_cash_pay: 300_000, also });
const corrected = async (certno: string) => {
  counter.hours(1);
  await counter.say(A, 'policy.upserted', {
    policy_no: 'P-hui',
    product_code: 'hui',
    certno,
    begn_date: '2024-01-01',
    end_date: '2024-12-31',
    consent_no: 'C1',
  });
};
const paid = async (setlId: string) => (await counter.state(setlId)).shares.map(({ paidFen }) => paidFen);
const balances = async (...ids: string[]) => {
  const counted = new Map<string, Counted>();
  for (const id of ids) {
    const { faults, counted: own } = verifyHistory(id, await counter.services.store.history(id));
    expect(faults).toEqual([]);
    for (const one of own) addCounted(counted, one);
  }
  const { kept } = await accumulatorPage(counter.services, undefined);
  expect(verifyAccumulators(counted, kept, kept)).toEqual([]);
  return kept.map(({ sums }) => sums);
};

test('the year goes on where it was: no second deductible for the patient, no second cap for the insurer', async () => {
  await counter.settle(bill('S1'));
  expect(await paid('S1')).toEqual([100_000]);
  await corrected(others[0]);
  await counter.settle(bill('S2', { certno: others[0] }));
  expect(await paid('S2')).toEqual([150_000]);
  await corrected(others[1]);
  await counter.settle(bill('S3', { certno: others[1] }));
  expect(await paid('S3')).toEqual([0]);
  expect(await balances('S1', 'S2', 'S3')).toMatchObject([{ deductibleFen: 100_000, paidFen: 250_000 }]);
});

test('what was settled for the first person goes back when it is reversed, and what came since stays', async () => {
  await counter.settle(bill('S1'));
  await corrected(others[0]);
  await counter.settle(bill('S2', { certno: others[0] }));
  await counter.settle({ reverses: 'S1', psn_cash_pay: 300_000 });
  expect(await balances('S1', 'S2')).toMatchObject([{ deductibleFen: 0, countedFen: 300_000, paidFen: 150_000 }]);
  await counter.settle({ reverses: 'S2', psn_cash_pay: 300_000, also: { certno: others[0] } });
  expect(await balances('S1', 'S2')).toMatchObject([{ deductibleFen: 0, countedFen: 0, paidFen: 0 }]);
});

test('corrected back, the policy is the first person’s as before', async () => {
  await counter.settle(bill('S1'));
  await corrected(others[0]);
  await counter.settle(bill('S2', { certno: others[0] }));
  await corrected('110101199003074477');
  await counter.settle(bill('S3'));
  expect(await paid('S3')).toEqual([0]);
  expect(await counter.answer(bill('S4', { certno: others[0] }))).toMatchObject({ shares: [], not_asked: [] });
  expect(await balances('S1', 'S2', 'S3')).toHaveLength(1);
});

test('nothing counted yet: the other person begins the year', async () => {
  await corrected(others[0]);
  await counter.settle(bill('S1', { certno: others[0] }));
  expect(await paid('S1')).toEqual([100_000]);
});
