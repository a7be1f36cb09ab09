import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, expect, test } from 'vitest';
import { accessKeyOf, startHub } from '../../infra/local/hub.ts';
import { idOf, testTemplate } from './stack.ts';

const template = testTemplate();
const scratch = mkdtempSync(join(tmpdir(), 'canbao-crash-'));
const templateFile = join(scratch, 'template.json');
writeFileSync(templateFile, JSON.stringify(template));
const secret = 'a secret of at least thirty-two characters';
const { id: accessKeyId, secret: secretAccessKey } = accessKeyOf(secret);
const settings = { region: 'us-east-1', credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
const table = idOf(template, 'AWS::DynamoDB::Table', 'Items');
const landing = idOf(template, 'AWS::S3::Bucket', 'Landing');

type Child = {
  process: ChildProcess;
  url: string;
  endpoints: { s3: string; dynamodb: string };
  names: Record<string, string>;
};

afterAll(() => rmSync(scratch, { recursive: true }));

async function startChild(data: string[], env: Record<string, string> = {}): Promise<Child> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), templateFile, ...data], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })) {
    if (line.startsWith('{"endpoints"')) return { process: child, ...JSON.parse(line) };
  }
  throw new Error('The hub ended before it was ready.');
}

async function kill(child: Child): Promise<void> {
  child.process.kill('SIGKILL');
  await once(child.process, 'exit');
}

/** Command lines of the processes of this machine that name the folder or listen on the port. */
const processesWith = (text: string): string[] =>
  execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text) && line.includes('java'));

const portOf = (url: string) => `-port ${new URL(url).port}`;

test('what was accepted survives kill -9 at any moment, and is done exactly once in effect after a restart', {
  timeout: 120_000,
}, async () => {
  const data = join(scratch, 'kept');
  const accepted: string[] = [];
  for (const [round, killedAfter] of [2, 12].entries()) {
    const child = await startChild([data]);
    const s3 = new S3Client({ ...settings, endpoint: child.endpoints.s3, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const pushing = (async () => {
      for (let number = 0; ; number++) {
        const Key = `in/${round}-${number}.csv`;
        await s3.send(new PutObjectCommand({ Bucket: child.names[landing], Key, Body: Key }));
        accepted.push(Key);
        if (number === killedAfter) void kill(child);
      }
    })();
    await pushing.catch(() => {}); // The server is gone.
    s3.destroy();
  }

  const hub = await startHub({ template, data, secret, schedules: false });
  const failures: unknown[] = [];
  hub.onFunctionFailure((failure) => failures.push(failure));
  await hub.idle();
  const client = new DynamoDBClient({ ...settings, endpoint: hub.endpoints.dynamodb });
  const keys: string[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: hub.resourceNames[table] as string })) {
    keys.push(...Items.map(({ pk }) => pk?.S as string));
  }
  client.destroy();
  const dead = hub.queueDepth(idOf(template, 'AWS::SQS::Queue', 'Dead'));
  await hub.stop();
  expect(keys).toEqual(expect.arrayContaining(accepted.flatMap((key) => [key, `next ${key}`])));
  // An object whose client had no answer yet when the hub died may be there or not, but never by half.
  expect(
    keys
      .filter((key) => key.startsWith('in/'))
      .map((key) => `next ${key}`)
      .sort(),
  ).toEqual(keys.filter((key) => key.startsWith('next ')).sort());
  expect([dead.visible, failures]).toEqual([0, []]);
});

test('what was written before kill -9 reaches the function of the stream, before or after a restart', {
  timeout: 120_000,
}, async () => {
  const data = join(scratch, 'streamed');
  const written: string[] = [];
  for (const [round, killedAfter] of [30, 75].entries()) {
    const child = await startChild([data]);
    const write = async () => {
      for (let number = 0; ; number++) {
        const id = `out#${round}-${number}`;
        const answer = await fetch(`${child.url}/v1/messages/${encodeURIComponent(id)}`, { method: 'PUT' });
        if (answer.ok) written.push(id);
        if (number === killedAfter) void kill(child);
      }
    };
    await write().catch(() => {}); // The server is gone.
  }
  const hub = await startHub({ template, data, secret, schedules: false });
  await hub.idle();
  const client = new DynamoDBClient({ ...settings, endpoint: hub.endpoints.dynamodb });
  const TableName = hub.resourceNames[idOf(template, 'AWS::DynamoDB::Table', 'Messages')] as string;
  const keys: string[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    keys.push(...Items.map(({ pk }) => pk?.S as string));
  }
  client.destroy();
  await hub.stop();
  expect(written.length).toBeGreaterThan(100);
  expect(keys).toEqual(expect.arrayContaining(written.map((id) => `sent ${id}`)));
  const inTable = keys.filter((key) => key.startsWith('out#'));
  expect(keys.filter((key) => key.startsWith('sent ')).sort()).toEqual(inTable.map((id) => `sent ${id}`).sort());
});

test('a hub that is killed leaves no process and no temporary folder behind', async () => {
  const temporary = mkdtempSync(join(scratch, 'tmp-'));
  const child = await startChild([], { TMPDIR: temporary });
  expect(readdirSync(temporary).filter((name) => name.startsWith('canbao-hub-'))).toHaveLength(1);
  const java = portOf(child.endpoints.dynamodb);
  expect(processesWith(java).length).toBeGreaterThan(0);
  await kill(child);
  await expect.poll(() => processesWith(java), { timeout: 5000 }).toEqual([]);
  await expect.poll(() => readdirSync(temporary).filter((name) => name.startsWith('canbao-hub-'))).toEqual([]);
});

test('hubs run side by side, but only one on a folder; a stopped one leaves nothing but its data', async () => {
  const data = join(scratch, 'one');
  const [first, second] = await Promise.all([startHub({ template, data, secret }), startHub({ template, secret })]);
  await expect(startHub({ template, data, secret })).rejects.toThrow(/Another hub is using/);
  expect(
    new Set([...Object.values(first.endpoints), first.url, ...Object.values(second.endpoints), second.url]).size,
  ).toBe(8);
  await Promise.all([first.stop(), second.stop(), first.stop()]);
  expect([
    ...processesWith(portOf(first.endpoints.dynamodb)),
    ...processesWith(portOf(second.endpoints.dynamodb)),
  ]).toEqual([]);
  expect(existsSync(join(data, 'work'))).toBe(false);
});

test('a template that the hub does not understand stops it, and Java with it', async () => {
  const Resources = { ...template.Resources, Pipe: { Type: 'AWS::Pipes::Pipe' } };
  await expect(startHub({ template: { Resources }, data: join(scratch, 'two'), secret })).rejects.toThrow(/Pipe/);
  expect(processesWith(join(scratch, 'two'))).toEqual([]);
});
