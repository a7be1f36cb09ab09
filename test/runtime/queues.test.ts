import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sender } from '../../functions/runtime/ports.ts';
import { accessKey } from '../../infra/local/s3.ts';
import { type Sqs, startSqs } from '../../infra/local/sqs.ts';
import { type Consumed, memoryQueue } from '../simulator/memory-queue.ts';

/** The queue of the simulator is held to what the queues of the embedded hub do; both in real time here. */
type Consume = (body: unknown) => Promise<Consumed>;
type Subject = { sender: Sender; deadLetters(): unknown[]; stop(): Promise<void> };

const terms = { visibilitySeconds: 1, mostDeliveries: 3 };
let sqs: Sqs;
let queues = 0;

beforeAll(async () => {
  sqs = await startSqs();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: accessKey.id,
    AWS_SECRET_ACCESS_KEY: accessKey.secret,
  });
});
afterAll(() => sqs.stop());

const subjects: Record<string, (consume: Consume) => Promise<Subject>> = {
  async 'the queue in memory'(consume) {
    const queue = memoryQueue({ after: (ms, run) => void setTimeout(run, ms) }, terms, consume);
    return { sender: queue, deadLetters: () => queue.deadLetters, stop: async () => {} };
  },
  async 'a queue of the embedded hub'(consume) {
    const [name, dead] = [`q${++queues}`, `dead${queues}`];
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${dead}`;
    const redrive = { deadLetterTargetArn, maxReceiveCount: terms.mostDeliveries };
    sqs.create([
      { id: dead, name: dead, attributes: {} },
      {
        id: name,
        name,
        attributes: { VisibilityTimeout: String(terms.visibilitySeconds), RedrivePolicy: JSON.stringify(redrive) },
      },
    ]);
    const { queueSender } = await import('../../functions/runtime/queues.ts');
    const state = { stopped: false };
    const poll = (async () => {
      while (!state.stopped) {
        for (const { body, receiptHandle, attributes } of await sqs.receive(name, 10, 0.05)) {
          const consumed = await consume(JSON.parse(body));
          const tries = Number(attributes.ApproximateReceiveCount);
          if (consumed === 'done') sqs.remove(name, receiptHandle);
          // As functions/runtime/queues.ts does it; one that died says nothing.
          else if (consumed === 'failed') sqs.hide(name, receiptHandle, 2 * tries ** 2);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    return {
      sender: queueSender(sqs.queueUrl(name)),
      deadLetters: () => Array.from({ length: sqs.depth(dead).visible }),
      async stop() {
        state.stopped = true;
        await poll;
      },
    };
  },
};

const until = async (holds: () => boolean, seconds: number): Promise<void> => {
  const end = performance.now() + seconds * 1000;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe.each(Object.entries(subjects))('%s', (_, start) => {
  it('delivers everything, each message by itself, as JSON leaves it', async () => {
    const taken: unknown[] = [];
    const queue = await start(async (body) => {
      taken.push(body);
      return 'done';
    });
    const bodies = Array.from({ length: 25 }, (_, n) => ({ n, nothing: undefined }));
    await queue.sender.send(bodies);
    await until(() => taken.length >= 25, 5);
    await queue.stop();
    expect(new Set(taken.map((body) => JSON.stringify(body)))).toEqual(new Set(bodies.map(({ n }) => `{"n":${n}}`)));
  });

  it('waits as long as it is told, and takes no delay of more than 15 minutes', async () => {
    const at: number[] = [];
    const queue = await start(async () => {
      at.push(performance.now());
      return 'done';
    });
    const begun = performance.now();
    await queue.sender.send([{}], 1);
    await expect(queue.sender.send([{}], 901)).rejects.toThrow();
    await until(() => at.length > 0, 5);
    await queue.stop();
    expect(at).toHaveLength(1);
    expect(at[0]! - begun).toBeGreaterThanOrEqual(950);
  });

  it('brings a message that was delayed after those that were sent later', async () => {
    const taken: unknown[] = [];
    const queue = await start(async (body) => {
      taken.push(body);
      return 'done';
    });
    await queue.sender.send(['first'], 1);
    await queue.sender.send(['second']);
    await until(() => taken.length === 2, 5);
    await queue.stop();
    expect(taken).toEqual(['second', 'first']);
  });

  it('brings again what failed, and what was held when its consumer died, and nothing else', async () => {
    const seen: Record<string, number> = { good: 0, bad: 0, dying: 0 };
    const at: Record<string, number[]> = { good: [], bad: [], dying: [] };
    const queue = await start(async (body) => {
      const { name } = body as { name: string };
      seen[name] = (seen[name] ?? 0) + 1;
      at[name]?.push(performance.now());
      if (name === 'good' || seen[name] === 2) return 'done';
      return name === 'bad' ? 'failed' : 'died';
    });
    await queue.sender.send([{ name: 'good' }, { name: 'bad' }, { name: 'dying' }]);
    await until(() => seen.bad === 2 && seen.dying === 2, 8);
    await queue.stop();
    expect(seen).toEqual({ good: 1, bad: 2, dying: 2 });
    // The one after 2 s, the other when the visibility timeout is over.
    expect(at.bad![1]! - at.bad![0]!).toBeGreaterThanOrEqual(1950);
    expect(at.dying![1]! - at.dying![0]!).toBeGreaterThanOrEqual(950);
    expect(queue.deadLetters()).toHaveLength(0);
  });

  it('gives up what failed too often', async () => {
    let times = 0;
    const queue = await start(async () => {
      times += 1;
      return 'died';
    });
    await queue.sender.send([{}]);
    await until(() => queue.deadLetters().length > 0, 8);
    await queue.stop();
    expect(times).toBe(terms.mostDeliveries);
    expect(queue.deadLetters()).toHaveLength(1);
  });
});
