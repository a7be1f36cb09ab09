import { describe, expect, test } from 'vitest';
import type { Item, Write } from '../../functions/runtime/items.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { memoryItems } from '../simulator/memory-items.ts';
import { Counter } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';
import { wireBill } from './wire-bill.ts';

const [A, B, C] = usccs(3) as [string, string, string];

describe('product of mode hub', () => {
  test('is posted at once, the insurer is told, and the patient pays what is left', async () => {
    const counter = new Counter();
    await counter.sell(computes(A, 'hui'));
    await counter.insure(A, 'hui');
    // 3000 cash and 1000 of the account are left; (4000 - 1000) * 0.5 relieves cash first.
    expect(await counter.answer()).toMatchObject({ state: 'settled', psn_cash_pay: '1500.00', acct_pay: '1000.00' });
    const { shares, ledger } = await counter.state();
    expect(shares).toMatchObject([
      { state: 'posted', baseFen: 400_000, paidFen: 150_000, cashFen: 150_000, acctFen: 0 },
    ]);
    expect(ledger.map(({ kind, debit, credit, amount_fen }) => [kind, debit, credit, amount_fen])).toEqual([
      ['post', 'payer:hifp_pay', 'provider:H50023600001', 600_000],
      ['post', 'payer:acct_pay', 'provider:H50023600001', 100_000],
      ['post', 'patient', 'provider:H50023600001', 300_000],
      ['pending', `insurer:${A}:hui`, 'patient', 150_000],
      ['post', `insurer:${A}:hui`, 'patient', 150_000],
    ]);
    const [notice] = counter.sent('settlement.notice');
    expect(notice?.data).toMatchObject({
      base_amt: '4000.00',
      share_amt: '1500.00',
      person_ref: `${A.slice(-4)}-person`,
    });
    expect(JSON.stringify(notice)).not.toMatch(/110101199003074477|张三/);
    expect(await counter.accumulators()).toMatchObject([
      { year: '2024', deductibleFen: 100_000, countedFen: 300_000, paidFen: 150_000, version: 1 },
    ]);
  });
});

test('a notice says how much of the bill lies within the scope, where the bill says so', async () => {
  const counter = new Counter();
  await counter.sell(computes(A, 'hui'));
  await counter.insure(A, 'hui');
  await counter.settle();
  await counter.settle({ setl_id: 'S2', psn_cash_pay: 200_000, also: { inscp_scp_amt: '1900.00' } });
  const stated = counter.sent('settlement.notice').map(({ setl_id, data }) => `${setl_id} ${data.inscp_scp_amt}`);
  expect(stated.sort()).toEqual(['S1 undefined', 'S2 1900.00']);
});

describe('product of mode insurer', () => {
  test('an answer within the window settles the bill', async () => {
    const counter = new Counter();
    await counter.sell(asks(A, 'care'));
    await counter.insure(A, 'care');
    let answered = false;
    counter.meanwhile = async () => {
      if (answered) return;
      answered = true;
      await counter.deliver();
      await counter.adjudicate(A, 'P-care', '3500.00');
    };
    expect(await counter.answer()).toMatchObject({ state: 'settled', psn_cash_pay: '0.00', acct_pay: '500.00' });
    expect(counter.sent('claim.posted')[0]?.data).toMatchObject({ posted_amt: '3500.00', payout: false });
  });

  test('no answer within the window: the patient pays, and a later answer is paid out', async () => {
    const counter = new Counter();
    await counter.sell(asks(A, 'care'));
    await counter.insure(A, 'care');
    expect(await counter.answer()).toMatchObject({ state: 'settled', psn_cash_pay: '3000.00', acct_pay: '1000.00' });
    await counter.deliver();
    counter.hours(71);
    await counter.adjudicate(A, 'P-care', '2000.00');
    const { shares, answer } = await counter.state();
    expect(shares).toMatchObject([{ state: 'posted', paidFen: 200_000, payout: true }]);
    expect(answer).toMatchObject({ psn_cash_pay: '3000.00' });
    expect(counter.sent('claim.posted')[0]?.data).toMatchObject({ payout: true });
  });
});

