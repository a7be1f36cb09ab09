import { Hono } from 'hono';
import { beforeEach, expect, test } from 'vitest';
import type { Api, ApiVariables } from '../../functions/runtime/http.ts';
import { balancesOf, verifyHistory } from '../../functions/settlement/ledger.ts';
import { differenceStore } from '../../functions/settlement/reconciliation/difference-store.ts';
import { takePart } from '../../functions/settlement/reconciliation/take-statement.ts';
import { settlementRoutes } from '../../functions/settlement/settlement-routes.ts';
import { statementOf } from '../../functions/settlement/statement.ts';
import { fenOfYuan } from '../../schemas/money.ts';
import { Counter, tables } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';
import { statementParts } from './reconciliation/books.ts';

const [A, B, C] = usccs(3) as [string, string, string];
let counter: Counter;

beforeEach(async () => {
  counter = new Counter();
  await counter.sell(computes(A, 'hui'));
  await counter.insure(A, 'hui');
});

const balances = async (id = 'S1') =>
  Object.fromEntries([...balancesOf((await counter.state(id)).ledger)].filter(([, fen]) => fen !== 0));
const alsoAsk = async () => {
  await counter.sell(asks(B, 'care'));
  await counter.insure(B, 'care');
  counter.settings = { ...counter.settings, payerOrder: [{ insurer: A }, { insurer: B }] };
};

test('posts the opposite entries in reverse payer order, once; nobody is owed anything', async () => {
  await counter.settle();
  await counter.deliver();
  expect(await counter.answer({ reverses: 'S1' })).toMatchObject({
    setl_id: 'R-S1',
    state: 'reversed',
    medfee_sumamt: '-10000.00',
    psn_cash_pay: '-1500.00',
  });
  const { ledger } = await counter.state();
  const posted = ledger.filter(({ kind }) => kind === 'post');
  const reversed = ledger.filter(({ kind }) => kind === 'reverse');
  expect(reversed.map(({ debit, credit, amount_fen }) => [debit, credit, amount_fen])).toEqual(
    posted.reverse().map(({ debit, credit, amount_fen }) => [credit, debit, amount_fen]),
  );
  expect(await balances()).toEqual({});
  const [notice, reversal] = [counter.sent('settlement.notice')[0]!, counter.sent('settlement.reversed')[0]!];
  expect(reversal).toMatchObject({ after: notice.id, data: { reversed_amt: '1500.00', refd_setl_id: 'R-S1' } });
});

test('twice gives the first result, by the same id and by another', async () => {
  await counter.settle();
  const first = await counter.answer({ reverses: 'S1' });
  const { ledger } = await counter.state();
  expect(await counter.settle({ reverses: 'S1' })).toEqual({ first: false, answer: first });
  expect(await counter.settle({ reverses: 'S1', setl_id: 'R2' })).toEqual({ first: false, answer: first });
  expect(await counter.settle({ reverses: 'S1', setl_id: 'R2' })).toEqual({ first: false, answer: first });
  expect((await counter.state()).ledger).toEqual(ledger);
});

test('of several that came before the settlement and say otherwise, the one that fits reverses it; each other is a difference', async () => {
  const wrong = { reverses: 'S1', psn_cash_pay: 1 };
  for (const bill of [
    { ...wrong, setl_id: 'R1' },
    { ...wrong, setl_id: 'R2' },
    { reverses: 'S1', setl_id: 'R3' },
  ])
    expect(await counter.answer(bill)).toMatchObject({ setl_id: bill.setl_id, state: 'reversing' });
  expect(await counter.answer()).toMatchObject({ state: 'reversed', not_asked: [{ reason: 'reversed-before' }] });
  expect(await counter.state()).toMatchObject({ state: 'reversed', reversal: { setl_id: 'R3' } });
  expect(await balances()).toEqual({});
  expect(refusedIds()).toEqual(['R1', 'R2']);
  for (const id of ['R1', 'R2'])
    expect(await counter.settle({ ...wrong, setl_id: id })).toMatchObject({ code: 'settlement/reversal-differs' });
  expect(await counter.settle({ reverses: 'S1', setl_id: 'R3' })).toMatchObject({ first: false });
  expect(verifyHistory('S1', await counter.services.store.history('S1')).faults).toEqual([]);
});

