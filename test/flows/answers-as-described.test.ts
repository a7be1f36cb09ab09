import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { clientKey } from '../../functions/runtime/signatures/client-key.ts';
import { sign, toWire } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { checkFiles, deliver } from '../../infra/cli/check.ts';
import { type HubClient, HubRefusal, hubClient } from '../../infra/cli/client.ts';
import { drawToEnd } from '../../infra/cli/commands/sample-check.ts';
import { filesOf } from '../../infra/cli/exchange.ts';
import { hubSecretOf } from '../../infra/cli/hub-secret.ts';
import { townships } from '../../infra/county/places.ts';
import { writeCounty } from '../../infra/county/write-county.ts';
import { keysOf, type ShownKey } from '../../infra/sandbox/connect.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { usccs } from '../settlement/insurers.ts';
import { asOf } from './county.ts';
import {
  bill,
  type ConnectedInsurer,
  certno,
  insurerA,
  insurerB,
  policyData,
  reversalOf,
  type SettlementWorld,
  settlementWorld,
  until,
} from './settlement-world.ts';

/** A request and its answer, as they went over the wire. */
type Exchange = {
  method: string;
  path: string;
  query: string[];
  sent: unknown;
  status: number;
  type: string;
  body: unknown;
};
// biome-ignore lint/suspicious/noExplicitAny: the document as whoever fetches it sees it, at any depth.
type Document = { paths: Record<string, Record<string, any>> };

const folder = mkdtempSync(join(tmpdir(), 'canbao-described-'));
const heard: Exchange[] = [];
let world: SettlementWorld;
let a: ConnectedInsurer;
let b: ConnectedInsurer;
let document: Document;
let ajv: Ajv2020;

beforeAll(async () => {
  vi.stubEnv('CANBAO_SECRET', 'a secret that is only for tests, 32+');
  world = await settlementWorld();
  listenTo(world.hub.url);
  document = (await (await fetch(`${world.hub.url}/v1/openapi.json`)).json()) as Document;
  ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'hub');
  await lists();
  await insurers();
  await bills();
  await closeTheDay();
  await lookAround();
}, 240_000);
afterAll(async () => {
  await world?.stopAll();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the OpenAPI document that the hub serves', () => {
  it('describes every answer that the hub gives: its status, its kind, and all that is in it', () => {
    expect(heard.length).toBeGreaterThan(100);
    expect(heard.flatMap((exchange) => faultsOf(exchange))).toEqual([]);
  });

  it('has the good answer of every one of its operations held against it', () => {
    const seen = new Set(heard.filter(({ status }) => status < 300).map((exchange) => operationOf(exchange)?.name));
    const all = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(all.filter((name) => !seen.has(name))).toEqual([]);
  });

  it('describes every body and every query that the hub takes', () => {
    const taken = heard.filter(({ status }) => status < 300);
    const faults = taken.flatMap((exchange) => {
      const { name, operation, path } = operationOf(exchange)!;
      const queries = (operation.parameters as { in: string; name: string }[]).filter(
        ({ in: place }) => place === 'query',
      );
      const strange = exchange.query.filter((one) => !queries.some((query) => query.name === one));
      if (!holdsSomething(exchange.sent)) return strange.map((one) => `${name} ?${one}`);
      const place = [
        'paths',
        path,
        exchange.method.toLowerCase(),
        'requestBody',
        'content',
        'application/json',
        'schema',
      ];
      return [...strange, ...errorsAt(place, exchange.sent)].map((fault) => `${name}: ${fault}`);
    });
    expect(taken.filter(({ sent }) => holdsSomething(sent)).length).toBeGreaterThan(40);
    expect(faults).toEqual([]);
  });

  it('would be told of a member that it does not name: of every operation', () => {
    const more = heard
      .filter(({ status, type }) => status < 300 && type === 'application/json')
      .map((exchange) => ({ ...exchange, body: { ...(exchange.body as object), strange: 1 } }));
    expect(more.filter((exchange) => faultsOf(exchange).length === 0).map((one) => operationOf(one)?.name)).toEqual([]);
  });
});

/** What the document does not say of an exchange, or says otherwise. */
function faultsOf(exchange: Exchange): string[] {
  const { method, status, type, body } = exchange;
  const found = operationOf(exchange);
  if (found === undefined) return [`${method} ${exchange.path} is not described`];
  const { name, path, operation } = found;
  const as = [String(status), `${String(status)[0]}XX`].find((one) => operation.responses[one] !== undefined);
  const content = as === undefined ? undefined : operation.responses[as].content?.[type];
  if (as === undefined || content === undefined) return [`${name}: ${status} ${type} is not described`];
  const place = ['paths', path, method.toLowerCase(), 'responses', as, 'content', type, 'schema'];
  return errorsAt(place, body).map((fault) => `${name} ${status}: ${fault}`);
}

