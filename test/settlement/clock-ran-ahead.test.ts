import { beforeEach, expect, test } from 'vitest';
import { Counter } from './counter.ts';
import { asks, usccs } from './insurers.ts';

const [A] = usccs(1) as [string];
const ahead = 90 * 24;
let counter: Counter;

beforeEach(async () => {
  counter = new Counter();
  counter.settings = { ...counter.settings, windowSeconds: 0 };
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
});

const share = async () => (await counter.state()).shares[0]!;

test('a window that a clock opened months ahead, and whose counter is gone, is over when the core system asks again', async () => {
  counter.settings = { ...counter.settings, windowSeconds: 10 };
  counter.hours(ahead);
  counter.meanwhile = async () => {
    throw new Error('stopped');
  };
  await expect(counter.settle()).rejects.toThrow('stopped');
  counter.hours(-ahead);
  counter.meanwhile = async () => {};
  expect(await counter.state()).toMatchObject({ state: 'awaiting-insurers' });
  const began = counter.time;
  expect(await counter.settle()).toMatchObject({ first: false, answer: { state: 'settled', psn_cash_pay: '3000.00' } });
  expect(counter.time).toBe(began);
});

test('an answer’s time is never cut short by a clock that was set back, however far: when it is right, all is as it was', async () => {
  await counter.settle();
  await counter.deliver();
  const before = await counter.state();
  counter.hours(-10 * 365 * 24);
  await counter.sweep();
  counter.hours(10 * 365 * 24 + 71);
  await counter.sweep();
  expect(await counter.state()).toEqual(before);
  await counter.adjudicate(A, 'P-care', '100.00');
  expect(await share()).toMatchObject({ state: 'posted', paidFen: 10_000 });
});

test('a notice that is accepted when the clock is right again has its answer’s time from then on, whenever it was written', async () => {
  counter.hours(ahead);
  await counter.settle();
  counter.hours(-ahead);
  await counter.deliver();
  expect(await share()).toMatchObject({ answerBy: new Date(counter.time + 72 * 3_600_000).toISOString() });
  counter.hours(72.2);
  await counter.sweep();
  expect(await share()).toMatchObject({ state: 'expired', reason: 'no-answer' });
});