test('of several that came before the settlement and none of which fits, each is a difference, and the bill stands', async () => {
  const wrong = { reverses: 'S1', psn_cash_pay: 1 };
  for (const setl_id of ['R1', 'R2']) await counter.answer({ ...wrong, setl_id });
  await counter.answer({ ...wrong, setl_id: 'R3', psn_cash_pay: 2 });
  expect(counter.differences()).toEqual([]);
  expect(await counter.answer()).toMatchObject({ state: 'settled' });
  expect(refusedIds()).toEqual(['R1', 'R2', 'R3']);
  expect(await counter.answer({ reverses: 'S1', setl_id: 'R4' })).toMatchObject({ state: 'reversed' });
  expect(await balances()).toEqual({});
  expect(verifyHistory('S1', await counter.services.store.history('S1')).faults).toEqual([]);
});

test('however many come before the settlement: beyond five, one that says otherwise than the first is refused at once', async () => {
  for (let n = 1; n <= 5; n++)
    expect(await counter.answer({ reverses: 'S1', psn_cash_pay: n, setl_id: `R${n}` })).toMatchObject({
      state: 'reversing',
    });
  expect(await counter.settle({ reverses: 'S1', psn_cash_pay: 6, setl_id: 'R6' })).toMatchObject({
    code: 'settlement/reversal-differs',
    details: { field: 'psn_cash_pay' },
  });
  expect(refusedIds()).toEqual(['R6']);
  expect(await counter.answer()).toMatchObject({ state: 'settled' });
  expect(refusedIds()).toEqual(['R1', 'R2', 'R3', 'R4', 'R5', 'R6']);
});

test('beyond five, one that says the same as the first shares what becomes of it, and its difference where it does not fit', async () => {
  for (let n = 1; n <= 5; n++) await counter.answer({ reverses: 'S1', psn_cash_pay: n, setl_id: `R${n}` });
  const same = { reverses: 'S1', psn_cash_pay: 1, setl_id: 'R6' };
  expect(await counter.answer(same)).toMatchObject({ state: 'reversing' });
  expect(await counter.answer()).toMatchObject({ state: 'settled' });
  expect(await counter.settle(same)).toMatchObject({ code: 'settlement/reversal-differs' });
  expect(await view('R6')).toMatchObject({ refused: 'settlement/reversal-differs' });
  expect(refusedIds()).toEqual(['R1', 'R2', 'R3', 'R4', 'R5']);
});

/** Reversals that people find among the differences about S1. */
const refusedIds = () =>
  counter
    .differences()
    .filter(
      ({ class: kind, setl_id, refd_setl_flag }) => `${kind} ${setl_id} ${refd_setl_flag}` === 'amount-differs S1 1',
    )
    .map(({ key }) => String(key).slice('S1/'.length))
    .sort();

test('while the counter waits for an insurer: the counter is told that the bill is reversed, and nobody is owed anything', async () => {
  await alsoAsk();
  const began = counter.time;
  counter.meanwhile = async () => {
    if (counter.time - began === 1000) await counter.settle({ reverses: 'S1' });
  };
  expect(await counter.answer()).toMatchObject({ state: 'reversed' });
  expect(counter.time - began).toBe(1000);
  expect((await counter.state()).shares).toMatchObject([{ state: 'posted' }, { state: 'voided', reason: 'reversed' }]);
  expect(await balances()).toEqual({});
  expect(await counter.accumulators()).toMatchObject([{ deductibleFen: 0, countedFen: 0, paidFen: 0 }]);
});

test('a hundred at once reverse once', async () => {
  await counter.settle();
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, n) => counter.settle({ reverses: 'S1', setl_id: `R${n % 50}` })),
  );
  expect(all.filter((one) => 'first' in one && one.first)).toHaveLength(1);
  expect((await counter.state()).ledger.filter(({ kind }) => kind === 'reverse')).toHaveLength(4);
  expect(await balances()).toEqual({});
});

test('accumulators go back, without touching what other bills have counted since', async () => {
  await counter.settle();
  // 1000 of the deductible is used up by S1: half of 400 is paid.
  expect(await counter.answer({ setl_id: 'S2', psn_cash_pay: 40_000 })).toMatchObject({ psn_cash_pay: '200.00' });
  await counter.settle({ reverses: 'S1' });
  expect(await counter.accumulators()).toMatchObject([{ deductibleFen: 0, countedFen: 40_000, paidFen: 20_000 }]);
});

