import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueueDeclaration } from '../../infra/local/declarations.ts';
import { accessKey } from '../../infra/local/s3.ts';
import { type Sqs, startSqs } from '../../infra/local/sqs.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-sqs-'));
const redrive = { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead', maxReceiveCount: 2 };
const queues: QueueDeclaration[] = [
  { id: 'Dead', name: 'dead', attributes: { MessageRetentionPeriod: '1209600' } },
  { id: 'Work', name: 'work', attributes: { VisibilityTimeout: '1', RedrivePolicy: JSON.stringify(redrive) } },
  { id: 'Later', name: 'later', attributes: { VisibilityTimeout: '600' } },
  { id: 'Slow', name: 'slow', attributes: { DelaySeconds: '1', VisibilityTimeout: '600' } },
];
let sqs: Sqs;
let client: SQSClient;

async function start(): Promise<void> {
  sqs = await startSqs(folder);
  sqs.create(queues);
  client = new SQSClient({
    endpoint: sqs.url,
    region: 'us-east-1',
    credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret },
  });
}

async function stop(): Promise<void> {
  client.destroy();
  await sqs.stop();
}

const send = (queue: string, body: string) =>
  client.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl(queue), MessageBody: body }));
const receive = async (queue: string, waitSeconds = 0) => {
  const wanted = {
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: waitSeconds,
    MessageSystemAttributeNames: ['All' as const],
  };
  return (await client.send(new ReceiveMessageCommand({ QueueUrl: sqs.queueUrl(queue), ...wanted }))).Messages ?? [];
};
const remove = (queue: string, { ReceiptHandle }: { ReceiptHandle?: string }) =>
  client.send(new DeleteMessageCommand({ QueueUrl: sqs.queueUrl(queue), ReceiptHandle }));

beforeAll(start);
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

test('a batch of ten is received once while it is hidden, and is gone when deleted', async () => {
  const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `${index}`, MessageBody: `{"id":${index}}` }));
  const sent = await client.send(new SendMessageBatchCommand({ QueueUrl: sqs.queueUrl('work'), Entries }));
  expect(sent.Successful).toHaveLength(10);
  const received = await receive('work');
  expect(received.map(({ Body }) => Body)).toEqual(Entries.map(({ MessageBody }) => MessageBody));
  expect(received[0]?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
  expect(await receive('work')).toEqual([]);
  await Promise.all(received.map((message) => remove('work', message)));
  expect(sqs.depth('work')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

test('a message that is not deleted comes back after the visibility timeout, and after two tries is a dead letter', async () => {
  await send('work', 'stubborn');
  expect(await receive('work')).toHaveLength(1);
  const [second] = await receive('work', 3);
  expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
  expect(await receive('work', 2)).toEqual([]);
  const [dead] = await receive('dead');
  expect(dead?.Body).toBe('stubborn');
  await remove('dead', dead ?? {});
});

test('a message can be hidden for longer, or shown at once', async () => {
  await send('work', 'changing');
  const change = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
    client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: sqs.queueUrl('work'), ReceiptHandle, VisibilityTimeout }),
    );
  const [first] = await receive('work');
  await change(first?.ReceiptHandle, 60);
  expect(await receive('work', 2)).toEqual([]);
  await change(first?.ReceiptHandle, 0);
  const [again] = await receive('work');
  expect(again?.Body).toBe('changing');
  await remove('work', again ?? {});
});

test('a queue’s delay holds every message back', async () => {
  await send('slow', 'later');
  expect(await receive('slow')).toEqual([]);
  expect(sqs.depth('slow').delayed).toBe(1);
  const [message] = await receive('slow', 3);
  await remove('slow', message ?? {});
  expect(message?.Body).toBe('later');
});

test('a message may have a delay of its own, up to fifteen minutes, which a restart neither ends nor begins anew', async () => {
  const QueueUrl = sqs.queueUrl('later');
  const begun = performance.now();
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'in 2 s', DelaySeconds: 2 }));
  const Entries = [0, 2, 900].map((seconds) => ({
    Id: `${seconds}`,
    MessageBody: `batch, in ${seconds} s`,
    DelaySeconds: seconds,
  }));
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(sqs.depth('later')).toEqual({ visible: 1, inFlight: 0, delayed: 3 });
  expect((await receive('later')).map(({ Body }) => Body)).toEqual(['batch, in 0 s']);
  await stop();
  await start();
  expect((await receive('later')).map(({ Body }) => Body)).toEqual(['batch, in 0 s']);
  const received: (string | undefined)[] = [];
  while (received.length < 2) received.push(...(await receive('later', 5)).map(({ Body }) => Body));
  expect(received.sort()).toEqual(['batch, in 2 s', 'in 2 s']);
  expect(performance.now() - begun).toBeGreaterThan(1950);
  expect(performance.now() - begun).toBeLessThan(3500);
  expect(sqs.depth('later').delayed).toBe(1);
});

test('a delay of zero shows a message at once in a queue that delays the others', async () => {
  await client.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl('slow'), MessageBody: 'now', DelaySeconds: 0 }));
  const [message] = await receive('slow');
  expect(message?.Body).toBe('now');
  await remove('slow', message ?? {});
});

test('a consumer that waits gets a delayed message when it is due', async () => {
  const QueueUrl = sqs.queueUrl('work');
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'due', DelaySeconds: 1 }));
  const start = performance.now();
  const [message] = await sqs.receive('work', 10, 20);
  expect(message?.body).toBe('due');
  expect(performance.now() - start).toBeGreaterThan(900);
  expect(performance.now() - start).toBeLessThan(1200);
  sqs.remove('work', message?.receiptHandle ?? '');
});

test('a waiting consumer gets a message within 20 ms', async () => {
  const waiting = sqs.receive('work', 10, 5);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const sent = performance.now();
  sqs.send('work', 'quick');
  const [message] = await waiting;
  expect(performance.now() - sent).toBeLessThan(20);
  sqs.remove('work', message?.receiptHandle ?? '');
});

test('a queue has the attributes of the template, and a URL that leads to it', async () => {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'work' }));
  expect(QueueUrl).toBe(sqs.queueUrl('work'));
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({
    VisibilityTimeout: '1',
    RedrivePolicy: JSON.stringify(redrive),
    QueueArn: 'arn:aws:sqs:us-east-1:000000000000:work',
  });
});

test('messages outlive the hub; those in flight are visible at once, and the receive that was cut short is not counted', async () => {
  await send('work', 'waiting');
  await send('slow', 'in flight');
  await expect.poll(async () => (await receive('slow')).length, { timeout: 3000 }).toBe(1);
  await stop();
  await start();
  expect((await receive('work')).map(({ Body }) => Body)).toEqual(['waiting']);
  const [message] = await receive('slow');
  expect(message).toMatchObject({ Body: 'in flight', Attributes: { ApproximateReceiveCount: '1' } });
});

test('only this machine reaches the server', () => {
  expect(new URL(sqs.url).hostname).toBe('127.0.0.1');
});