test('insurers are asked strictly one after the other, in the order of the settings', async () => {
  const counter = new Counter();
  for (const [insurer, code] of [
    [A, 'a'],
    [B, 'b'],
    [C, 'c'],
  ] as const) {
    await counter.sell(insurer === B ? computes(B, 'b', { deductible: '0' }) : asks(insurer, code));
    await counter.insure(insurer, code);
  }
  counter.settings = { ...counter.settings, payerOrder: [{ insurer: C }, { insurer: B }, { insurer: A }] };
  let step = 0;
  counter.meanwhile = async () => {
    step += 1;
    if (step === 2) {
      expect(counter.sent('settlement.notice').map(({ insurer }) => insurer)).toEqual([C]);
      await counter.adjudicate(C, 'P-c', '1000.00');
    }
    if (step === 4) {
      expect(
        counter
          .sent('settlement.notice')
          .map(({ insurer }) => insurer)
          .sort(),
      ).toEqual([A, B, C].sort());
      await counter.adjudicate(A, 'P-a', '0.00', { decision: 'declined' });
    }
  };
  // 4000 left: C pays 1000; B half of 3000; A declines.
  expect(await counter.answer()).toMatchObject({ psn_cash_pay: '500.00', acct_pay: '1000.00' });
  expect((await counter.state()).shares.map(({ insurer, state, baseFen }) => [insurer, state, baseFen])).toEqual([
    [C, 'posted', 400_000],
    [B, 'posted', 300_000],
    [A, 'declined', 150_000],
  ]);
});

test('a share’s reservation stands in one transaction with its notice, and with what resolved the share before it', async () => {
  const items = memoryItems();
  const transactions: string[][] = [];
  const counter = new Counter({
    ...items,
    async write(writes) {
      const written = await items.write(writes);
      if (written) transactions.push(writes.flatMap(told));
      return written;
    },
  });
  for (const [insurer, product] of [
    [A, asks(A, 'a')],
    [B, computes(B, 'b', { deductible: '0' })],
    [C, asks(C, 'c')],
  ] as const) {
    await counter.sell(product);
    await counter.insure(insurer, product.product_code);
  }
  counter.settings = { ...counter.settings, payerOrder: [A, B, C].map((insurer) => ({ insurer })) };
  const during = async (act: () => Promise<unknown>) => {
    transactions.length = 0;
    await act();
    return transactions.filter((one) => one.length > 0);
  };
  // 4000 are left; the hub's share is half of what A leaves.
  expect(await during(() => counter.settle())).toEqual([[`pending ${A} 400000`, `settlement.notice ${A}`]]);
  expect(await during(() => counter.adjudicate(A, 'P-a', '1000.00'))).toEqual([
    [
      ...[`post ${A} 100000`, `pending ${B} 150000`, `post ${B} 150000`, `pending ${C} 150000`],
      ...[`claim.posted ${A}`, `settlement.notice ${B}`, `settlement.notice ${C}`],
    ],
  ]);
});

/** Of a write: the entry of an insurer's share, or the message to an insurer. */
function told(write: Write): string[] {
  if (!('put' in write)) return [];
  const { sk, kind, policy, amount_fen, type, insurer } = write.put as Item & { policy?: { insurer: string } };
  if (sk.startsWith('entry#') && policy !== undefined) return [`${kind} ${policy.insurer} ${amount_fen}`];
  return sk === 'message' && type !== undefined ? [`${type} ${insurer}`] : [];
}

describe('the window of the counter', () => {
  test.each([
    ['ten seconds where nothing else is set', {}, 10_000],
    ['as many as the area sets', { windowSeconds: 3 }, 3000],
  ])('lasts %s, and the call waits no longer', async (_, set, milliseconds) => {
    const counter = new Counter();
    counter.settings = { ...counter.settings, ...set };
    await counter.sell(asks(A, 'care'));
    await counter.insure(A, 'care');
    const began = counter.time;
    expect(await counter.answer()).toMatchObject({ state: 'settled', psn_cash_pay: '3000.00' });
    expect(counter.time - began).toBe(milliseconds);
  });

  test('takes an answer of its last tenth of a second', async () => {
    const counter = new Counter();
    await counter.sell(asks(A, 'care'));
    await counter.insure(A, 'care');
    const began = counter.time;
    counter.meanwhile = async () => {
      if (counter.time - began === 9900) await counter.adjudicate(A, 'P-care', '3000.00');
    };
    expect(await counter.answer()).toMatchObject({ psn_cash_pay: '0.00' });
  });
});

