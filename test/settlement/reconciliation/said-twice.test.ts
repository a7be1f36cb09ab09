import { beforeEach, expect, test } from 'vitest';
import { differenceStore } from '../../../functions/settlement/reconciliation/difference-store.ts';
import { reconcileScope } from '../../../functions/settlement/reconciliation/reconcile.ts';
import { takePart } from '../../../functions/settlement/reconciliation/take-statement.ts';
import { Counter, tables } from '../counter.ts';
import { asks, computes, usccs } from '../insurers.ts';
import { statementParts } from './books.ts';

/** What an insurer says in a message it also writes into its statement: one disagreement, one difference. */
const [A] = usccs(1) as [string];
const day = '2024-06-03';
const afterwards = '2024-06-08T00:00:00Z';
let counter: Counter;
beforeEach(() => {
  counter = new Counter();
});

const hub = () => ({ items: counter.items, tables, now: counter.services.now });
const scope = (product_code: string) => ({
  ...{ source: 'insurer' as const, insurer: A, product_code, refd_setl_flag: '0' as const },
});
async function states(product_code: string, fen?: number, asOf = '2024-06-08T00:00:00.000Z') {
  const lines = fen === undefined ? [] : [{ setl_id: 'S1', policy_no: `P-${product_code}`, policy_sub_no: '', fen }];
  for (const part of statementParts(day, lines, 500, { ...scope(product_code), asOf })) await takePart(hub(), part);
}
const standing = () =>
  counter
    .differences()
    .filter(({ state }) => state === 'open')
    .map(({ class: kind, hubFen, otherFen }) => [kind, hubFen, otherFen]);

async function expired(): Promise<void> {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle();
  await counter.deliver();
  counter.hours(73);
  await counter.sweep();
}

test('a late answer and its line in the statement are one difference, with its owner and all that was done about it', async () => {
  await expired();
  await counter.adjudicate(A, 'P-care', '100.00');
  counter.time = Date.parse(afterwards);
  const [late] = counter.differences();
  const store = differenceStore(counter.items, tables.settlements);
  const event = { at: new Date(counter.time).toISOString(), by: 'operator', to: 'open' as const, reason: 'asked them' };
  await store.change(String(late?.id), { ...event, owner: `insurer:${A}` });
  await states('care', 10_000);
  expect(counter.differences()).toMatchObject([{ id: late?.id, class: 'late', state: 'open', owner: `insurer:${A}` }]);
  expect((await store.read(String(late?.id)))?.events).toMatchObject([{ reason: 'asked them' }]);
  expect((await reconcileScope(hub(), day, scope('care')))?.differences).toEqual([late?.id]);
  await states('care', undefined, '2024-06-09T00:00:00.000Z');
  expect((await store.read(String(late?.id)))?.item.state).toBe('explained');
});

test('the statement first and the late answer after it: when the day is looked at again, one difference is left', async () => {
  await expired();
  counter.time = Date.parse(afterwards);
  await states('care', 10_000);
  expect(standing()).toEqual([['insurer-only', undefined, 10_000]]);
  await counter.adjudicate(A, 'P-care', '100.00');
  await reconcileScope(hub(), day, scope('care'));
  expect(standing()).toEqual([['late', 0, 10_000]]);
});

test('a statement with another amount than the late answer is another disagreement', async () => {
  await expired();
  await counter.adjudicate(A, 'P-care', '100.00');
  counter.time = Date.parse(afterwards);
  await states('care', 9_000);
  expect(standing().sort()).toEqual(
    [
      ['late', undefined, 9_000],
      ['late', 0, 10_000],
    ].sort(),
  );
});

test('a share that its insurer disputes, and states as it disputes it, is one difference', async () => {
  await counter.sell(computes(A, 'hui'));
  await counter.insure(A, 'hui');
  await counter.settle();
  await counter.adjudicate(A, 'P-hui', '900.00');
  counter.time = Date.parse(afterwards);
  await states('hui', 90_000);
  expect(standing()).toEqual([['dispute', 150_000, 90_000]]);
});
