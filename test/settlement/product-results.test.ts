import { Hono } from 'hono';
import { beforeEach, expect, test } from 'vitest';
import type { Api, ApiVariables } from '../../functions/runtime/http.ts';
import { balancesOf } from '../../functions/settlement/ledger.ts';
import { productResults } from '../../functions/settlement/product-results.ts';
import { productRoutes } from '../../functions/settlement/product-routes.ts';
import { Counter, tables } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';

/** What a bureau measures 保本微利 by: what products have paid, less what they took back. */
const [A, B] = usccs(2) as [string, string];
let counter: Counter;
beforeEach(async () => {
  counter = new Counter();
  await counter.sell(computes(A, 'hui'));
  await counter.insure(A, 'hui');
  await counter.sell(asks(B, 'care'));
  await counter.insure(B, 'care');
  counter.settings = { ...counter.settings, windowSeconds: 0, payerOrder: [{ insurer: A }] };
});
const of = (insurer: string, product_code: string, from = '2024-06-03', to = '2024-06-30') =>
  productResults(counter.items, tables, { insurer, product_code }, { from, to });

test('a product has paid what the ledger has under its account, payouts and the personal account included, less what went back', async () => {
  for (const id of ['S1', 'S2', 'S3']) await counter.settle({ setl_id: id });
  await counter.deliver();
  counter.hours(20);
  await counter.adjudicate(B, 'P-care', '2500.00', { setl_id: 'S1' });
  counter.hours(24);
  await counter.settle({ reverses: 'S2' });
  const balance = async (account: string) => {
    const ledgers = await Promise.all(
      ['S1', 'S2', 'S3'].map(async (id) => balancesOf((await counter.state(id)).ledger)),
    );
    return ledgers.reduce((sum, one) => sum - (one.get(account) ?? 0), 0);
  };
  const [hui, care] = [await of(A, 'hui'), await of(B, 'care')];
  expect(hui).toEqual({ paid: { count: 3, fen: 150_000 + 200_000 + 200_000 }, takenBack: { count: 1, fen: 200_000 } });
  expect(hui.paid.fen - hui.takenBack.fen).toBe(await balance(`insurer:${A}:hui`));
  expect(care).toEqual({ paid: { count: 1, fen: 250_000 }, takenBack: { count: 0, fen: 0 } });
  expect(care.paid.fen).toBe(await balance(`insurer:${B}:care`));
});

test('it counts on the day on which it was posted, in Shanghai, and every day once', async () => {
  counter.time = Date.parse('2024-06-03T15:59:59Z');
  await counter.settle();
  counter.time += 1000;
  await counter.settle({ setl_id: 'S2' });
  const paid = async (from: string, to: string) => (await of(A, 'hui', from, to)).paid.count;
  expect([await paid('2024-06-03', '2024-06-03'), await paid('2024-06-04', '2024-06-04')]).toEqual([1, 1]);
  expect(await paid('2024-06-01', '2024-06-30')).toBe(2);
});

test('operators ask for at most a month at a time', async () => {
  await counter.settle();
  const api: Api = new Hono<{ Variables: ApiVariables }>();
  api.onError(() => new Response(null, { status: 400 }));
  productRoutes(api, { ...counter.services, insurers: async () => [] });
  const ask = (from: string, to: string) => api.request(`/products/${A}/hui/results?from=${from}&to=${to}`);
  expect(await (await ask('2024-06-01', '2024-07-01')).json()).toMatchObject({
    paid: { count: 1, amount: '1500.00' },
    taken_back: { count: 0, amount: '0.00' },
    net: '1500.00',
  });
  for (const [from, to] of [
    ['2024-06-01', '2024-07-02'],
    ['2024-06-02', '2024-06-01'],
    ['2024-06-31', '2024-07-01'],
  ])
    expect((await ask(from!, to!)).status).toBe(400);
});
