import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Item } from '../../functions/runtime/items.ts';
import { addCounted, replay, verifyAccumulators, verifyHistory } from '../../functions/settlement/ledger.ts';
import type { History } from '../../functions/settlement/settlement-store.ts';
import { statementOf } from '../../functions/settlement/statement.ts';
import { accumulatorPage, verifyPage } from '../../functions/settlement/verify-ledger.ts';
import { BenefitTable } from '../../schemas/benefits.ts';
import { type PayerField, payerFields } from '../../schemas/bill.ts';
import type { Counted } from '../../schemas/ledger.ts';
import { fenOfYuan } from '../../schemas/money.ts';
import { Counter, tables } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';

const insurers = usccs(10);
const fen = (amount: string | undefined): number => fenOfYuan(amount ?? '0') as number;

const anyPayers = fc
  .record(Object.fromEntries(Object.keys(payerFields).map((field) => [field, fc.integer({ min: 0, max: 500_000 })])))
  .map((payers) => payers as Record<PayerField, number>);
const anyInsurers = fc.array(
  fc.record({
    mode: fc.constantFrom('hub', 'insurer'),
    percent: fc.integer({ min: 0, max: 100 }),
    deductible: fc.integer({ min: 0, max: 300_000 }),
    /** What the insurer does when it is asked: its share of the base, more than all, nothing, or silence. */
    says: fc.constantFrom('share', 'too-much', 'declines', 'nothing'),
    place: fc.integer({ min: 0, max: 9 }),
  }),
  { maxLength: 10 },
);
const anyEnding = fc.constantFrom('stays', 'expires', 'reversed');

/** Sells, insures, settles one random bill, lets everybody answer as they want to, and ends it. */
async function walk(
  payers: Record<PayerField, number>,
  sold: { mode: string; percent: number; deductible: number; says: string; place: number }[],
  acctDebited: boolean,
  ending: string,
): Promise<Counter> {
  const counter = new Counter();
  for (const [n, { mode, percent, deductible }] of sold.entries()) {
    const rules = { deductible: `${(deductible / 100).toFixed(2)}`, bands: [{ ratio: percent / 100 }] };
    await counter.sell(mode === 'hub' ? computes(insurers[n]!, `p${n}`, rules) : asks(insurers[n]!, `p${n}`));
    await counter.insure(insurers[n]!, `p${n}`);
  }
  const order = sold
    .map(({ place }, n) => ({ insurer: insurers[n]!, place }))
    .sort((one, other) => one.place - other.place);
  counter.settings = { ...counter.settings, acctDebited, payerOrder: order.map(({ insurer }) => ({ insurer })) };
  const asked = new Set<string>();
  counter.meanwhile = async () => {
    for (const { insurer, id, data } of counter.sent('settlement.notice')) {
      const n = insurers.indexOf(insurer);
      const { says, percent } = sold[n]!;
      if (data.mode === 'hub' || asked.has(id)) continue;
      asked.add(id);
      const share = Math.floor((fen(data.base_amt) * percent) / 100);
      if (says === 'share') await counter.adjudicate(insurer, `P-p${n}`, (share / 100).toFixed(2));
      if (says === 'too-much')
        await counter.adjudicate(insurer, `P-p${n}`, ((fen(data.base_amt) + 1) / 100).toFixed(2));
      if (says === 'declines') await counter.adjudicate(insurer, `P-p${n}`, '0.00', { decision: 'declined' });
    }
  };
  await counter.settle(payers);
  if (ending === 'expires') {
    for (let round = 0; round < 12; round += 1) {
      await counter.deliver();
      counter.hours(73);
      await counter.sweep();
      await counter.meanwhile();
    }
  }
  if (ending === 'reversed') await counter.settle({ ...payers, reverses: 'S1' });
  return counter;
}

const historyOf = (counter: Counter): Promise<History> => counter.services.store.history('S1');
/** Whether a bill was posted at all: one of nothing but zeros has no entries. */
const isEmpty = (payers: Record<string, number>): boolean => Object.values(payers).every((amount) => amount === 0);