/** Of several paths that fit, the one with the fewest parameters. */
function operationOf({ method, path }: Pick<Exchange, 'method' | 'path'>) {
  const fits = Object.keys(document.paths)
    .filter((template) => document.paths[template]?.[method.toLowerCase()] !== undefined)
    .filter((template) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .sort((one, other) => one.split('{').length - other.split('{').length);
  const [template] = fits;
  if (template === undefined) return undefined;
  return {
    name: `${method} ${template}`,
    path: template,
    operation: document.paths[template]![method.toLowerCase()],
  };
}

const compiled = new Map<string, ValidateFunction>();
function errorsAt(place: readonly string[], value: unknown): string[] {
  const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `hub#/${pointer}` });
  compiled.set(pointer, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
}

const holdsSomething = (sent: unknown): boolean =>
  typeof sent === 'object' && sent !== null && Object.keys(sent).length > 0;

function listenTo(hub: string): void {
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const answer = await real(input, init);
    const { origin, pathname, searchParams } = new URL(String(input));
    if (origin !== new URL(hub).origin || pathname === '/v1/openapi.json') return answer;
    const type = (answer.headers.get('content-type') ?? '').split(';')[0]!;
    const text = await answer.clone().text();
    heard.push({
      ...{ method: init?.method ?? 'GET', path: pathname, query: [...new Set(searchParams.keys())], type },
      sent: init?.body == null ? undefined : JSON.parse(Buffer.from(init.body as Uint8Array).toString()),
      ...{ status: answer.status, body: type.endsWith('json') ? JSON.parse(text) : text },
    });
    return answer;
  });
}

/** One person's own key. */
const person = (name: string): HubClient =>
  hubClient(
    { endpoint: world.hub.url, key: clientKey(hubSecretOf(undefined), name), client: name },
    world.hub.clock.now,
  );

/** What the hub refuses is heard as well. */
async function refused(question: Promise<unknown>, status: number): Promise<void> {
  const answer = await question.catch((error: unknown) => error);
  expect(answer).toBeInstanceOf(HubRefusal);
  expect((answer as HubRefusal).status).toBe(status);
}

/** Agencies' lists, a run, its cases, an exemption, a sample, a look-up. */
async function lists(): Promise<void> {
  const { client } = world;
  const county = join(folder, 'county');
  await writeCounty({ people: 600, seed: 5, asOf, folder: county, form: 'plain' });
  await client.put('/settings', { area: { code: '500299', name: '示例县' }, townships });
  await refused(client.put('/settings', { area: { code: 'x' } }), 400);
  await client.get('/settings');
  await checkFiles(client, filesOf(county, asOf).pushes, { asOf, out: join(folder, 'out'), quiet: true });
  await world.hub.idle();
  await refused(client.post('/runs', { asOf: 'yesterday' }), 400);
  await refused(client.get('/runs/none'), 404);
  await refused(client.post('/feeds/none/deliveries', {}), 404);
  const first = await heldList(1);
  await refused(client.post(`/deliveries/${first}/release`, {}), 403);
  await person('operator/li').post(`/deliveries/${first}/release`, {});
  await world.hub.idle();
  await client.post(`/deliveries/${await heldList(40)}/refuse`, {});
  await client.get(`/deliveries/${first}`);
  await refused(client.get('/deliveries/none'), 404);
  await caseWithExemption();
  await drawToEnd(client, { year: '2022', share: 10 }, true);
  await refused(client.post('/sample-checks', { year: '2019' }), 422);
  await client.post('/persons/lookup', { certno: certno(1), purpose: '窗口参保登记' });
  await refused(client.post('/persons/lookup', { certno: '1', purpose: '窗口参保登记' }), 422);
}

/** A list that is much smaller than the one before, or than that. */
async function heldList(rows: number): Promise<string> {
  const small = join(folder, `small-${rows}`);
  mkdirSync(small);
  const lines = Array.from({ length: rows }, (_, n) => `${certno(n)},甲乙,低保对象,2022-01-01`);
  writeFileSync(join(small, 'hardship.csv'), `${['证件号码,姓名,身份类别,认定日期', ...lines].join('\r\n')}\r\n`);
  const [delivery] = await deliver(world.client, filesOf(small, asOf).pushes, true);
  expect(delivery?.state).toBe('held');
  return delivery!.deliveryId;
}

