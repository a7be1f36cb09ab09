import { beforeEach, describe, expect, test } from 'vitest';
import { messageKey } from '../../functions/insurers/messages-table.ts';
import { differenceStore } from '../../functions/settlement/reconciliation/difference-store.ts';
import { settleByHand } from '../../functions/settlement/settle-by-hand.ts';
import { takeInsurerEvent } from '../../functions/settlement/take-insurer-event.ts';
import { Counter, tables } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';

const [A, B] = usccs(2) as [string, string];
let counter: Counter;

/** A bill of which 4000 yuan are left; A was asked and has not answered, the patient has gone. */
beforeEach(async () => {
  counter = new Counter();
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle();
});

const only = (type: string) => {
  const found = counter.sent(type);
  expect(found).toHaveLength(1);
  return found[0]!.data;
};
const share = async (n = 0) => (await counter.state()).shares[n]!;

test('an answer above the remainder is refused and becomes a difference; a right one after it is posted', async () => {
  await counter.adjudicate(A, 'P-care', '4000.01');
  expect(only('claim.refused')).toMatchObject({ code: 'settlement/above-remainder', remaining_amt: '4000.00' });
  expect(counter.differences()).toMatchObject([
    { class: 'answer-above-remainder', otherFen: 400_001, hubFen: 400_000 },
  ]);
  expect(await share()).toMatchObject({ state: 'pending' });
  await counter.adjudicate(A, 'P-care', '4000.00');
  expect(await share()).toMatchObject({ state: 'posted', paidFen: 400_000, cashFen: 300_000, acctFen: 100_000 });
  expect(only('claim.posted')).toMatchObject({ posted_amt: '4000.00' });
});

test('a personal account that was debited already is not relieved', async () => {
  counter.settings = { ...counter.settings, acctDebited: true };
  await counter.settle({ setl_id: 'S2', acct_pay: 100_000, psn_cash_pay: 50_000 });
  expect(counter.sent('settlement.notice').find(({ setl_id }) => setl_id === 'S2')?.data).toMatchObject({
    base_amt: '500.00',
  });
  await counter.adjudicate(A, 'P-care', '500.01', { setl_id: 'S2' });
  expect(only('claim.refused')).toMatchObject({ code: 'settlement/above-remainder', remaining_amt: '500.00' });
});

test('declined is 0 with a reason; declined with an amount, or an amount below 0, is refused', async () => {
  await counter.adjudicate(A, 'P-care', '1.00', { decision: 'declined' });
  await counter.adjudicate(A, 'P-care', '-1.00');
  expect(counter.sent('claim.refused').map(({ data }) => data.code)).toEqual(
    Array(2).fill('settlement/amount-not-allowed'),
  );
  expect(
    counter
      .differences()
      .map(({ class: kind, otherFen }) => [kind, otherFen])
      .sort(),
  ).toEqual([
    ['answer-refused', -100],
    ['answer-refused', 100],
  ]);
  await counter.say(A, 'claim.adjudicated', {
    setl_id: 'S1',
    policy_no: 'P-care',
    decision: 'declined',
    paid_amt: '0.00',
    reason_code: 'not-covered',
    insurer_claim_no: 'K1',
  });
  expect(await share()).toMatchObject({ state: 'declined', paidFen: 0, reason: 'not-covered' });
  expect(only('claim.posted')).toMatchObject({ decision: 'declined', posted_amt: '0.00' });
});

test('an answer before its notice was noted as sent is good, and both orders end in the same state', async () => {
  await counter.adjudicate(A, 'P-care', '100.00');
  await counter.deliver();
  const answerFirst = await share();
  counter = new Counter();
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle();
  await counter.deliver();
  await counter.adjudicate(A, 'P-care', '100.00');
  const { noticedAt, answerBy, ...noticeFirst } = await share();
  expect(noticeFirst).toEqual(answerFirst);
});

test('another id with the same business key has one effect; another amount becomes a difference', async () => {
  await counter.adjudicate(A, 'P-care', '100.00');
  const { ledger } = await counter.state();
  await counter.adjudicate(A, 'P-care', '100.00');
  expect((await counter.state()).ledger).toEqual(ledger);
  expect(counter.sent('claim.posted')).toHaveLength(2);
  await counter.adjudicate(A, 'P-care', '101.00');
  expect((await counter.state()).ledger).toEqual(ledger);
  expect(only('claim.refused')).toMatchObject({ code: 'settlement/already-answered' });
  expect(counter.differences()).toMatchObject([{ class: 'answer-refused', hubFen: 10_000, otherFen: 10_100 }]);
});