describe('for any bill, any insurers in any order, whatever they answer', () => {
  const law = (check: (counter: Counter, payers: Record<PayerField, number>, ending: string) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(anyPayers, anyInsurers, fc.boolean(), anyEnding, async (payers, sold, acctDebited, ending) => {
        await check(await walk(payers, sold, acctDebited, ending), payers, ending);
      }),
      { numRuns: 60 },
    );

  test(
    'what payers, insurers and the patient pay is the whole bill, and no share is negative',
    () =>
      law(async (counter, payers) => {
        const { answer } = await counter.state();
        const shares = answer!.shares.map(({ paid_amt }) => fen(paid_amt));
        const amounts = [
          ...Object.values(answer!.payers).map(fen),
          ...shares,
          fen(answer!.acct_pay),
          fen(answer!.acct_mulaid_pay),
          fen(answer!.psn_cash_pay),
        ];
        expect(amounts.every((amount) => amount >= 0)).toBe(true);
        expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(Object.values(payers).reduce((a, b) => a + b, 0));
      }),
    120_000,
  );

  test(
    'the commands, replayed from empty, make the same entries and state, hash for hash, and everything balances',
    () =>
      law(async (counter) => {
        const history = await historyOf(counter);
        expect(verifyHistory('S1', history).faults).toEqual([]);
        const ids = history.entries.map(({ entry_id }) => entry_id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { entry_id, setl_id, share, kind, caused_by } of history.entries)
          expect(sha256([setl_id, share, kind, caused_by])).toContain(entry_id);
      }),
    120_000,
  );

  test(
    'the statement, from entries alone, says what the counter was told',
    () =>
      law(async (counter, payers, ending) => {
        const { answer, ledger } = await counter.state();
        const statement = statementOf(ledger);
        if (isEmpty(payers)) return expect(statement).toBeUndefined();
        const { medfee_sumamt, acct_pay, acct_mulaid_pay, psn_cash_pay } = statement!;
        const told = answer!;
        expect({ medfee_sumamt, acct_pay, acct_mulaid_pay, psn_cash_pay }).toEqual({
          medfee_sumamt: told.medfee_sumamt,
          acct_pay: told.acct_pay,
          acct_mulaid_pay: told.acct_mulaid_pay,
          psn_cash_pay: told.psn_cash_pay,
        });
        let left = fen(medfee_sumamt);
        for (const line of statement!.lines) {
          expect(fen(line.base)).toBeLessThanOrEqual(left);
          left -= fen(line.amount);
          expect(fen(line.left)).toBe(left);
        }
        expect(statement!.lines.at(-1)).toMatchObject({ amount: psn_cash_pay, left: '0.00' });
        for (const { insurer, policy_no, paid_amt } of told.shares) {
          const of = statement!.lines.find(
            ({ policy }) => policy?.insurer === insurer && policy?.policy_no === policy_no,
          );
          // Of a share that was never asked the ledger has nothing.
          expect(of?.amount ?? '0.00').toBe(paid_amt);
        }
        for (const [field, amount] of Object.entries(told.payers))
          expect(statement!.lines.find(({ account }) => account === `payer:${field}`)?.amount).toBe(amount);
        expect(statement!.reversed === undefined).toBe(ending !== 'reversed');
      }),
    120_000,
  );
});

/** A settlement with a posted share of either mode and one that waits. */
async function sample(): Promise<Counter> {
  const counter = new Counter();
  await counter.sell(computes(insurers[0]!, 'hui'));
  await counter.insure(insurers[0]!, 'hui');
  await counter.sell(asks(insurers[1]!, 'care'));
  await counter.insure(insurers[1]!, 'care');
  await counter.sell(asks(insurers[2]!, 'late'));
  await counter.insure(insurers[2]!, 'late');
  counter.settings = { ...counter.settings, payerOrder: insurers.slice(0, 3).map((insurer) => ({ insurer })) };
  counter.meanwhile = async () => {
    counter.meanwhile = async () => {};
    await counter.adjudicate(insurers[1]!, 'P-care', '500.00');
  };
  await counter.settle();
  return counter;
}

async function verifyAll(counter: Counter) {
  const faults = [];
  const sums = new Map<string, Counted>();
  for (let after: string | undefined, more = true; more; ) {
    const page = await verifyPage(counter.services, after);
    faults.push(...page.faults);
    for (const one of page.counted) addCounted(sums, one);
    after = page.next;
    more = after !== undefined;
  }
  const { kept } = await accumulatorPage(counter.services, undefined);
  return [...faults, ...verifyAccumulators(sums, kept, kept)].map(({ code }) => code);
}

describe('the ledger says what does not balance', () => {
  const entry = (change: object) => (counter: Counter) => tamper(counter, ({ sk }) => sk.startsWith('entry#'), change);
  const tampered: Record<string, [(counter: Counter) => Promise<unknown>, string]> = {
    'an amount of an entry': [entry({ amount_fen: 1 }), 'entry-differs'],
    'an account of an entry': [entry({ debit: 'payer:maf_pay' }), 'entry-differs'],
    'the time of an entry': [entry({ at: '2024-06-03T02:00:00.001Z' }), 'entry-differs'],
    'an entry that is gone': [(counter) => remove(counter, ({ sk }) => sk.startsWith('entry#')), 'entry-differs'],
    'a command that is gone': [(counter) => remove(counter, ({ sk }) => sk === 'command#000002'), 'state-differs'],
    'an amount in a command': [
      (counter) => tamper(counter, ({ sk }) => sk === 'command#000002', { paidFen: 1 }),
      'entry-differs',
    ],
    'a share of the settlement': [
      (counter) => tamper(counter, ({ sk }) => sk === 'settlement', { shares: [] }),
      'state-differs',
    ],
    'what a fund has paid': [
      (counter) =>
        tamper(counter, ({ sk, share }) => sk.startsWith('entry#') && share === 'hifp_pay', { amount_fen: 1 }),
      'not-balanced',
    ],
    'a share that was resolved once more': [
      (counter) =>
        tamper(counter, ({ kind, policy }) => kind === 'post' && policy !== undefined, {
          sk: 'entry#more',
          caused_by: 'x',
        }),
      'not-resolved-once',
    ],
    'a share that was never reserved': [
      (counter) => remove(counter, ({ kind }) => kind === 'pending'),
      'not-resolved-once',
    ],
    'a command that was never given': [
      (counter) => tamper(counter, ({ sk }) => sk === 'command#000001', { sk: 'command#000009' }),
      'not-replayed',
    ],
    'the command that it began with': [
      (counter) => remove(counter, ({ sk }) => sk === 'command#000001'),
      'not-replayed',
    ],
    'a settlement that is gone': [(counter) => remove(counter, ({ sk }) => sk === 'settlement'), 'orphan'],
    'what a policy has paid': [
      (counter) => tamper(counter, ({ sk }) => sk.startsWith('accumulator#'), { paidFen: 1 }, tables.policies),
      'accumulator-differs',
    ],
    'what the funds have paid in a year': [
      (counter) => tamper(counter, ({ sk }) => sk.startsWith('benefits#'), { paidFen: 1 }, tables.policies),
      'accumulator-differs',
    ],
    'an accumulator that is gone': [
      (counter) => remove(counter, ({ sk }) => sk.startsWith('accumulator#'), tables.policies),
      'accumulator-differs',
    ],
  };

  test('of a good ledger it says nothing', async () => {
    expect(await verifyAll(await sample())).toEqual([]);
  });

  test.each(Object.entries(tampered))('%s', async (_, [change, code]) => {
    const counter = await sample();
    await change(counter);
    expect(await verifyAll(counter)).toContain(code);
  });
});

