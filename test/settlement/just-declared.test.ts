import { beforeEach, expect, test } from 'vitest';
import type { ProductVersion } from '../../schemas/product.ts';
import { Counter } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';

const [A, B] = usccs(2) as [string, string];
let counter: Counter;
/** How often the list of products was read from the table. */
let reads: number;

beforeEach(() => {
  counter = new Counter();
  counter.settings = { ...counter.settings, payerOrder: [{ insurer: A }, { insurer: B }] };
  reads = 0;
  const { query } = counter.items;
  Object.assign(counter.items, {
    query: (table: string, range: { pk: string }) => {
      if (range.pk === 'products') reads += 1;
      return query(table, range);
    },
  });
});

/** An instance that has read the products just before, and keeps them. */
const keeps = (products: readonly ProductVersion[]) =>
  Object.assign(counter.services, { products: async () => products });

test('a bill that comes right after the first declaration of a product asks it, whatever the instance has read before', async () => {
  await counter.insure(A, 'hui');
  keeps([]);
  await counter.sell(computes(A, 'hui'));
  expect(await counter.answer()).toMatchObject({
    shares: [{ state: 'posted', paid_amt: '1500.00' }],
    not_asked: [],
    psn_cash_pay: '1500.00',
  });
  expect(reads).toBe(1);
});

test('so does the turn of a share, where another instance takes the answer before it', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  const before = await counter.services.products();
  await counter.sell(asks(B, 'more'));
  await counter.insure(B, 'more');
  await counter.settle();
  keeps(before);
  await counter.adjudicate(A, 'P-care', '100.00');
  expect((await counter.state()).shares).toMatchObject([{ state: 'posted' }, { state: 'pending' }]);
});

test('where every policy has its product the products are not read again', async () => {
  await counter.sell(computes(A, 'hui'));
  await counter.insure(A, 'hui');
  keeps(await counter.services.products());
  reads = 0;
  await counter.settle();
  expect(reads).toBe(0);
});
