import { Hono } from 'hono';
import { beforeEach, expect, test } from 'vitest';
import { type Api, type ApiVariables, operatorsOnly, signerOf } from '../../functions/runtime/http.ts';
import { ledgerRoutes } from '../../functions/settlement/ledger-routes.ts';
import { productRoutes } from '../../functions/settlement/product-routes.ts';
import { counterRoutes, operatorRoutes, settlementRoutes } from '../../functions/settlement/settlement-routes.ts';
import type { ProductVersion } from '../../schemas/product.ts';
import { Counter, tables } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';
import { wireBill } from './wire-bill.ts';

const [A, stranger] = usccs(2) as [string, string];
let counter: Counter;
let client: ApiVariables['client'];
let person: string | undefined;
/** Who left a trail at the counter. */
let trail: string[];
let api: Api;

beforeEach(() => {
  counter = new Counter();
  client = 'operator';
  person = undefined;
  api = new Hono<{ Variables: ApiVariables }>();
  api.use(async (context, next) => {
    context.set('client', client);
    if (person !== undefined) context.set('person', person);
    context.set('requestId', 'r1');
    context.set('now', new Date(counter.time));
    await next();
  });
  trail = [];
  counterRoutes(api, counter.services, async (context, next) => {
    await next();
    trail.push(`${signerOf(context)} ${context.res.status}`);
  });
  settlementRoutes(api, counter.services);
  api.use(operatorsOnly);
  operatorRoutes(api, counter.services);
  productRoutes(api, { ...counter.services, insurers: async () => [{ id: A }] });
  ledgerRoutes(api, counter.services);
});

const post = (path: string, body: unknown) =>
  api.request(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

test('a bill is created once; the same again is 200, other content 409, and the bytes of the answer are the same', async () => {
  const first = await post('/settlements', wireBill());
  const again = await post('/settlements', wireBill());
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(await again.text()).toBe(await first.text());
  const other = await post('/settlements', wireBill({ psn_cash_pay: 1 }));
  expect(other.status).toBe(409);
  expect(await other.json()).toMatchObject({ code: 'settlement/same-id-other-content' });
});

test('a bill of the core system leaves no trail beside its commands; one that a person posts names the person', async () => {
  [client, person] = ['operator', 'li'];
  expect((await post('/settlements', wireBill())).status).toBe(201);
  [client, person] = ['core', undefined];
  expect((await post('/settlements', wireBill())).status).toBe(200);
  expect(trail).toEqual(['operator/li 201']);
});

test('a product of an insurer that nobody has set up is refused: its notices would be nobody’s to send or to give up', async () => {
  const refused = await post('/products', asks(stranger, 'care'));
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ code: 'product/no-insurer', title: expect.stringContaining(stranger) });
  expect(await (await api.request('/products')).json()).toEqual({ products: [] });
});

test('a settlement that is ended by hand names the person whose key signed', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await post('/settlements', wireBill());
  [client, person] = ['operator', 'li'];
  expect((await post('/settlements/S1/settle-by-hand', { reason: 'x' })).status).toBe(200);
  expect((await counter.state()).commands.findLast(({ kind }) => kind === 'settle-by-hand')).toMatchObject({
    by: 'operator/li',
  });
});

test('a product that was once accepted is shown, whatever products may hold today', async () => {
  await post('/products', computes(A, 'hui', {}));
  const [{ product, ...version }] = (await counter.services.products()) as [ProductVersion];
  if (product.mode !== 'hub') throw new Error('not computed here');
  const bands = [{ upTo: 100, ratio: 0.5 }, { upTo: 50, ratio: 0.6 }, { ratio: 0.7 }];
  const old = { ...product, rules: { ...product.rules, excludedMedTypes: ['outpatient'], bands } };
  const key = { pk: 'products', sk: `${A}#hui` };
  await counter.items.write([{ table: tables.policies, put: { ...key, ...version, product: old } }]);
  const shown = await api.request('/products');
  expect(shown.status).toBe(200);
  expect(await shown.json()).toMatchObject({
    products: [
      { product: { rules: { excludedMedTypes: ['outpatient'], bands: [{ upTo: '1.00' }, { upTo: '0.50' }, {}] } } },
    ],
  });
});