test('the same claim that is not taken is one difference, whichever message says it again, and on whichever day', async () => {
  await counter.adjudicate(A, 'P-care', '100.00');
  await counter.adjudicate(A, 'P-care', '101.00');
  const [opened] = counter.differences();
  const act = { at: new Date(counter.time).toISOString(), by: 'operator', to: 'open' as const, owner: `insurer:${A}` };
  await differenceStore(counter.items, tables.settlements).change(String(opened?.id), { ...act, reason: 'asked' });
  counter.hours(48);
  await counter.adjudicate(A, 'P-care', '101.00');
  expect(counter.sent('claim.refused')).toHaveLength(2);
  expect(counter.differences()).toMatchObject([{ id: opened?.id, owner: `insurer:${A}`, version: 2 }]);
  await counter.adjudicate(A, 'P-care', '102.00');
  expect(counter.differences()).toHaveLength(2);
});

test('news of the same message twice has one effect', async () => {
  const id = await counter.adjudicate(A, 'P-care', '100.00');
  const { version } = await counter.state();
  await Promise.all([1, 2, 3].map(() => takeInsurerEvent(counter.services, { box: 'in', insurer: A, id })));
  expect((await counter.state()).version).toBe(version);
});

test('a hundred different messages at once post once, and each is told what became of it', async () => {
  const ids = Array.from({ length: 100 }, (_, n) => `m${n}`);
  let left = await Promise.all(
    ids.map((id, n) =>
      counter.adjudicate(A, 'P-care', `${n + 1}.00`, { id }).then(
        () => undefined,
        () => id,
      ),
    ),
  );
  // Those that met too many others go back to the queue.
  for (let round = 0; round < 50 && left.some((id) => id !== undefined); round += 1)
    left = await Promise.all(
      left.map(
        (id) =>
          id &&
          takeInsurerEvent(counter.services, { box: 'in', insurer: A, id }).then(
            () => undefined,
            () => id,
          ),
      ),
    );
  expect((await counter.state()).ledger.filter(({ kind, policy }) => kind === 'post' && policy)).toHaveLength(1);
  expect(counter.sent('claim.posted')).toHaveLength(1);
  expect(counter.sent('claim.refused')).toHaveLength(99);
}, 30_000);

test('an answer of one insurer never touches the share of another', async () => {
  await counter.adjudicate(B, 'P-care', '100.00');
  expect(counter.sent('claim.refused')).toMatchObject([{ insurer: B, data: { code: 'settlement/no-such-share' } }]);
  expect(await share()).toMatchObject({ state: 'pending' });
});

test('an answer about a settlement that is not known is told so', async () => {
  await counter.adjudicate(A, 'P-care', '100.00', { setl_id: 'S9' });
  expect(only('claim.refused')).toMatchObject({ code: 'settlement/no-such-settlement' });
  expect(counter.differences()).toMatchObject([
    { class: 'answer-refused', insurer: A, setl_id: 'S9', policy_no: 'P-care', hubFen: 0, otherFen: 10_000 },
  ]);
});

test('the body of the acceptance of a notice answers it, however often its news comes', async () => {
  const [notice] = counter.sent('settlement.notice');
  const data = { setl_id: 'S1', policy_no: 'P-care', policy_sub_no: '', decision: 'approved', insurer_claim_no: 'K' };
  const answer = (paid_amt: string) =>
    JSON.stringify({
      type: 'claim.adjudicated',
      timestamp: new Date(counter.time).toISOString(),
      data: { ...data, paid_amt },
    });
  const accept = (paid_amt: string) =>
    counter.outcomeOfSending(A, notice!.id, { state: 'accepted', attempts: 1, answer: answer(paid_amt) });
  await accept('250.00');
  expect(await share()).toMatchObject({ state: 'posted', paidFen: 25_000 });
  await accept('250.00');
  expect(only('claim.posted')).toMatchObject({ posted_amt: '250.00', message_id: notice!.id });
});

test('an answer to a notice that is of another bill is told which bill the notice is of, though the other is known too', async () => {
  await counter.settle({ setl_id: 'S2' });
  const [notice] = counter.sent('settlement.notice').filter(({ setl_id }) => setl_id === 'S2');
  const of = { setl_id: 'S1', policy_no: 'P-care', policy_sub_no: '' };
  const data = { ...of, decision: 'approved', insurer_claim_no: 'K', paid_amt: '1.00' };
  const answer = JSON.stringify({ type: 'claim.adjudicated', timestamp: new Date(counter.time).toISOString(), data });
  await counter.outcomeOfSending(A, notice!.id, { state: 'accepted', attempts: 1, answer });
  const refused = only('claim.refused');
  expect(refused).toMatchObject({ ...of, message_id: notice!.id, code: 'settlement/not-this-notice' });
  for (const words of [refused.reason.zh, refused.reason.en]) expect(words).toContain('S2');
  expect(await share()).toMatchObject({ state: 'pending' });
});