test('before its settlement it is kept, and applied when that comes: nobody is asked, nobody is owed anything', async () => {
  await alsoAsk();
  expect(await counter.answer({ reverses: 'S1' })).toMatchObject({ state: 'reversing', psn_cash_pay: '0.00' });
  expect(await counter.state()).toMatchObject({ state: 'reversing' });
  expect(await counter.answer()).toMatchObject({
    state: 'reversed',
    shares: [],
    not_asked: [{ reason: 'reversed-before' }, {}],
  });
  expect(await counter.state()).toMatchObject({ state: 'reversed' });
  expect(await balances()).toEqual({});
  expect(counter.sent()).toEqual([]);
  expect(await counter.accumulators()).toEqual([]);
  expect(await counter.settle()).toMatchObject({ first: false, answer: { state: 'reversed' } });
  expect(await counter.settle({ reverses: 'S1' })).toMatchObject({ first: false, answer: { state: 'reversing' } });
});

test('one that is not the opposite of its settlement reverses nothing and becomes a difference, whichever comes first', async () => {
  await counter.settle();
  const other = { setl_id: 'R1', reverses: 'S1', psn_cash_pay: 1 };
  expect(await counter.settle(other)).toMatchObject({ code: 'settlement/reversal-differs' });
  expect(await counter.settle(other)).toMatchObject({ code: 'settlement/reversal-differs' });
  expect(await counter.state()).toMatchObject({ state: 'settled' });
  expect(counter.differences()).toMatchObject([{ class: 'amount-differs', setl_id: 'S1', refd_setl_flag: '1' }]);
  await counter.settle({ setl_id: 'R2', reverses: 'S2', psn_cash_pay: 1 });
  expect(await counter.answer({ setl_id: 'S2' })).toMatchObject({ state: 'settled' });
  expect(counter.differences()).toHaveLength(2);
});

/** Half of the bill of a test, taken back. */
const half = (setl_id: string, reverses = 'S1') => ({
  ...{ setl_id, reverses },
  ...{ hifp_pay: 300_000, acct_pay: 50_000, psn_cash_pay: 150_000 },
});
const differs = { code: 'settlement/reversal-differs', details: { field: 'hifp_pay' } };

/** What a caller of the API sees. */
async function view(id: string): Promise<Record<string, unknown>> {
  const api: Api = new Hono<{ Variables: ApiVariables }>();
  settlementRoutes(api, counter.services);
  return (await api.request(`/settlements/${id}`)).json() as Promise<Record<string, unknown>>;
}

/** Classes of what the core system's file of the first day, with both halves in it, has otherwise than the hub. */
async function comparedWithCore(): Promise<string[]> {
  const lines = ['R1', 'R2'].map((setl_id) => ({ setl_id, policy_no: '', policy_sub_no: '', fen: 500_000 }));
  const scope = { source: 'core' as const, insurer: '', product_code: '', refd_setl_flag: '1' as const };
  counter.hours(48);
  for (const part of statementParts('2024-06-03', lines, 500, scope)) await takePart(counter.services, part);
  return counter
    .differences()
    .map((one) => `${one.class} ${one.setl_id}`)
    .sort();
}

test('two halves are no whole: a half is refused where its bill is there, in both languages, and stands in no book', async () => {
  await counter.settle();
  for (const id of ['R1', 'R2', 'R1']) expect(await counter.settle(half(id))).toMatchObject(differs);
  expect(await counter.state()).toMatchObject({ state: 'settled' });
  for (const id of ['R1', 'R2'])
    expect(await view(id)).toMatchObject({
      ...{ orig_setl_id: 'S1', refused: 'settlement/reversal-differs' },
      reason: { zh: expect.stringContaining('整单退费'), en: expect.stringContaining('reversed as a whole') },
    });
  expect(await comparedWithCore()).toEqual([
    ...['amount-differs S1', 'amount-differs S1'],
    ...['insurer-only R1', 'insurer-only R2'],
  ]);
});

