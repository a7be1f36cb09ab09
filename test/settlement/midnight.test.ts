import { expect, test } from 'vitest';
import { hubBooks } from '../../functions/settlement/reconciliation/hub-books.ts';
import { Counter, tables } from './counter.ts';
import { asks, usccs } from './insurers.ts';

const [A] = usccs(1) as [string];
const midnight = Date.parse('2024-06-04T00:00:00+08:00');

async function insuredUntil(consent_end: string): Promise<Counter> {
  const counter = new Counter();
  counter.settings = { ...counter.settings, windowSeconds: 0 };
  await counter.sell(asks(A, 'care'));
  const consent = { consent_no: 'C1', consent_begn: '2024-01-01', consent_end, fields: [] };
  await counter.insure(A, 'care', { consent });
  return counter;
}

/** The bills in the insurer's book of a day. */
async function book(counter: Counter, day: string, refd_setl_flag: '0' | '1' = '0'): Promise<string[]> {
  const scope = { source: 'insurer' as const, insurer: A, product_code: 'care', refd_setl_flag };
  const lines = await hubBooks(counter.items, tables, scope).linesOf(day);
  return lines.map(({ setl_id }) => setl_id);
}

test('around midnight in Shanghai: what is posted in the last millisecond of a day is in its book, the next in the next', async () => {
  const counter = await insuredUntil('2024-12-31');
  counter.time = midnight - 60_000;
  for (const setl_id of ['S1', 'S2']) await counter.settle({ setl_id });
  await counter.deliver();
  counter.time = midnight - 1;
  await counter.adjudicate(A, 'P-care', '100.00', { setl_id: 'S1' });
  counter.time = midnight;
  await counter.adjudicate(A, 'P-care', '100.00', { setl_id: 'S2' });
  expect([await book(counter, '2024-06-03'), await book(counter, '2024-06-04')]).toEqual([['S1'], ['S2']]);
  // A bill of the day before that is reversed after midnight stays in its own day's book.
  await counter.settle({ reverses: 'S1' });
  expect([await book(counter, '2024-06-03'), await book(counter, '2024-06-04', '1')]).toEqual([['S1'], ['S1']]);
  expect(await book(counter, '2024-06-03', '1')).toEqual([]);
});

test('a consent holds through the last millisecond of its last day in Shanghai', async () => {
  const counter = await insuredUntil('2024-06-03');
  counter.time = midnight - 1;
  expect(await counter.answer({ setl_id: 'S1' })).toMatchObject({ shares: [{ insurer: A }] });
  expect(counter.sent('settlement.notice')).toMatchObject([{ sendBefore: new Date(midnight).toISOString() }]);
  counter.time = midnight;
  expect(await counter.answer({ setl_id: 'S2' })).toMatchObject({ shares: [], not_asked: [{ reason: 'no-consent' }] });
});