test('a wrong answer in the body is refused once, however often its news comes', async () => {
  const [notice] = counter.sent('settlement.notice');
  const answer = JSON.stringify({
    type: 'claim.adjudicated',
    timestamp: new Date(counter.time).toISOString(),
    data: {
      setl_id: 'S1',
      policy_no: 'P-care',
      policy_sub_no: '',
      decision: 'approved',
      insurer_claim_no: 'K',
      paid_amt: '9999.00',
    },
  });
  for (let time = 0; time < 3; time += 1)
    await counter.outcomeOfSending(A, notice!.id, { state: 'accepted', attempts: 1, answer });
  expect(only('claim.refused')).toMatchObject({ code: 'settlement/above-remainder' });
  expect(await share()).toMatchObject({ state: 'pending', noticedAt: expect.any(String) });
});

describe('time', () => {
  test('a share expires when its answer does not come in time; the late answer changes no money', async () => {
    await counter.deliver();
    counter.hours(72);
    await counter.sweep();
    expect(await share()).toMatchObject({ state: 'pending' });
    counter.hours(0.1);
    await counter.sweep();
    const { ledger } = await counter.state();
    expect(await share()).toMatchObject({ state: 'expired', reason: 'no-answer' });
    await counter.adjudicate(A, 'P-care', '100.00');
    expect((await counter.state()).ledger).toEqual(ledger);
    expect(await share()).toMatchObject({ state: 'expired', late: { paidFen: 10_000 } });
    expect(only('claim.refused')).toMatchObject({ code: 'settlement/answer-late' });
    expect(counter.differences()).toMatchObject([{ class: 'late', hubFen: 0, otherFen: 10_000 }]);
  });

  test('an answer that came in time and was taken after it counts; one that came after it does not', async () => {
    await counter.deliver();
    counter.hours(72);
    await counter.adjudicate(A, 'P-care', '100.00');
    expect(await share()).toMatchObject({ state: 'posted' });
    await counter.settle({ setl_id: 'S2' });
    await counter.deliver();
    counter.hours(72);
    counter.time += 1;
    await counter.adjudicate(A, 'P-care', '100.00', { setl_id: 'S2' });
    expect((await counter.state('S2')).shares).toMatchObject([{ state: 'expired', late: { paidFen: 10_000 } }]);
  });

  test('a notice that could not be sent at all lets the share expire', async () => {
    const [notice] = counter.sent('settlement.notice');
    await counter.outcomeOfSending(A, notice!.id, { state: 'parked', attempts: 10 });
    expect(await share()).toMatchObject({ state: 'expired', reason: 'not-sent' });
  });

  test('news of a notice that got lost is asked after', async () => {
    const [notice] = counter.sent('settlement.notice');
    const set = { state: 'accepted', acceptedAt: new Date(counter.time).toISOString(), attempts: 1 };
    await counter.items.write([{ table: 'messages', update: messageKey('out', A, notice!.id), set }]);
    counter.hours(1);
    await counter.sweep();
    expect(await share()).toMatchObject({ state: 'pending', noticedAt: set.acceptedAt });
  });

  test('a window that nobody waits for any more is closed by the sweep', async () => {
    const crash = new Error('the counter is gone');
    counter.meanwhile = async () => {
      throw crash;
    };
    await expect(counter.settle({ setl_id: 'S2' })).rejects.toBe(crash);
    expect(await counter.state('S2')).toMatchObject({ state: 'awaiting-insurers' });
    counter.hours(0.01);
    await counter.sweep();
    expect(await counter.state('S2')).toMatchObject({ state: 'settled', answer: { psn_cash_pay: '3000.00' } });
  });

  test('a settlement that cannot be looked after does not keep the sweep from the others', async () => {
    await counter.settle({ setl_id: 'S0' });
    await counter.deliver();
    const item = counter.items.all('settlements').find(({ pk, sk }) => pk === 'S0' && sk === 'settlement')!;
    await counter.items.write([{ table: 'settlements', put: { ...item, version: 'damaged' } }]);
    counter.hours(73);
    await expect(counter.sweep()).rejects.toThrow('1 settlements');
    expect(await share()).toMatchObject({ state: 'expired' });
  });
});

