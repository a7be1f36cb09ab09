import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HubRefusal } from '../../infra/cli/client.ts';
import { keysOf, type ShownKey } from '../../infra/sandbox/connect.ts';
import { type MockInsurer, startMockInsurer } from '../../infra/sandbox/mock-insurer.ts';
import type { IncomingType, OutgoingType } from '../../schemas/messages.ts';
import { fenOfYuan } from '../../schemas/money.ts';
import { canbaoProcess, HubProcess, program } from './hub-process.ts';
import { type Heard, type Listening, listenIn } from './listening.ts';
import { bill, hubProduct, insurerA as insurer, insurerProduct, policyData, until } from './settlement-world.ts';

const bills = 500;
const persons = 100;
const kills = 5;
const clients = 8;
const billIds = Array.from({ length: bills }, (_, n) => `S${n}`);

const folder = mkdtempSync(join(tmpdir(), 'canbao-settlement-kill-'));
const data = join(folder, 'data');
let port: number;
let hub: HubProcess;
let sandbox: ChildProcess;
let sandboxUrl: string;
let heard: Listening;
/** Sends the insurer's policies; takes nothing. */
let policies: MockInsurer;

beforeAll(async () => {
  port = await freePort();
  const sandboxPort = await freePort();
  sandboxUrl = `http://127.0.0.1:${sandboxPort}/webhooks`;
  heard = await listenIn(sandboxUrl);
  hub = new HubProcess(data, { port });
  await hub.start();
  const settings = { id: insurer, name: '模拟保险', url: heard.url, schemes: ['v1'] };
  const added = await hub.client().post<{ keys: ShownKey[] }>('/insurers', settings);
  const keyFile = join(folder, 'insurer.json');
  writeFileSync(keyFile, JSON.stringify(added));
  const ratio = ['--ratio', '0.5', '--answer', 'by-webhook'];
  const at = ['--keys', keyFile, '--hub', url(), '--port', String(sandboxPort)];
  sandbox = canbaoProcess(['insurer-sandbox', ...at, ...ratio]);
  const keys = keysOf(added.keys);
  policies = await startMockInsurer({ webhookUrl: `${url()}/v1/insurers/${insurer}/webhooks`, ...keys });
  await hub.client().post('/products', hubProduct(insurer));
  await hub.client().post('/products', insurerProduct(insurer));
}, 120_000);