async function caseWithExemption(): Promise<void> {
  const { client } = world;
  const pages = await Promise.all(
    Object.keys(townships).map((township) =>
      client.get<{ cases: { person_ref: string; certno: string | null }[] }>(
        `/cases?township=${township}&state=open&limit=100`,
      ),
    ),
  );
  const ref = pages.flatMap(({ cases }) => cases).find(({ certno: number }) => number !== null)!.person_ref;
  const proposal = { reason: '长期在境外', until: '2023-01-01' };
  await refused(client.post(`/cases/${ref}/exemption`, proposal), 403);
  await person('operator/li').post(`/cases/${ref}/exemption`, proposal);
  await refused(person('operator/li').post(`/cases/${ref}/exemption/accept`, {}), 409);
  await person('operator/wang').post(`/cases/${ref}/exemption/accept`, {});
  await client.get(`/cases/${ref}`);
  await client.get('/exemptions');
  await person('operator/wang').post(`/cases/${ref}/exemption/withdraw`, {});
  await refused(client.get('/cases/none'), 404);
}

/** Insurers over the wire and by file, their keys, ranges and messages. */
async function insurers(): Promise<void> {
  const { client, hub } = world;
  a = await world.connect(insurerA);
  b = await world.connect(insurerB, { ratio: 0.5 });
  await refused(client.post('/insurers', { id: 'X', name: 'x' }), 422);
  await client.post(`/insurers/${insurerA}/settings`, { statementDueBy: '11:30', by: '李' });
  await client.post(`/insurers/${insurerA}/disable`, { by: '李' });
  await client.post(`/insurers/${insurerA}/enable`, {});
  const range = { range: '10.8.0.0/16', act: 'propose' };
  await refused(client.post(`/insurers/${insurerA}/ranges`, range), 403);
  await person('operator/li').post(`/insurers/${insurerA}/ranges`, range);
  const { kid } = await client.post<{ kid: string }>(`/insurers/${insurerA}/keys`, {
    scheme: 'v1',
    direction: 'out',
    validDays: 20,
  });
  await client.post(`/insurers/${insurerA}/keys/${kid}/revoke`, { by: '李' });
  await client.get('/insurers');
  const { id } = await client.post<{ id: string }>(`/insurers/${insurerB}/ping`, {});
  await hub.idle();
  await client.get(`/messages/out/${insurerB}/${id}`);
  await refused(client.get(`/messages/out/${insurerB}/none`), 404);
  await client.post('/messages/replay', { insurer: insurerB, id });
  await hub.idle();
  await client.post('/messages/replay', { insurer: insurerB, which: 'all', from: '2020-01-01T00:00:00Z' });
  await byFile(usccs(3)[2] as string);
}

async function byFile(id: string): Promise<void> {
  const { client, hub } = world;
  const settings = { id, name: '文件通道', channel: 'file', schemes: ['v1', 'sm2'] };
  const { keys } = await client.post<{ keys: ShownKey[] }>('/insurers', settings);
  await client.get(`/insurers/${id}`);
  await client.post(`/insurers/${id}/ping`, {});
  const { lines } = await client.post<{ lines: { headers: Record<string, string> }[] }>('/messages/export', {
    insurer: id,
  });
  expect(lines).toHaveLength(1);
  await client.post('/messages/exported', { insurer: id, ids: lines.map(({ headers }) => headers['webhook-id']) });
  await refused(client.post('/messages/export', { insurer: insurerA }), 422);
  const body = JSON.stringify({ type: 'endpoint.ping', timestamp: hub.clock.now().toISOString(), data: {} });
  const signed = sign(keysOf(keys).ownKeys, 'by-file-1', hub.clock.now(), Buffer.from(body))!;
  const line = { insurer: id, headers: toWire(signed), body };
  const { answers } = await client.post<{ answers: { status: number }[] }>('/messages/import', {
    lines: [line, { ...line, body: '{}' }],
  });
  expect(answers.map(({ status }) => status)).toEqual([202, 401]);
}