describe('claim.paid', () => {
  const paid = (paid_amt: string) =>
    counter.say(A, 'claim.paid', {
      setl_id: 'S1',
      policy_no: 'P-care',
      paid_amt,
      paid_at: new Date(counter.time).toISOString(),
      insurer_claim_no: 'K1',
    });

  test('the amount that was posted is confirmed, another one becomes a difference', async () => {
    await counter.adjudicate(A, 'P-care', '100.00');
    await paid('100.00');
    expect(await share()).toMatchObject({ paidOut: { paidFen: 10_000 } });
    // What is only noted must not be entered into the books again.
    const types = counter.sent('claim.posted').map(({ data }) => data.message_type);
    expect(types.sort()).toEqual(['claim.adjudicated', 'claim.paid']);
    await paid('99.00');
    expect(only('claim.refused')).toMatchObject({ code: 'settlement/paid-differs' });
    expect(counter.differences()).toMatchObject([{ class: 'amount-differs', otherFen: 9_900 }]);
  });
});

describe('mode hub', () => {
  test('a share whose turn comes after the patient has paid is told to its insurer as a payout; one at the counter is not', async () => {
    await counter.sell(computes(B, 'hui'));
    await counter.insure(B, 'hui');
    counter.settings = { ...counter.settings, payerOrder: [{ insurer: A }, { insurer: B }] };
    await counter.settle({ setl_id: 'S2' });
    await counter.adjudicate(A, 'P-care', '100.00', { setl_id: 'S2' });
    const ofHub = () => counter.sent('settlement.notice').filter(({ data }) => data.mode === 'hub');
    expect((await counter.state('S2')).shares[1]).toMatchObject({ state: 'posted', payout: true });
    expect(ofHub()).toMatchObject([{ data: { setl_id: 'S2', payout: true } }]);
    counter.settings = { ...counter.settings, payerOrder: [{ insurer: B }, { insurer: A }] };
    await counter.settle({ setl_id: 'S3' });
    const atCounter = ofHub().find(({ data }) => data.setl_id === 'S3');
    expect(atCounter?.data.share_amt).toBeDefined();
    expect(atCounter?.data.payout).toBeUndefined();
  });

  test('an insurer that disputes its share opens a difference and changes nothing; one that agrees is told so', async () => {
    await counter.sell(computes(B, 'hui'));
    await counter.insure(B, 'hui');
    counter.settings = { ...counter.settings, payerOrder: [{ insurer: B }] };
    await counter.settle({ setl_id: 'S2' });
    const { ledger } = await counter.state('S2');
    await counter.adjudicate(B, 'P-hui', '1500.00', { setl_id: 'S2' });
    expect(only('claim.posted')).toMatchObject({ posted_amt: '1500.00' });
    await counter.adjudicate(B, 'P-hui', '1000.00', { setl_id: 'S2' });
    expect(only('claim.refused')).toMatchObject({ code: 'settlement/disputed' });
    expect(counter.differences()).toMatchObject([{ class: 'dispute', hubFen: 150_000, otherFen: 100_000 }]);
    expect((await counter.state('S2')).ledger).toEqual(ledger);
  });
});

test('people can end the waiting: the open share is void, its notice is taken back, a later answer is refused', async () => {
  await settleByHand(counter.services, 'S1', { by: 'operator', reason: 'the insurer is closed', requestId: 'r1' });
  expect(await counter.state()).toMatchObject({
    state: 'settled-by-hand',
    shares: [{ state: 'voided', reason: 'settled-by-hand' }],
  });
  expect(counter.sent('settlement.notice')).toMatchObject([{ state: 'cancelled' }]);
  await counter.adjudicate(A, 'P-care', '100.00');
  expect(only('claim.refused')).toMatchObject({ code: 'settlement/share-voided' });
  expect(counter.differences()).toMatchObject([{ class: 'answer-refused', hubFen: 0, otherFen: 10_000 }]);
  const again = await settleByHand(counter.services, 'S1', { by: 'operator', reason: 'again', requestId: 'r2' });
  expect(again).toMatchObject({ code: 'settlement/nothing-open' });
});

test('people can end the waiting while the patient stands at the counter, who is told at once', async () => {
  const began = counter.time;
  counter.meanwhile = async () => {
    if (counter.time - began === 1000)
      await settleByHand(counter.services, 'S2', { by: 'operator', reason: 'the insurer is closed', requestId: 'r1' });
  };
  expect(await counter.answer({ setl_id: 'S2' })).toMatchObject({ state: 'settled-by-hand', psn_cash_pay: '3000.00' });
  expect(counter.time - began).toBe(1000);
});