test('refusals are problem documents that say where or by how much, in both languages', async () => {
  const bad = await post('/settlements', wireBill({ also: { psn_cash_pay: 1 } }));
  expect(bad.status).toBe(400);
  expect(await bad.json()).toMatchObject({ code: 'settlement/bad-bill', issues: [{ path: 'psn_cash_pay' }] });
  const differs = await post('/settlements', wireBill({ also: { medfee_sumamt: '1.00' } }));
  expect(differs.status).toBe(422);
  expect(await differs.json()).toMatchObject({
    code: 'settlement/sums-differ',
    title: expect.stringContaining('不平'),
    sums: [{ field: 'medfee_sumamt', stated: '1.00', computed: '10000.00' }],
  });
  expect((await post('/settlements', 'x'.repeat(70_000))).status).toBe(413);
});

test('a preview is the same answer and leaves nothing behind', async () => {
  await counter.sell(computes(A, 'hui'));
  await counter.insure(A, 'hui');
  const preview = await post('/settlements/preview', wireBill());
  expect(counter.items.all('settlements')).toEqual([]);
  expect(counter.items.all('messages')).toEqual([]);
  const settled = await post('/settlements', wireBill());
  expect(await preview.json()).toEqual(await settled.json());
});

test('a preview counts what an insurer would be asked for as unpaid', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  const preview = await post('/settlements/preview', wireBill());
  expect(await preview.json()).toMatchObject({
    shares: [{ state: 'pending', base_amt: '4000.00' }],
    psn_cash_pay: '3000.00',
  });
});

test('the statement reads from the ledger; its page has neither name nor number and escapes what insurers call themselves', async () => {
  await counter.sell({ ...computes(A, 'hui'), name: '惠民保 <script>' });
  await counter.insure(A, 'hui');
  await post('/settlements', wireBill());
  const statement = await (await api.request('/settlements/S1/statement')).json();
  expect(statement).toMatchObject({ medfee_sumamt: '10000.00', psn_cash_pay: '1500.00', lines: { length: 4 } });
  const page = await (await api.request('/settlements/S1/statement', { headers: { accept: 'text/html' } })).text();
  expect(page).toContain('惠民保 &lt;script&gt;');
  expect(page).toContain('1500.00');
  expect(page).not.toMatch(/<script>|110101199003074477|张三/);
});

test('what is not there is 404', async () => {
  for (const path of ['/settlements/S9', '/settlements/S9/statement'])
    expect((await api.request(path)).status).toBe(404);
});

test('the core system may settle and look; products, the ledger and settling by hand are for operators', async () => {
  client = 'core';
  expect((await post('/settlements', wireBill())).status).toBe(201);
  expect((await api.request('/settlements/S1')).status).toBe(200);
  for (const path of ['/products', '/ledger/settlements', '/settlements/S1/ledger'])
    expect((await api.request(path)).status).toBe(403);
  expect((await post('/settlements/S1/settle-by-hand', { reason: 'x' })).status).toBe(403);
});

test('a product is declared once; a changed declaration is a new version, and a settlement names the one it was judged by', async () => {
  const declared = async (rules: object) => (await post('/products', computes(A, 'hui', rules))).json();
  expect(await declared({})).toMatchObject({ version: 1, product: { rules: { deductible: '1000.00' } } });
  expect(await declared({})).toMatchObject({ version: 1 });
  await counter.insure(A, 'hui');
  await post('/settlements', wireBill());
  expect(await declared({ deductible: '0.00' })).toMatchObject({ version: 2 });
  await post('/settlements', wireBill({ setl_id: 'S2' }));
  expect((await counter.state('S1')).shares).toMatchObject([{ productVersion: 1 }]);
  expect((await counter.state('S2')).shares).toMatchObject([{ productVersion: 2 }]);
  const refused = await post('/products', computes(A, 'hui', { bands: [] }));
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ code: 'product/invalid' });
});