test('accumulators are of a policy and a year: a stay counts for the year it ends in', async () => {
  const counter = new Counter();
  await counter.sell(computes(A, 'hui'));
  const consent = { consent_no: 'C1', consent_begn: '2024-01-01', consent_end: '2025-12-31', fields: [] };
  await counter.insure(A, 'hui', { end_date: '2025-12-31', consent });
  for (const [setl_id, begndate, enddate] of [
    ['S1', '2024-12-01', '2024-12-31'],
    ['S2', '2024-12-31', '2025-01-01'],
  ])
    expect(await counter.answer({ setl_id: setl_id!, also: { begndate, enddate } })).toMatchObject({
      psn_cash_pay: '1500.00',
    });
  const counted = { deductibleFen: 100_000, countedFen: 300_000, paidFen: 150_000 };
  expect(await counter.accumulators()).toMatchObject([
    { year: '2024', ...counted },
    { year: '2025', ...counted },
  ]);
});

test('who is asked was decided at acceptance: policies that the person gets since take nobody’s turn', async () => {
  const counter = new Counter();
  const newer = usccs(14).slice(3);
  for (const insurer of [A, B, ...newer])
    await counter.sell(insurer === A ? asks(A, 'care') : computes(insurer, 'hui'));
  await counter.insure(A, 'care');
  await counter.insure(B, 'hui');
  counter.settings = { ...counter.settings, payerOrder: [A, ...newer, B].map((insurer) => ({ insurer })) };
  await counter.settle();
  for (const insurer of newer) await counter.insure(insurer, 'hui');
  await counter.adjudicate(A, 'P-care', '0.00', { decision: 'declined' });
  expect((await counter.state()).shares).toMatchObject([
    { insurer: A, state: 'declined' },
    { insurer: B, state: 'posted', paidFen: 150_000 },
  ]);
});

test('the same id twice, and a hundred times at once, gives the first answer', async () => {
  const counter = new Counter();
  await counter.sell(computes(A, 'hui'));
  await counter.insure(A, 'hui');
  const all = await Promise.all(Array.from({ length: 100 }, () => counter.settle()));
  expect(all.filter((one) => !isRefusal(one) && one.first)).toHaveLength(1);
  expect(new Set(all.map((one) => JSON.stringify('answer' in one && one.answer))).size).toBe(1);
  expect((await counter.state()).version).toBe(1);
  expect(await counter.settle()).toMatchObject({ first: false, answer: { psn_cash_pay: '1500.00' } });
  const other = await counter.settle({ psn_cash_pay: 1 });
  expect(other).toMatchObject({ kind: 'refusal', code: 'settlement/same-id-other-content' });
  expect(counter.differences()).toMatchObject([{ class: 'same-id-other-content' }]);
});

test('a bill whose sums differ is kept, answered with the sums, and becomes a difference', async () => {
  const counter = new Counter();
  const bill = wireBill({ hifp_pay: 100, psn_cash_pay: 100, also: { psn_part_amt: '1.01' } });
  const refused = {
    code: 'settlement/sums-differ',
    sums: expect.arrayContaining([
      expect.objectContaining({ field: 'psn_part_amt', stated: '1.01', computed: '1.00' }),
    ]),
  };
  expect(await counter.settle(bill)).toMatchObject(refused);
  expect(await counter.settle(bill)).toMatchObject(refused);
  expect(await counter.state()).toMatchObject({ state: 'received', ledger: [], bill: { psn_part_amt: 101 } });
  expect(counter.differences()).toMatchObject([{ class: 'sums-differ' }]);
});
