import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { StoredOutgoing } from '../../schemas/messages.ts';
import { hubProduct, insurerA, insurerB, settlementWorld, until } from '../flows/settlement-world.ts';
import { atRate, billOf, inLines, loadRoster, loadWholeRoster, percentile, pushRoster } from './counter.ts';
import { type Figure, seconds } from './measure.ts';

// isolation.bench.ts: what an insurer that hangs, a hundred thousand parked messages and the load of a roster cost
// everybody else, in a process of its own. Writes one JSON line.
const perSecond = 10;
const bills = 120;
const parked = 100_000;
const policies = 200_000;

process.env.CANBAO_SECRET = 'a secret of the bench that is long enough';
const folder = mkdtempSync(join(tmpdir(), 'canbao-bench-isolation-'));
const world = await settlementWorld();
const { client, hub } = world;
let billed = 0;
try {
  await world.connect(insurerA);
  const hanging = await world.connect(insurerB);
  await client.post('/products', hubProduct(insurerA));
  await client.post('/products', { ...hubProduct(insurerB), product_code: 'HMB-B' });
  const everybody = [
    { from: 0, count: 3000, insurer: insurerA, product: 'HMB-2026' },
    // Every other citizen has both.
    { from: 1500, count: 1500, insurer: insurerB, product: 'HMB-B' },
  ];
  await pushRoster(world, folder, everybody);
  await loadWholeRoster(world, 2999, 'HMB-B');

  await sending();
  const [before, alone] = [await sending(), await sending()];
  hanging.behave({ replyAfterMs: 60_000 });
  await sending();
  const beside = await sending();
  await client.post(`/insurers/${insurerB}/disable`, {});
  hanging.behave({ replyAfterMs: 0 });
  await hub.idle();
  await park();
  const withParked = await sending();

  const roster = [{ from: 0, count: policies, insurer: insurerA, product: 'HMB-2026' }];
  await pushRoster(world, folder, roster);
  const quiet = await sending();
  const loading = loadRoster(world);
  const during = await sending();
  const loadSeconds = await seconds(() => loading);
  const waited = [...before.waited, ...alone.waited];
  const figures: Figure[] = [
    ...against('notice accepted, beside an insurer that hangs', beside.waited, waited, 'all insurers well'),
    ...against('notice accepted, 100,000 messages parked', withParked.waited, waited, 'none parked'),
    ...against('bill settled, 200,000 policies loading', during.answered, quiet.answered, 'no roster'),
  ];
  process.stderr.write(`${loadSeconds} s until the firing that loads was over\n`);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  await world.stopAll();
  rmSync(folder, { recursive: true, force: true });
}

/** Bills at an even rate. `answered`: milliseconds at the counter; `waited`: from there until insurer A has accepted its notice. */
async function sending(): Promise<{ answered: number[]; waited: number[] }> {
  const from = new Date().toISOString();
  const first = billed;
  billed += bills;
  // Alternately somebody whom A insures, and somebody whom both insure.
  const citizenOf = (n: number) => (n % 2) * 1500 + ((first + n) >> 1);
  const answered = await atRate(perSecond, bills, (n) =>
    client.post('/settlements', billOf(citizenOf(n), `S${first + n}`)),
  );
  const sent = await until(async () => {
    const all = await acceptedSince(from);
    return all.length >= bills ? all : undefined;
  }, 60);
  return { answered, waited: sent.map(({ createdAt, acceptedAt }) => Date.parse(acceptedAt!) - Date.parse(createdAt)) };
}

async function acceptedSince(from: string): Promise<StoredOutgoing[]> {
  const found: StoredOutgoing[] = [];
  for (let after = ''; ; ) {
    const path = `/messages?insurer=${insurerA}&state=accepted&limit=200&from=${from}${after}`;
    const page = await client.get<{ messages: StoredOutgoing[]; next?: string }>(path);
    found.push(...page.messages);
    if (page.next === undefined) return found;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

/** Messages of the very insurer that the others go to, given up long ago. */
async function park(): Promise<void> {
  const [template] = await acceptedSince('2026-01-01T00:00:00Z');
  const { documents, table } = await messagesTable();
  const createdAt = '2026-01-02T00:00:00.000Z';
  const item = (n: number) => {
    const id = `msg_parked${n}`;
    const { dueAt, acceptedAt, resolvedAt, ...rest } = template!;
    return {
      ...{ ...rest, pk: `out#${insurerA}#${id}`, sk: 'message', id, state: 'parked', reason: 'attempts-spent' },
      ...{ createdAt, attempts: 10, slot: 10, resolvedAt: createdAt },
      ...{ mailbox: `out#${insurerA}`, mailboxOrder: `${createdAt}#${id}` },
    };
  };
  await inLines(8, parked / 25, async (batch) => {
    const puts = Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: item(batch * 25 + n) } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [table]: puts } }));
  });
  await hub.idle();
}

async function messagesTable() {
  Object.assign(process.env, hub.environment);
  const { documents } = await import('../../functions/runtime/documents.ts');
  const declared = hub.declared.tables.find(({ id }) => id.startsWith('Messages'))!;
  return { documents, table: hub.resourceNames[declared.id]! };
}

function against(name: string, times: number[], others: number[], baseline: string): Figure[] {
  return [0.5, 0.95].map((share) => ({
    ...{ name: `${name}, p${share * 100}`, value: percentile(times, share), unit: 'ms' },
    baseline: { name: baseline, value: percentile(others, share) },
    limit: { of: 'ratio', atMost: share === 0.5 ? 1.25 : 1.5 },
  }));
}