test('a half that came before its bill ends as one that came after: refused, shown so, and in no book', async () => {
  for (const id of ['R1', 'R2'])
    expect(await counter.settle(half(id))).toMatchObject({ answer: { state: 'reversing', medfee_sumamt: '0.00' } });
  expect(await view('R1')).not.toHaveProperty('refused');
  expect(await counter.answer()).toMatchObject({ state: 'settled', medfee_sumamt: '10000.00' });
  for (const id of ['R1', 'R2']) {
    expect(await counter.settle(half(id))).toMatchObject(differs);
    expect(await view(id)).toMatchObject({ refused: 'settlement/reversal-differs', counter: { state: 'reversing' } });
  }
  expect(await comparedWithCore()).toEqual([
    ...['amount-differs S1', 'amount-differs S1'],
    ...['insurer-only R1', 'insurer-only R2'],
  ]);
  // The whole can still be reversed.
  expect(await counter.answer({ reverses: 'S1', setl_id: 'R3' })).toMatchObject({ state: 'reversed' });
  expect(await balances()).toEqual({});
});

test.each(['bill', 'half'] as const)(
  'the bill tells that a reversal of it was refused, and by which difference people clear it up, %s first',
  async (first) => {
    if (first === 'bill') await counter.settle();
    await counter.settle(half('R1'));
    if (first === 'half') await counter.settle();
    const [found] = counter.differences();
    const told = { id: found!.id, state: 'open', source: 'bill', hub_amt: '10000.00', other_amt: '5000.00' };
    const note = {
      zh: expect.stringMatching(/R1 未予退费：hifp_pay/),
      en: expect.stringMatching(/R1 was refused.*hifp_pay/),
    };
    expect(await view('S1')).toMatchObject({ state: 'settled', differences: [{ ...told, note }] });
    expect(await view('R1')).toMatchObject({ refused: differs.code, differences: [told] });
    const act = {
      at: new Date(counter.time).toISOString(),
      by: 'operator/li',
      to: 'resolved' as const,
      reason: 'told',
    };
    await differenceStore(counter.items, tables.settlements).change(String(found!.id), act);
    expect(await view('S1')).toMatchObject({ differences: [{ id: found!.id, state: 'resolved' }] });
    await counter.settle({ setl_id: 'S2' });
    expect(await view('S2')).not.toHaveProperty('differences');
  },
);

test('a half of a bill that is reversed already does not pass for its reversal', async () => {
  await counter.settle();
  const first = await counter.answer({ reverses: 'S1' });
  expect(await counter.settle(half('R1'))).toMatchObject(differs);
  expect(counter.differences()).toMatchObject([{ class: 'amount-differs', setl_id: 'S1', refd_setl_flag: '1' }]);
  expect(await counter.settle({ reverses: 'S1', setl_id: 'R2' })).toEqual({ first: false, answer: first });
});

test('of a posted share that is reversed before its notice went out the insurer hears both: both stand in its book', async () => {
  await counter.settle();
  await counter.settle({ reverses: 'S1' });
  expect(counter.sent()).toMatchObject([
    { type: 'settlement.notice', state: 'due' },
    { type: 'settlement.reversed', state: 'due', after: counter.sent()[0]!.id },
  ]);
});

test('a pending share is void; its notice is taken back where it never went out, else the reversal follows it', async () => {
  await alsoAsk();
  await counter.settle();
  await counter.settle({ reverses: 'S1' });
  const about = (insurer: string) => counter.sent().filter((message) => message.insurer === insurer);
  expect(about(B)).toMatchObject([{ type: 'settlement.notice', state: 'cancelled' }]);
  expect((await counter.state()).shares).toMatchObject([{ state: 'posted' }, { state: 'voided', reason: 'reversed' }]);

  await counter.settle({ setl_id: 'S2' });
  await counter.deliver();
  await counter.settle({ reverses: 'S2' });
  const of = (type: string) => about(B).find((message) => message.type === type && message.setl_id === 'S2')!;
  expect(of('settlement.reversed')).toMatchObject({
    after: of('settlement.notice').id,
    data: { reversed_amt: '0.00' },
  });
  await counter.adjudicate(B, 'P-care', '100.00', { setl_id: 'S2' });
  expect(counter.sent('claim.refused')).toMatchObject([{ data: { code: 'settlement/share-voided' } }]);
  expect(await balances('S2')).toEqual({});
});