const sha256 = (parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

type Picked = (item: Item) => boolean;
async function tamper(counter: Counter, picked: Picked, change: object, table = tables.settlements): Promise<void> {
  const item = counter.items.all(table).find(picked)!;
  await counter.items.write([{ table, put: { ...item, ...change } }]);
}
async function remove(counter: Counter, picked: Picked, table = tables.settlements): Promise<void> {
  const { pk, sk } = counter.items.all(table).find(picked)!;
  await counter.items.write([{ table, delete: { pk, sk } }]);
}

test('an accumulator that moved while the settlements were read is not compared', async () => {
  const counter = await sample();
  const { kept } = await accumulatorPage(counter.services, undefined);
  // Of the policy, and of the public funds.
  expect(kept).toHaveLength(2);
  const moved = kept.map((one) => ({ ...one, sums: { paidFen: 1 }, version: one.version + 1 }));
  expect(verifyAccumulators(new Map(), kept, moved)).toEqual([]);
  expect(verifyAccumulators(new Map(), moved, moved)).toMatchObject(Array(2).fill({ code: 'accumulator-differs' }));
});

test('ten insurers and all payers of one bill fit into one transaction, their reversal too', async () => {
  const counter = new Counter();
  for (const [n, insurer] of insurers.entries()) {
    await counter.sell(computes(insurer, `p${n}`, { deductible: '0', bands: [{ ratio: 0.1 }] }));
    await counter.insure(insurer, `p${n}`);
  }
  const payers = Object.fromEntries(Object.keys(payerFields).map((field) => [field, 10_000]));
  expect((await counter.answer(payers)).shares).toHaveLength(10);
  await counter.deliver();
  await counter.settle({ ...payers, reverses: 'S1' });
  const history = await historyOf(counter);
  expect(history.settlement?.state).toBe('reversed');
  expect(verifyHistory('S1', history).faults).toEqual([]);
});

test('so do ten that all relieve the account of a bill of which every tier differs: the most that one can take', async () => {
  const counter = new Counter();
  for (const [n, insurer] of insurers.entries()) {
    await counter.sell(computes(insurer, `p${n}`, { deductible: '0', bands: [{ ratio: 0.1 }] }));
    await counter.insure(insurer, `p${n}`);
  }
  counter.settings = { ...counter.settings, benefits: BenefitTable.parse({ checkTiers: true }) };
  const payers = { ...Object.fromEntries(Object.keys(payerFields).map((field) => [field, 10_000])), psn_cash_pay: 0 };
  const also = { idet_types: ['minimum-living'] };
  expect((await counter.answer({ ...payers, also })).shares).toHaveLength(10);
  expect(counter.differences()).toHaveLength(4);
  expect((await counter.state()).shares.every(({ acctFen = 0 }) => acctFen > 0)).toBe(true);
  await counter.settle({ ...payers, also, reverses: 'S1' });
  expect(verifyHistory('S1', await historyOf(counter)).faults).toEqual([]);
});

test('of eleven insurers the last is not asked, and it is said why', async () => {
  const counter = new Counter();
  for (const [n, insurer] of usccs(11).entries()) {
    await counter.sell(computes(insurer, `p${n}`));
    await counter.insure(insurer, `p${n}`);
  }
  expect(await counter.answer()).toMatchObject({
    shares: { length: 10 },
    not_asked: [{ reason: 'too-many-insurers' }],
  });
});

test('replaying leaves what it reads as it is, and is the same however often it is done', async () => {
  const history = await historyOf(await sample());
  const before = structuredClone(history);
  const [first, second] = [replay(history), replay(history)];
  expect(history).toEqual(before);
  expect(second).toEqual(first);
});