/** Bills that are settled, refused, reversed, reversed in part; an answer that came too late, and one that was never taken. */
async function bills(): Promise<void> {
  const { client, hub } = world;
  await world.declareProducts();
  await refused(client.post('/products', { insurer: insurerA }), 422);
  await client.get('/products');
  await client.get(`/products/${insurerA}/HMB-2026/results?from=2026-11-01&to=2026-11-30`);
  for (const n of [1, 2]) {
    expect(await a.send('policy.upserted', policyData(n, 'HMB-2026'), `a${n}`)).toBe(202);
    expect(await b.send('policy.upserted', policyData(n, 'PRO-2026'))).toBe(202);
  }
  expect(await a.send('policy.upserted', policyData(1, 'HMB-2026'), 'a1')).not.toBe(202);
  expect(await a.send('policy.upserted', { policy_no: 1 })).toBe(400);
  await hub.idle();
  await client.post('/settlements/preview', bill(1, 'S1'));
  await client.post('/settlements', bill(1, 'S1'));
  await client.post('/settlements', bill(1, 'S1'));
  await refused(client.post('/settlements', bill(2, 'S1')), 409);
  await refused(client.post('/settlements', { ...bill(2, 'S2'), fund_pay_sumamt: '1.00' }), 422);
  await refused(client.post('/settlements', { ...bill(2, 'S3'), begndate: 'x' }), 400);
  const fees = { compute: true, medfee_sumamt: '1000.00', inscp_scp_amt: '900.00', hosp_lv: '2' };
  const { hifp_pay, fund_pay_sumamt, psn_part_amt, psn_cash_pay, ...facts } = bill(2, 'S4');
  await client.post('/settlements', { ...facts, ...fees });
  await client.post('/settlements', bill(2, 'S5'));
  await client.post('/settlements', reversalOf(bill(2, 'S5'), 'R5'));
  await refused(client.post('/settlements', { ...reversalOf(bill(1, 'S1'), 'R1'), hifp_pay: '-599.00' }), 422);
  await refused(client.post('/settlements', reversalOf({ ...bill(1, 'S1'), certno: certno(3) }, 'R2')), 422);
  b.behave({ answer: 'never' });
  await client.post('/settlements', bill(1, 'S6'));
  await client.post('/settlements/S6/settle-by-hand', { reason: '保险公司停业' });
  await refused(client.post('/settlements/S6/settle-by-hand', { reason: '再次' }), 409);
  await hub.idle();
  const { policy_no } = policyData(1, 'PRO-2026');
  const claim = { setl_id: 'S6', policy_no, policy_sub_no: '', decision: 'approved', paid_amt: '10.00' };
  expect(await b.send('claim.adjudicated', { ...claim, insurer_claim_no: 'C6' })).toBe(202);
  await hub.idle();
  b.behave({ answer: 'in-reply' });
  for (const id of ['S1', 'S2', 'S4', 'S5', 'S6', 'R5', 'R2']) await client.get(`/settlements/${id}`);
  for (const id of ['S1', 'S4', 'S5', 'S6']) await client.get(`/settlements/${id}/statement`);
  await client.page('/settlements/S1/statement');
  for (const id of ['S1', 'S5', 'S6']) await client.get(`/settlements/${id}/ledger`);
  await refused(client.get('/settlements/none'), 404);
}

async function closeTheDay(): Promise<void> {
  const { client, hub } = world;
  const today = civilDateAt(hub.clock.now());
  await refused(client.post(`/reconciliations/${today}`, {}), 422);
  await refused(client.get('/ledger/seals/key'), 404);
  await world.closeDay();
  await until(async () => {
    const { results } = await client.get<{ results: object[] }>(`/reconciliations/${today}`);
    return results.length >= 4 ? results : undefined;
  });
  await hub.idle();
  const core = {
    source: 'core',
    refd_setl_flag: '0',
    count: 1,
    amount: '1.00',
    items: [{ setl_id: 'S1', amount: '1.00', parts: { hifp_pay: '1.00' } }],
  };
  await client.post(`/reconciliations/${today}/statements`, core);
  const slip = [{ setl_id: 'S1', amount: '1.00', parts: { hifp: '1.00' } }];
  await refused(client.post(`/reconciliations/${today}/statements`, { ...core, items: slip }), 422);
  await client.post(`/reconciliations/${today}/statements`, { ...core, refd_setl_flag: '1', part: 1, parts: 2 });
  await client.post(`/reconciliations/${today}`, {});
  const { differences } = await client.get<{ differences: { id: string }[] }>('/differences?state=open&limit=10');
  const id = differences[0]!.id;
  await client.get(`/differences/${id}`);
  await client.post(`/differences/${id}`, { to: 'resolved', reason: '已核对', owner: 'operator/li' });
  await refused(client.post(`/differences/${id}`, { to: 'resolved', reason: '再次' }), 409);
  await refused(client.get('/differences/none'), 404);
  for (const path of [`/ledger/seals/${today}`, `/ledger/seals/${today}/now`, '/ledger/seals/key', `/audit/${today}`])
    await client.get(path);
  for (const what of ['settlements', 'accumulators'])
    for (let after = ''; ; ) {
      const { next } = await client.get<{ next?: string }>(`/ledger/${what}${after}`);
      if (next === undefined) break;
      after = `?after=${next}`;
    }
}

async function lookAround(): Promise<void> {
  const { client } = world;
  await client.get('/status');
  for (const id of [insurerA, insurerB])
    for (const box of ['in', 'out']) await client.get(`/messages?insurer=${id}&box=${box}&limit=100`);
  await client.post('/client-keys/revoke', { client: 'operator/wang' });
  await refused(client.post('/client-keys/revoke', { client: 'core' }), 422);
  await client.get('/client-keys/revoked');
  await refused(person('operator/wang').get('/status'), 401);
  expect((await fetch(`${world.hub.url}/v1/status`)).status).toBe(401);
}