test('of a claim that was answered before its notice went out the insurer hears the reversal; the notice is taken back', async () => {
  await alsoAsk();
  await counter.settle();
  await counter.adjudicate(B, 'P-care', '100.00');
  await counter.settle({ reverses: 'S1' });
  expect(
    counter
      .sent()
      .filter(({ insurer }) => insurer === B)
      .sort((one, two) => (one.type < two.type ? -1 : 1)),
  ).toMatchObject([
    { type: 'claim.posted', state: 'due', data: { posted_amt: '100.00' } },
    { type: 'settlement.notice', state: 'cancelled' },
    { type: 'settlement.reversed', state: 'due', data: { reversed_amt: '100.00' } },
  ]);
  expect(await balances()).toEqual({});
});

test('the answer to a reversal says of every insurer what its statement says: paid at the counter, paid out since, or void', async () => {
  for (const [insurer, product] of [
    [B, 'care'],
    [C, 'more'],
  ] as const) {
    await counter.sell(asks(insurer, product));
    await counter.insure(insurer, product);
  }
  counter.settings = { ...counter.settings, payerOrder: [A, B, C].map((insurer) => ({ insurer })) };
  expect(await counter.answer()).not.toHaveProperty('payouts');
  await counter.deliver();
  await counter.adjudicate(B, 'P-care', '300.00');
  const answer = await counter.answer({ reverses: 'S1' });
  expect(answer).toMatchObject({
    shares: [
      { insurer: A, state: 'posted', paid_amt: '-1500.00' },
      { insurer: C, state: 'voided', reason: 'reversed', paid_amt: '0.00' },
    ],
    payouts: [{ insurer: B, state: 'posted', paid_amt: '-300.00' }],
    psn_cash_pay: '-1500.00',
  });
  expect(answer.shares).toHaveLength(2);
  const { lines, payouts } = statementOf((await counter.state()).ledger)!;
  const ofInsurers = lines.filter(({ policy }) => policy !== undefined);
  expect(answer.shares.map((share) => [share.policy_no, share.state, share.paid_amt])).toEqual(
    ofInsurers.map(({ policy, state, amount }) => [policy?.policy_no, state, back(amount)]),
  );
  expect(answer.payouts?.map((share) => [share.policy_no, share.paid_amt])).toEqual(
    payouts.map(({ policy, amount }) => [policy?.policy_no, back(amount)]),
  );
  // What the hospital gives back is the whole bill, without what it never had.
  const given = [...Object.values(answer.payers), ...answer.shares.map(({ paid_amt }) => paid_amt)];
  const all = [...given, answer.acct_pay, answer.acct_mulaid_pay, answer.psn_cash_pay];
  expect(all.reduce((sum, amount) => sum + (fenOfYuan(amount) ?? 0), 0)).toBe(fenOfYuan(answer.medfee_sumamt));
  expect(await counter.settle({ reverses: 'S1' })).toEqual({ first: false, answer });
});

const back = (amount: string) => (amount === '0.00' ? amount : `-${amount}`);

test('an answer, the expiry and the reversal of one share at once: each share is resolved once, nothing is left over', async () => {
  await alsoAsk();
  await counter.settle();
  await counter.deliver();
  counter.hours(72.1);
  await Promise.all([counter.sweep(), counter.adjudicate(B, 'P-care', '100.00'), counter.settle({ reverses: 'S1' })]);
  const { shares, ledger } = await counter.state();
  const ends = ledger.filter(({ share, kind }) => share === shares[1]!.id && ['post', 'void', 'expire'].includes(kind));
  expect(ends).toHaveLength(1);
  expect(await balances()).toEqual({});
});

test('a bill whose sums differ can be reversed; there is nothing to give back', async () => {
  await counter.settle({ psn_cash_pay: 100, also: { hosp_part_amt: '1.00' } });
  await counter.settle({ reverses: 'S1', psn_cash_pay: 100, also: { hosp_part_amt: '-1.00' } });
  expect(await counter.state()).toMatchObject({ state: 'reversed', ledger: [] });
});

test('the id of a reversal is used up for bills, and a reversal is no settlement to reverse', async () => {
  await counter.settle();
  await counter.settle({ reverses: 'S1', setl_id: 'R1' });
  expect(await counter.settle({ setl_id: 'R1' })).toMatchObject({ code: 'settlement/same-id-other-content' });
  expect(await counter.settle({ reverses: 'R1', setl_id: 'R2' })).toMatchObject({
    code: 'settlement/no-such-settlement',
  });
});
