import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HubRefusal } from '../../infra/cli/client.ts';
import { addDays, civilDateAt } from '../../schemas/time.ts';
import { type Listening, listenIn } from './listening.ts';
import { eventsIn, recorded } from './recorded.ts';
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

const folder = mkdtempSync(join(tmpdir(), 'canbao-privacy-'));
const logged: string[] = [];
const answers: string[] = [];
const name = '欧阳试探';
/** Whatever would tell who somebody is. */
const personal = [name, ...Array.from({ length: 9 }, (_, n) => certno(n))];
let world: SettlementWorld;
let a: ConnectedInsurer & { wire: Listening };
let b: ConnectedInsurer & { wire: Listening };

beforeAll(async () => {
  world = await settlementWorld({ entryOf: recorded(folder), log: (line) => void logged.push(JSON.stringify(line)) });
  a = await listenedTo(insurerA);
  b = await listenedTo(insurerB);
  await world.declareProducts();
  await walk();
  await goWrong();
  await closeTheDay();
}, 180_000);

afterAll(async () => {
  await world?.stopAll();
  for (const insurer of [a, b]) insurer?.wire.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('of the persons whose bills are settled, no name and no certificate number', () => {
  it('is missed by this search, where it has to be: in what comes in', () => {
    const came = handed().filter((event) => event.includes('"rawPath"'));
    expect(came.join()).toContain(certno(1));
    expect(came.join()).toContain(name);
  });

  it('is in a log line or a metric', () => {
    expect(logged.some((line) => line.includes('_aws'))).toBe(true);
    for (const line of logged) expectNobodyIn(line);
  });

  it('is in a queue message or a record of a stream, sealed bodies unreadable', () => {
    const records = handed().filter((event) => event.includes('"Records"'));
    const from = (source: string) => records.filter((event) => event.includes(source)).length;
    expect(Math.min(from('aws:sqs'), from('aws:dynamodb'))).toBeGreaterThan(5);
    for (const event of records) expectNobodyIn(event);
  });

  it('is in an address that the hub was asked for, or that it asked', () => {
    type Asked = { rawPath?: string; rawQueryString?: string };
    const asked = handed().map((event) => JSON.parse(event) as Asked);
    const paths = asked.flatMap(({ rawPath, rawQueryString }) => (rawPath ? [`${rawPath}?${rawQueryString}`] : []));
    expect(paths.length).toBeGreaterThan(10);
    for (const path of [...paths, ...[a, b].flatMap(({ wire }) => wire.messages.map((one) => one.path))])
      expectNobodyIn(decodeURIComponent(path));
  });

  it('is in a message to an insurer', () => {
    for (const { wire } of [a, b]) {
      expect(wire.messages.length).toBeGreaterThan(3);
      for (const { headers, body } of wire.messages) expectNobodyIn(headers + body);
    }
    const types = new Set([...a.wire.messages, ...b.wire.messages].map(({ type }) => type));
    expect([...types].sort()).toEqual([
      ...['claim.posted', 'claim.refused', 'reconciliation.requested', 'settlement.notice', 'settlement.reversed'],
    ]);
  });

  it('is in an answer of the hub, a refusal included', () => {
    expect(answers.some((answer) => answer.includes('settlement/sums-differ'))).toBe(true);
    for (const answer of answers) expectNobodyIn(answer);
  });

  it('is in an item of a table: settlements, policies, messages, insurers, trail', async () => {
    for (const [table, items] of await everyItem()) {
      expect([table, items.length > 0]).toEqual([table, true]);
      for (const item of items) expectNobodyIn(item);
    }
  });
});

it('two insurers know a person by different references, and the hub by a third', async () => {
  const refOf = ({ wire }: { wire: Listening }, setlId: string) =>
    wire.messages.find(({ type, data }) => type === 'settlement.notice' && data.setl_id === setlId)?.data.person_ref;
  const tables = new Map(await everyItem());
  const settlements = [...tables].find(([table]) => table.includes('Settlements'))![1];
  type Kept = { pk: string; sk: string; bill?: { person_ref: string } };
  const kept = settlements.map((item) => JSON.parse(item) as Kept).find(({ pk, sk }) => pk + sk === 'S1settlement');
  const own = kept?.bill?.person_ref;
  const refs = [refOf(a, 'S1'), refOf(b, 'S1'), own];
  expect(refs.every((ref) => typeof ref === 'string' && ref.length >= 20)).toBe(true);
  expect(new Set(refs).size).toBe(3);
  // The same person has the same one at the same insurer, another person another one.
  expect([refOf(a, 'S1b'), refOf(b, 'S1b')]).toEqual(refs.slice(0, 2));
  expect(refOf(a, 'S2')).not.toBe(refs[0]);
});

/** Policies, bills of three persons, answers in both ways, a reversal, a consent that is revoked. */
async function walk(): Promise<void> {
  for (const n of [1, 2, 3]) {
    expect(await a.send('policy.upserted', policyData(n, 'HMB-2026'))).toBe(202);
    expect(await b.send('policy.upserted', policyData(n, 'PRO-2026'))).toBe(202);
  }
  await world.hub.idle();
  await settle(1, 'S1');
  b.behave({ answer: 'by-webhook' });
  await settle(1, 'S1b');
  await settle(2, 'S2');
  await world.hub.idle();
  await reverse(2, 'S2');
  const { policy_no, consent_no } = policyData(3, 'PRO-2026');
  const revoked_at = new Date(world.hub.clock.now()).toISOString();
  await b.send('consent.revoked', { policy_no, policy_sub_no: '', consent_no, revoked_at });
  await world.hub.idle();
  await settle(3, 'S3');
  await ask(() => world.client.post('/settlements/preview', { ...bill(1, 'S9'), psn_name: name }));
  await world.hub.idle();
}

/** Everything that is reported, refused or found different. */
async function goWrong(): Promise<void> {
  await ask(() => world.client.post('/settlements', { ...bill(4, 'S4'), psn_name: name, fund_pay_sumamt: '1.00' }));
  await ask(() => world.client.post('/settlements', { ...bill(5, 'S1'), psn_name: name }));
  await ask(() => world.client.post('/settlements', { ...bill(6, 'S6'), psn_name: name, begndate: name }));
  await ask(() => world.client.post('/settlements', { ...bill(7, 'S7'), psn_name: name, [certno(7)]: '1' }));
  // Well signed and wrong in its content; not signed well; about a bill that is not there.
  const wrong = { ...policyData(8, 'PRO-2026'), begn_date: certno(8), psn_name: name, [certno(8)]: name };
  expect(await b.send('policy.upserted', wrong)).toBe(400);
  b.behave({ wrongSignature: true });
  expect(await b.send('policy.upserted', policyData(8, 'PRO-2026'))).toBe(401);
  b.behave({ wrongSignature: false });
  const { policy_no } = policyData(8, 'PRO-2026');
  const claim = { setl_id: 'S8', policy_no, policy_sub_no: '', decision: 'approved', paid_amt: '1.00' };
  expect(await b.send('claim.adjudicated', { ...claim, insurer_claim_no: 'C8' })).toBe(202);
  await world.hub.idle();
  for (const path of ['/settlements/S1', '/settlements/S1/statement', '/settlements/S1/ledger', '/differences'])
    await ask(() => world.client.get(path));
  answers.push(await world.client.page('/settlements/S1/statement'));
  await ask(() => world.client.get(`/messages?insurer=${insurerB}&box=in`));
}

async function closeTheDay(): Promise<void> {
  const { hub } = world;
  hub.clock.moveTo(new Date(`${addDays(civilDateAt(hub.clock.now()), 1)}T00:30:00+08:00`));
  for (const { id } of hub.declared.schedules) await hub.fireSchedule(id);
  await hub.idle();
  const requested = () => [a, b].every(({ wire }) => wire.messages.some(({ type }) => type.startsWith('reconc')));
  await until(async () => (requested() ? true : undefined));
  await hub.idle();
}

async function listenedTo(id: string): Promise<ConnectedInsurer & { wire: Listening }> {
  const insurer = await world.connect(id, { ratio: 0.5 });
  const wire = await listenIn(insurer.url);
  await world.client.post(`/insurers/${id}/settings`, { url: wire.url });
  return Object.assign(insurer, { wire });
}

const settle = (n: number, setlId: string) =>
  ask(() => world.client.post('/settlements', { ...bill(n, setlId), psn_name: name }));

async function reverse(n: number, setlId: string): Promise<void> {
  const reversal = { ...reversalOf(bill(n, setlId), `R${setlId}`), psn_name: name };
  await ask(() => world.client.post('/settlements', reversal));
  await world.hub.idle();
}

/** What the hub answers, be it a refusal. */
async function ask(question: () => Promise<unknown>): Promise<void> {
  const answer = await question().catch((error: unknown) => {
    if (!(error instanceof HubRefusal)) throw error;
    return { code: error.code, message: error.message };
  });
  answers.push(JSON.stringify(answer));
}

const handed = (): string[] => readFileSync(eventsIn(folder), 'utf8').trim().split('\n');

/** In the text itself, and in what is written in base64 in it. */
function expectNobodyIn(text: string): void {
  const encoded = text.match(/[A-Za-z0-9+/_-]{24,}={0,2}/g) ?? [];
  const all = [text, ...encoded.map((part) => Buffer.from(part, 'base64').toString('utf8'))].join('\n');
  for (const one of personal) if (all.includes(one)) throw new Error(`Somebody can be told by ${text.slice(0, 2000)}`);
}

/** All items of settlement's and the wire's tables, each as text; bytes as base64. */
async function everyItem(): Promise<[string, string[]][]> {
  Object.assign(process.env, world.hub.environment);
  const { documents } = await import('../../functions/runtime/documents.ts');
  const rooms = /^(Settlements|Policies|Messages|Insurers|Audit)/;
  const tables = world.hub.declared.tables.filter(({ id }) => rooms.test(id));
  const found: [string, string[]][] = [];
  for (const { id } of tables) {
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: world.hub.resourceNames[id]! }));
    const text = (_: string, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
    // Buffers say what they are before a replacer is asked.
    found.push([id, Items.map((item) => JSON.stringify(bare(item), text))]);
  }
  return found;
}

function bare(item: Record<string, unknown>): Record<string, unknown> {
  const plain = (value: unknown) => (value instanceof Uint8Array ? new Uint8Array(value) : value);
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, plain(value)]));
}
