import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { DuckDBInstance } from '@duckdb/node-api';

type Order = { do?: keyof typeof acts; ms?: number };

let running = 0;
let most = 0;

/** Does what it is told, and tells which thread it ran in and how many calls ran there at most. */
export async function handler({ do: what, ms }: Order): Promise<object> {
  running++;
  most = Math.max(most, running);
  const result = await acts[what ?? 'answer'](ms ?? 0);
  running--;
  return { threadId, most, result };
}

const forever = () => new Promise<never>(() => setInterval(() => {}, 1000));

const acts = {
  answer: async () => undefined,
  wait: (ms: number) => sleep(ms),
  spin: async () => {
    for (;;);
  },
  exit: async () => process.exit(0),
  'fill the heap': async () => {
    // Bit by bit: one piece that is larger than what V8 grants a dying worker ends the whole process.
    let kept: object = {};
    for (;;) kept = { kept };
  },
  'throw outside of the call': () => {
    setTimeout(() => {
      throw new Error('nobody catches this');
    });
    return forever();
  },
  'reject unheard': () => {
    void Promise.reject(new Error('nobody hears this'));
    return forever();
  },
  query: async () => {
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run('SELECT count(*) FROM range(100000000) a, range(1000) b WHERE hash(a.range + b.range) = 7');
  },
  'answer too much': async () => 'x'.repeat(6 * 1024 * 1024 + 100),
};
