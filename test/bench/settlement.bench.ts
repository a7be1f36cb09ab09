import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { clientKey } from '../../functions/runtime/signatures/client-key.ts';
import { hubClient } from '../../infra/cli/client.ts';
import { keysOf, type ShownKey } from '../../infra/sandbox/connect.ts';
import { hubProduct, insurerA, settlementWorld } from '../flows/settlement-world.ts';
import { billOf, inLines, loadWholeRoster, percentile, pushRoster } from './counter.ts';
import { type Figure, median } from './measure.ts';
import { sendPolicies } from './sending-insurer.ts';

// settlement.bench.ts: how many bills a second the hub settles and how soon it takes a webhook, in a process of its own.
// Writes one JSON line. What is sent on to insurers is left out: the function that reads the table's stream does nothing.
const clients = 8;
const rounds = 5;
const bills = 200;
/** Until the Java virtual machine is warm, which makes it three times as fast. */
const warming = 1000;
/** So many that a hundredth of them is more than one pause of a machine. */
const webhooks = 2400;

process.env.CANBAO_SECRET = 'a secret of the bench that is long enough';
const secret = createHash('sha256').update(process.env.CANBAO_SECRET).digest('hex');
const folder = mkdtempSync(join(tmpdir(), 'canbao-bench-settlement-'));
const idle = join(import.meta.dirname, 'handlers', 'idle.ts');
const world = await settlementWorld({
  entryOf: (entry) => (entry.endsWith('hand-on.handler.ts') ? idle : entry),
});
try {
  await world.connect(insurerA);
  await world.client.post('/products', hubProduct(insurerA));
  const insured = rounds * bills + warming + 1;
  await pushRoster(world, folder, [{ from: 0, count: insured, insurer: insurerA, product: 'HMB-2026' }]);
  await loadWholeRoster(world, insured - 1, 'HMB-2026');

  // As the core system sends them: a bill that an operator posts leaves an entry in the trail besides.
  const core = hubClient({ endpoint: world.hub.url, key: clientKey(secret, 'core'), client: 'core' });
  const settle = (n: number) => core.post('/settlements', billOf(n, `S${n}`));
  const { actions, bytes, writeBarely } = await bareWrites(insured - 1);
  await inLines(clients, warming, (n) => settle(rounds * bills + n));
  await inLines(clients, warming, writeBarely);
  const settled: number[] = [];
  const written: number[] = [];
  // In turns, so that both meet the same tables and the same machine.
  for (let round = 0; round < rounds; round += 1) {
    settled.push(await inLines(clients, bills, (n) => settle(round * bills + n)));
    written.push(await inLines(clients, bills, (n) => writeBarely(warming + round * bills + n)));
    process.stderr.write(`… ${Math.round(settled.at(-1)!)} and ${Math.round(written.at(-1)!)} a second\n`);
  }
  const [value, bare] = [median(settled), median(written)];
  const times = await sendPolicies({
    webhookUrl: `${world.hub.url}/v1/insurers/${insurerA}/webhooks`,
    ownKeys: await ownKeys(),
    product: 'HMB-2026',
    warming: 2 * warming,
    perSecond: value / 2,
    count: webhooks,
  });
  const figures: Figure[] = [
    {
      ...{ name: `settlements accepted, ${actions} items and ${(bytes / 1000).toFixed(1)} kB each`, value, unit: '/s' },
      baseline: { name: 'bare TransactWriteItems of the same', value: bare },
      limit: { of: 'ratio', atLeast: 0.6 },
    },
    {
      ...{ name: 'inbound webhook p99 at half that rate', value: percentile(times, 0.99), unit: 'ms' },
      limit: { of: 'value', atMost: 50 },
    },
    { name: 'inbound webhook p50 at half that rate', value: percentile(times, 0.5), unit: 'ms' },
  ];
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  await world.stopAll();
  rmSync(folder, { recursive: true, force: true });
}

/** A key more, for the insurer to sign with. */
async function ownKeys() {
  const shown = await world.client.post<ShownKey>(`/insurers/${insurerA}/keys`, { scheme: 'v1', direction: 'in' });
  return keysOf([shown]).ownKeys;
}

/** The transaction of a bill as the hub writes it, to be written again under other names with nothing around it. */
async function bareWrites(citizenOfTemplate: number) {
  const { hub } = world;
  const declared = hub.declared.functions.find(({ id }) => id.startsWith('SettlementApi'))!;
  Object.assign(process.env, declared.environment, hub.environment, {
    CANBAO_SECRET: secret,
    S3_FORCE_PATH_STYLE: 'true',
  });
  const { documents } = await import('../../functions/runtime/documents.ts');
  const { GetCommand, PutCommand, TransactWriteCommand } = await import('@aws-sdk/lib-dynamodb');
  const { settlementServices } = await import('../../functions/settlement/settlement-services.ts');
  const { acceptSettlement } = await import('../../functions/settlement/accept.ts');

  const template = 'TEMPLATE0';
  let seen: TransactWriteCommandInput | undefined;
  const send = documents.send.bind(documents);
  documents.send = ((command: object) => {
    if (command instanceof TransactWriteCommand) seen ??= command.input;
    return send(command as never);
  }) as typeof documents.send;
  await acceptSettlement(settlementServices, Buffer.from(JSON.stringify(billOf(citizenOfTemplate, template))));
  documents.send = send;
  const items = seen?.TransactItems;
  if (items === undefined) throw new Error('The bill wrote nothing.');

  const text = JSON.stringify(items);
  const person = /"person_ref":"([^"]+)"/.exec(text)![1]!;
  const message = /msg_\w+/.exec(text)![0];
  const renamed = (content: string, n: number): string =>
    content
      .replaceAll(template, `B${String(n).padStart(template.length - 1, '0')}`)
      .replaceAll(person, `B${String(n).padStart(person.length - 1, '0')}`)
      .replaceAll(message, `msg_${String(n).padStart(message.length - 4, '0')}`);
  // What a check looks at has to be there, for everyone its own.
  for (const { ConditionCheck } of items) {
    if (ConditionCheck === undefined) continue;
    const { TableName, Key } = ConditionCheck;
    const { Item } = await send(new GetCommand({ TableName, Key }));
    const checked = JSON.stringify(Item);
    await inLines(clients, warming + rounds * bills, (n) =>
      send(new PutCommand({ TableName, Item: JSON.parse(renamed(checked, n)) })),
    );
  }
  const writeBarely = async (n: number) => {
    const own = JSON.parse(renamed(text, n)) as typeof items;
    await send(new TransactWriteCommand({ TransactItems: own }));
  };
  return { actions: items.length, bytes: text.length, writeBarely };
}
