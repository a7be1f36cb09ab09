import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventSourceDeclaration } from '../../infra/local/declarations.ts';
import { feedFromQueue } from '../../infra/local/event-sources.ts';
import { FunctionFailure } from '../../infra/local/function-failure.ts';
import type { Functions } from '../../infra/local/functions.ts';
import { type Sqs, startSqs } from '../../infra/local/sqs.ts';

type Records = { Records: { messageId: string; body: string }[] };
let sqs: Sqs;
const feeding: Promise<void>[] = [];
const stopping = new AbortController();

beforeAll(async () => {
  sqs = await startSqs();
});

afterAll(async () => {
  stopping.abort();
  sqs.interrupt();
  await Promise.all(feeding);
  await sqs.stop();
});

/** Feeds `consume` from a new queue, whose messages stay hidden for ten minutes; gives the batches that it gets. */
function feed(queue: string, consume: (event: Records, call: number) => unknown, retrySeconds?: number): string[][] {
  const batches: string[][] = [];
  const source: EventSourceDeclaration = {
    ...{ id: queue, function: 'F', queue, queueArn: `arn:aws:sqs:us-east-1:000000000000:${queue}` },
    ...{ batchSize: 10, windowSeconds: 0, concurrency: 1, partialFailures: true },
  };
  const functions = {
    concurrency: () => 1,
    failedFor: () => {},
    invoke: async (_id: string, event: Records) => consume(event, batches.push(event.Records.map(({ body }) => body))),
  } as unknown as Functions;
  sqs.create([{ id: queue, name: queue, attributes: { VisibilityTimeout: '600' } }]);
  for (const body of ['a', 'b', 'c']) sqs.send(queue, body);
  feeding.push(feedFromQueue(source, { sqs, functions, stopping: stopping.signal, retrySeconds }));
  return batches;
}

test('what a function failed for stays hidden for the visibility timeout, and the rest is gone', async () => {
  feed('partial', ({ Records }) => ({ batchItemFailures: [{ itemIdentifier: Records[1]?.messageId }] }));
  await expect.poll(() => sqs.depth('partial')).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
});

test.each([
  ['names a message that is not in the batch', { batchItemFailures: [{ itemIdentifier: 'other' }] }],
  ['names no message', { batchItemFailures: [{ itemIdentifier: '' }] }],
  ['is no list', { batchItemFailures: 'all' }],
])('an answer that %s fails the whole batch', async (what, answer) => {
  const queue = what.replaceAll(' ', '-');
  const batches = feed(queue, () => answer);
  await expect.poll(() => batches.length).toBe(1);
  await expect.poll(() => sqs.depth(queue).inFlight).toBe(3);
});

test('an answer without failures is success', async () => {
  feed('empty', () => null);
  await expect.poll(() => sqs.depth('empty')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

test('with a retry time of its own the hub gives failed messages back after that time', async () => {
  const batches = feed(
    'retried',
    (_event, call) => {
      if (call === 1) throw new FunctionFailure('error', 'F', '', 'once');
    },
    0.05,
  );
  await expect.poll(() => batches.flat()).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  await expect.poll(() => sqs.depth('retried').inFlight).toBe(0);
});