afterAll(async () => {
  await hub?.kill();
  sandbox?.kill('SIGKILL');
  heard?.stop();
  await policies?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('settles 500 bills once each, whatever moments the hub is killed at', { timeout: 600_000 }, async () => {
  const policies = Array.from({ length: persons }, (_, n) =>
    productsOf(n + 1).map((of) => policyData(n + 1, of)),
  ).flat();
  await sideBySide(policies.values(), async (policy) => expect(await send(policy)).toBe(202));
  await until(async () => ((await open('in', 'received')) === 0 ? true : undefined), 90);

  let answered = 0;
  const settling = sideBySide(billIds.values(), async (id) => {
    expect(await settle(id)).toMatchObject({ setl_id: id, state: 'settled' });
    answered += 1;
  });
  await Promise.all([killNowAndThen(() => answered), settling]);

  const views = await until(whenAllIsResolved, 150);
  checkSums(views);
  await checkMessages(views);
  const verify = [program, 'ledger', 'verify', '--data', data, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, verify);
  // What policies have paid, and, for everybody, what the public funds have.
  expect(JSON.parse(stdout)).toMatchObject({ settlements: bills, accumulators: hubPersons + persons, faults: [] });
});

async function sideBySide<T>(all: Iterator<T> & Iterable<T>, each: (one: T) => Promise<void>): Promise<void> {
  const client = async () => {
    for (const one of all) await each(one);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/** Once in every fifth of the bills, never twice at the same place. The insurer comes to answer in its replies. */
async function killNowAndThen(answered: () => number): Promise<void> {
  const moments = Array.from({ length: kills }, (_, n) => Math.floor(((n + Math.random()) * bills) / kills));
  for (const [n, moment] of moments.entries()) {
    while (answered() < moment) await sleep(5);
    await sleep(200 * Math.random());
    await hub.kill();
    await hub.start();
    if (n === 2) await behave({ answer: 'in-reply' });
  }
}

/** A third of the persons has a policy that the hub computes, a third one that the insurer adjudicates, a third both. */
const productsOf = (person: number) =>
  [['HMB-2026'], ['PRO-2026'], ['HMB-2026', 'PRO-2026']][person % 3] as ('HMB-2026' | 'PRO-2026')[];
const personOf = (id: string) => 1 + (Number(id.slice(1)) % persons);
const hubPersons = Array.from({ length: persons }, (_, n) => n + 1).filter((person) =>
  productsOf(person).includes('HMB-2026'),
).length;

type View = {
  setl_id: string;
  psn_cash_pay: string;
  counter: { psn_cash_pay: string };
  shares: { product_code: string; policy_no: string; state: string; base_amt: string; paid_amt: string }[];
};

function checkSums(views: readonly View[]): void {
  const paidByHub = new Map<number, number[]>();
  for (const { setl_id, shares, psn_cash_pay } of views) {
    const person = personOf(setl_id);
    expect(shares.map(({ product_code }) => product_code)).toEqual(productsOf(person));
    let left = 40_000;
    for (const share of shares) {
      const paid = fenOfYuan(share.paid_amt)!;
      expect([share.state, fenOfYuan(share.base_amt)]).toEqual(['posted', left]);
      if (share.product_code === 'HMB-2026') paidByHub.set(person, [...(paidByHub.get(person) ?? []), paid]);
      else expect(paid).toBe(left / 2);
      left -= paid;
    }
    expect(fenOfYuan(psn_cash_pay)).toBeLessThanOrEqual(40_000);
  }
  expect(paidByHub.size).toBe(hubPersons);
  // 400 yuan each: the first bears the deductible of the year.
  for (const paid of paidByHub.values())
    expect(paid.toSorted((one, other) => one - other)).toEqual([24_000, 32_000, 32_000, 32_000, 32_000]);
}

async function checkMessages(views: readonly View[]): Promise<void> {
  const claims = (product?: string) =>
    views.flatMap(({ setl_id, shares }) =>
      shares
        .filter(({ product_code }) => product === undefined || product_code === product)
        .map(({ policy_no, paid_amt }) => `${setl_id} ${policy_no} ${paid_amt}`),
    );
  const bodies = Map.groupBy(heard.messages, ({ id }) => id);
  for (const [id, copies] of bodies) expect([id, new Set(copies.map(({ digest }) => digest)).size]).toEqual([id, 1]);
  const once = [...bodies.values()].map(([first]) => first as Heard);
  const of = (type: OutgoingType) => once.filter((message) => message.type === type).map(({ data: said }) => said);
  const notices = of('settlement.notice').map((said) => `${said.setl_id} ${said.policy_no}`);
  expect(notices.toSorted()).toEqual(
    claims()
      .map((claim) => claim.split(' ').slice(0, 2).join(' '))
      .toSorted(),
  );
  // An insurer that was asked again after a kill answers again, and is told of each answer once, always the same.
  const posted = of('claim.posted');
  expect(new Set(posted.map(({ message_id }) => message_id)).size).toBe(posted.length);
  const told = new Set(posted.map((said) => `${said.setl_id} ${said.policy_no} ${said.posted_amt}`));
  expect([...told].toSorted()).toEqual(claims('PRO-2026').toSorted());
  expect(of('claim.refused')).toEqual([]);
  expect(await open('out', 'parked')).toBe(0);
}

/** All bills, when nothing is under way any more. */
async function whenAllIsResolved(): Promise<View[] | undefined> {
  await sleep(1000);
  if ((await open('out', 'due')) + (await open('in', 'received')) > 0) return undefined;
  for (const id of unresolved) {
    if (!isResolved(await read(id))) return undefined;
    unresolved.delete(id);
  }
  // As they are now that all of them are: what was posted is never changed, but by a reversal.
  const views: View[] = [];
  await sideBySide(billIds.values(), async (id) => void views.push(await read(id)));
  return views.every(isResolved) ? views : undefined;
}

const unresolved = new Set(billIds);
const read = (id: string): Promise<View> => hub.client().get<View>(`/settlements/${id}`);
const isResolved = ({ shares }: View): boolean =>
  shares.every(({ state }) => state !== 'pending' && state !== 'waiting');

async function open(box: 'in' | 'out', state: string): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const path = `/messages?insurer=${insurer}&box=${box}&state=${state}&limit=200${after}`;
    const page = await hub.client().get<{ messages: unknown[]; next?: string }>(path);
    count += page.messages.length;
    if (page.next === undefined) return count;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

/** Repeats a bill until it is answered, as a careful core system does. */
async function settle(id: string): Promise<object> {
  for (;;) {
    try {
      return await hub.client().post<object>('/settlements', bill(personOf(id), id));
    } catch (error) {
      if (error instanceof HubRefusal && error.status < 500) throw error;
      await sleep(100);
    }
  }
}

async function send(said: object): Promise<number> {
  return policies.send('policy.upserted' satisfies IncomingType, said as Readonly<Record<string, unknown>>);
}

async function behave(change: object): Promise<void> {
  const address = sandboxUrl.replace('/webhooks', '/behaviour');
  await fetch(address, { method: 'PUT', body: JSON.stringify(change) });
}

const url = () => `http://127.0.0.1:${port}`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}
