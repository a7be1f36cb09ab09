import { beforeEach, describe, expect, test } from 'vitest';
import { lookAtCorrected } from '../../functions/settlement/corrected-policies.ts';
import { policyAfter } from '../../functions/settlement/policies/policy-after.ts';
import { policyStore, policyWrites } from '../../functions/settlement/policies/policy-store.ts';
import { differenceStore } from '../../functions/settlement/reconciliation/difference-store.ts';
import type { SettlementDependencies } from '../../functions/settlement/settlement-dependencies.ts';
import { settlementStore } from '../../functions/settlement/settlement-store.ts';
import { fairWeather } from '../simulator/memory-items.ts';
import { Counter, tables } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';
import { certificateOf } from './policies/policy-builders.ts';
import { wireBill } from './wire-bill.ts';

/** A policy has paid for one person, then its insurer says that it is another's. */
const [A, B] = usccs(2) as [string, string];
const own = String(wireBill().certno);
const other = certificateOf(1);
let counter: Counter;
beforeEach(async () => {
  counter = new Counter();
  await counter.sell(computes(A, 'hui'));
  await counter.insure(A, 'hui');
});

const corrected = async (certno: string, policy_no = 'P-hui', insurer = A) => {
  counter.hours(1);
  const dates = { begn_date: '2024-01-01', end_date: '2024-12-31' };
  const product_code = policy_no.slice('P-'.length);
  await counter.say(insurer, 'policy.upserted', { policy_no, product_code, certno, ...dates, consent_no: 'C1' });
};
const ofPersons = () =>
  counter
    .differences()
    .filter(({ class: kind }) => kind === 'other-person')
    .sort((one, two) => (String(one.setl_id) < String(two.setl_id) ? -1 : 1));
const noted = () => counter.items.all(tables.policies, 'corrected');
const about = (setl_id: string, hubFen: number, state = 'open') => ({
  setl_id,
  hubFen,
  state,
  insurer: A,
  owner: 'operator',
});

test('every bill that it has paid for the first person is a difference, once, and nothing is taken back in silence', async () => {
  await counter.settle();
  await counter.settle({ setl_id: 'S2' });
  const { ledger } = await counter.state('S1');
  await corrected(other);
  await counter.settle({ setl_id: 'S3', also: { certno: other } });
  for (const _ of [1, 2]) await counter.sweep();
  expect(ofPersons()).toMatchObject([about('S1', 150_000), about('S2', 200_000)]);
  expect(ofPersons()[0]).toMatchObject({ policy_no: 'P-hui', product_code: 'hui', note: { zh: expect.any(String) } });
  expect(JSON.stringify(ofPersons())).not.toContain(other);
  expect((await counter.state('S1')).ledger).toEqual(ledger);
  expect(noted()).toEqual([]);
});

/** As the load of a roster writes it. */
async function listedForAnother(insurer: string, policy_no: string): Promise<void> {
  const key = { insurer, policy_no, policy_sub_no: '' };
  const known = await policyStore(counter.items, tables.policies).record(key);
  const terms = { ...known!.listed!.terms, person_ref: 'another' };
  const fact = { kind: 'listed' as const, asOf: '2024-06-03T00:00:00.000Z', source: 'roster:2', terms };
  await counter.items.write(policyWrites(tables.policies, known, policyAfter(known, key, fact)));
}

test('a roster that says so is heard of as a message is', async () => {
  await counter.settle();
  await listedForAnother(A, 'P-hui');
  await counter.sweep();
  expect(ofPersons()).toMatchObject([about('S1', 150_000)]);
});

test('corrected back, the difference is explained; corrected once more, it is open again', async () => {
  await counter.settle();
  for (const [certno, state] of [
    [other, 'open'],
    [own, 'explained'],
    [other, 'open'],
  ] as const) {
    await corrected(certno);
    await counter.sweep();
    expect(ofPersons()).toMatchObject([about('S1', 150_000, state)]);
  }
});

test('a bill of nothing, or one that is reversed, is none of it', async () => {
  await counter.settle({ setl_id: 'S1', psn_cash_pay: 100 });
  await counter.settle({ setl_id: 'S2' });
  await counter.settle({ reverses: 'S2' });
  await corrected(other);
  await counter.sweep();
  expect(ofPersons()).toEqual([]);
  expect(noted()).toEqual([]);
});

describe('an insurer that was asked and has not answered', () => {
  beforeEach(async () => {
    await counter.sell(asks(B, 'care'));
    await counter.insure(B, 'care');
    counter.settings = { ...counter.settings, payerOrder: [{ insurer: B }] };
    await counter.settle();
  });

  test('and has the notice: what is reserved for the first person is a difference', async () => {
    await counter.deliver();
    await corrected(other, 'P-care', B);
    await counter.sweep();
    expect(ofPersons()).toMatchObject([{ setl_id: 'S1', insurer: B, hubFen: 400_000 }]);
  });

  test.each([
    ['a message', () => corrected(other, 'P-care', B)],
    ['a roster', () => listedForAnother(B, 'P-care')],
  ])(
    'and does not have the notice: it goes out no more at the next sweep, by %s, and there is nothing to clear up',
    async (_, correct) => {
      await correct();
      await counter.sweep();
      expect((await counter.state()).shares[0]).toMatchObject({ state: 'voided' });
      expect(counter.sent('settlement.notice').find(({ insurer }) => insurer === B)).toMatchObject({ state: 'lapsed' });
      expect(ofPersons()).toEqual([]);
    },
  );
});

test('a look that was stopped anywhere is made again, and ends in the same', async () => {
  for (let at = 0, stopped = true; stopped; at += 1) {
    counter = new Counter();
    await counter.sell(computes(A, 'hui'));
    await counter.insure(A, 'hui');
    await counter.settle();
    await corrected(other);
    let operations = 0;
    const strike = async () => {
      if (operations++ === at) throw new Error('stopped');
    };
    const [one] = await policyStore(counter.items, tables.policies).corrected(10);
    const look = lookAtCorrected(onTables({ ...fairWeather, after: strike }), one!);
    stopped = await look.then(
      () => false,
      () => true,
    );
    await counter.sweep();
    expect(ofPersons()).toMatchObject([about('S1', 150_000)]);
    expect(noted()).toEqual([]);
  }
});

test('corrected back while it is looked at, it is looked at again', async () => {
  await counter.settle();
  await corrected(other);
  let begun = false;
  const before = async (operation: 'read' | 'write') => {
    if (operation === 'read' || begun) return;
    begun = true;
    await corrected(own);
  };
  const [one] = await policyStore(counter.items, tables.policies).corrected(10);
  await lookAtCorrected(onTables({ ...fairWeather, before }), one!);
  expect(ofPersons()).toMatchObject([about('S1', 150_000)]);
  expect(noted()).toHaveLength(1);
  await counter.sweep();
  expect(ofPersons()).toMatchObject([about('S1', 150_000, 'explained')]);
  const { events } = (await differenceStore(counter.items, tables.settlements).read(String(ofPersons()[0]!.id)))!;
  expect(events).toMatchObject([{ by: 'hub', to: 'explained' }]);
});

/** The counter's services, over tables in that weather. */
function onTables(weather: typeof fairWeather): SettlementDependencies {
  const items = counter.items.in(weather);
  return { ...counter.services, items, store: settlementStore(items, tables) };
}
