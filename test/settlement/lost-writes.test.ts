import { describe, expect, test } from 'vitest';
import type { Items } from '../../functions/runtime/items.ts';
import { loadRoster } from '../../functions/settlement/policies/load-roster.ts';
import { policyStore } from '../../functions/settlement/policies/policy-store.ts';
import { takePolicyMessage } from '../../functions/settlement/policies/take-policy-message.ts';
import { differenceStore } from '../../functions/settlement/reconciliation/difference-store.ts';
import { hubBooks } from '../../functions/settlement/reconciliation/hub-books.ts';
import { takePart } from '../../functions/settlement/reconciliation/take-statement.ts';
import { incoming } from '../../schemas/messages.ts';
import { changesBetween, type Roster } from '../simulator/lake.ts';
import { fairWeather, type MemoryItems, memoryItems } from '../simulator/memory-items.ts';
import { Counter, tables } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';
import { statementParts } from './reconciliation/books.ts';

/** Writes that report success and were not made: each of what a run writes is lost once, one run for each. */
const [A] = usccs(1) as [string];
const policy = { insurer: A, policy_no: 'P1', policy_sub_no: '' };
const secret = async () => 'a secret of at least thirty-two characters';

/** Does the same over tables that lose the first write, then over tables that lose the second, and so on. */
async function losingEach(act: (items: Items, all: MemoryItems) => Promise<void>): Promise<number> {
  for (let lost = 0; ; lost += 1) {
    const all = memoryItems();
    let writes = 0;
    await act(all.in({ ...fairWeather, lies: () => writes++ === lost }), all);
    if (writes <= lost) return lost;
  }
}

const row = { insurer_uscc: A, policy_no: 'P1', policy_sub_no: '', person_key: 'person-1', product_code: 'hui' };
const terms = { begn_date: '2024-01-01', end_date: '2024-12-31', wait_end: null, pre_existing: false };
const consent = { consent_no: 'C1', consent_begn: '2024-01-01', consent_end: '2024-12-31', policy_stas: '1' };
const roster: Roster = {
  snapshotId: 'r1',
  dataAsOf: '2024-06-01',
  sequence: 1,
  rows: [{ ...row, ...terms, ...consent }],
};

const load = (items: Items) =>
  loadRoster(
    {
      ...{ items, table: tables.policies, secret, now: () => new Date('2024-06-02T00:00:00Z') },
      newest: async () => roster,
      withChanges: (of, work) => work(changesBetween([roster], of)),
      pause: async () => {},
    },
    { policiesPerSecond: 1000, seconds: 60 },
  );
const revoke = (items: Items) => {
  const data = { policy_no: 'P1', consent_no: 'C1', revoked_at: '2024-06-02T00:00:00Z' };
  const message = incoming['consent.revoked'].parse({
    ...{ type: 'consent.revoked', timestamp: '2024-06-02T00:00:00Z', data },
  });
  const dependencies = { items, table: tables.policies, secret, holdToConsent: async () => {} };
  return takePolicyMessage(dependencies, {
    insurer: A,
    id: 'w1',
    message,
    receivedAt: new Date('2024-06-02T00:00:00Z'),
  });
};

describe('a write that is lost though it was said to be made', () => {
  test('loses nothing that an insurer says of a policy', async () => {
    const lost = await losingEach(async (items, all) => {
      await load(all);
      await revoke(items);
      expect((await policyStore(all, tables.policies).record(policy))?.revoked).toHaveProperty('C1');
    });
    expect(lost).toBeGreaterThan(0);
  });

  test('loses nothing of a roster, which is loaded in the end, once more where it must be', async () => {
    const lost = await losingEach(async (items, all) => {
      await load(items);
      await load(items);
      const record = await policyStore(all, tables.policies).record(policy);
      expect(record?.listed?.terms).toMatchObject({ product_code: 'hui', policy_stas: '1' });
      expect(all.all(tables.policies, 'roster')).toMatchObject([{ sk: 'loaded', snapshotId: 'r1' }]);
    });
    expect(lost).toBeGreaterThan(3);
  });

  test('loses no difference', async () => {
    const found = { day: '2024-06-02', source: 'bill', class: 'not-computable', key: 'S1', setl_id: 'S1' } as const;
    const lost = await losingEach(async (items, all) => {
      await differenceStore(items, tables.settlements).ensure([found], new Date('2024-06-02T00:00:00Z'));
      expect(all.all(tables.settlements).filter(({ sk }) => sk === 'difference')).toMatchObject([{ setl_id: 'S1' }]);
    });
    expect(lost).toBeGreaterThan(0);
  });
});

describe('what the core system was told that insurers pay', () => {
  async function comparedWith(insuredFen: number | undefined): Promise<unknown[]> {
    const counter = new Counter();
    await counter.sell(computes(A, 'hui'));
    await counter.insure(A, 'hui');
    await counter.settle();
    const parts = insuredFen === undefined ? {} : { parts: { insurer_pay_sumamt: insuredFen } };
    const line = { setl_id: 'S1', policy_no: '', policy_sub_no: '', fen: 1_000_000, ...parts };
    const scope = { source: 'core' as const, insurer: '', product_code: '', refd_setl_flag: '0' as const };
    counter.hours(48);
    for (const part of statementParts('2024-06-03', [line], 500, scope)) await takePart(counter.services, part);
    return counter.differences();
  }

  test('and is settled otherwise, its answer having been lost, is a difference that names the amount', async () => {
    const note = { zh: expect.stringContaining('insurer_pay_sumamt') };
    expect(await comparedWith(0)).toMatchObject([{ class: 'amount-differs', setl_id: 'S1', note }]);
  });

  test.each([150_000, undefined])('and is as the hub has it, or not in its file, is none: %s', async (insured) => {
    expect(await comparedWith(insured)).toEqual([]);
  });

  test('is not compared where the answer left open what would become of a reversal', async () => {
    const counter = new Counter();
    await counter.sell(computes(A, 'hui'));
    await counter.insure(A, 'hui');
    await counter.settle({ reverses: 'S1' });
    await counter.settle();
    const scope = { source: 'core' as const, insurer: '', product_code: '', refd_setl_flag: '1' as const };
    const [line] = await hubBooks(counter.items, tables, scope).linesOf('2024-06-03');
    expect(line).toMatchObject({ setl_id: 'R-S1' });
    expect(line!.parts).not.toHaveProperty('insurer_pay_sumamt');
  });
});

test('a window that a clock opened which ran ahead ends when it is right again: the patient does not wait for the day', async () => {
  const counter = new Counter();
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  counter.time += 90 * 86_400_000;
  const began = counter.time;
  counter.meanwhile = async () => {
    if (counter.time > began) counter.time -= 90 * 86_400_000;
  };
  expect(await counter.answer()).toMatchObject({ state: 'settled', psn_cash_pay: '3000.00' });
  expect(counter.time).toBeLessThan(began - 89 * 86_400_000);
});
