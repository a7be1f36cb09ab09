import { registerHooks } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

type Call = (...values: unknown[]) => Promise<unknown>;
type Bindings = Record<string, Call> & {
  interrupt(connection: unknown): void;
  disconnect_sync(connection: unknown): void;
};

/** The functions of DuckDB's binding that work on a thread of their own and answer by a promise. */
const asynchronous = [
  'get_or_create_from_cache',
  'open',
  'connect',
  'query',
  'prepare',
  'execute_prepared',
  'execute_prepared_streaming',
  'extract_statements',
  'prepare_extracted_statement',
  'execute_pending',
  'fetch_chunk',
];

const running = new Set<Promise<unknown>>();
const connections = new Set<unknown>();
let binding: Bindings | undefined;
let ending = false;
const never = new Promise<never>(() => {});

/**
 * Watches the calls to DuckDB of this thread, from when it is loaded, if ever. Needed because a thread that is ended
 * while such a call runs waits for it, however long it takes; and the answer that then comes into the ended thread
 * aborts the whole process.
 */
export function watchDuckDb(): void {
  Object.assign(globalThis, { canbaoWatchDuckDb: watched });
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!/@duckdb\/node-bindings\/duckdb\.js$/.test(url)) return loaded;
      return { ...loaded, source: `${loaded.source}\nmodule.exports = globalThis.canbaoWatchDuckDb(module.exports);` };
    },
  });
}

/**
 * Ends the calls to DuckDB that run, and lets no other begin. The function never hears of it: it could take an
 * interrupted query for a fault of the file that it reads, and write that down.
 */
export async function endDuckDbCalls(): Promise<void> {
  ending = true;
  while (running.size > 0) {
    // Again and again: an interrupt that comes before the query has begun is forgotten.
    for (const connection of connections) binding?.interrupt(connection);
    await sleep(5);
  }
}

function watched(bindings: Bindings): Bindings {
  binding = bindings;
  const calls = asynchronous.map((name) => [name, watchedCall(name, bindings[name] as Call)]);
  const disconnect_sync = (connection: unknown) => {
    connections.delete(connection);
    bindings.disconnect_sync(connection);
  };
  // Properties of the binding can be neither changed nor all be listed, but they can be inherited.
  return Object.create(bindings, Object.getOwnPropertyDescriptors({ ...Object.fromEntries(calls), disconnect_sync }));
}

function watchedCall(name: string, call: Call): Call {
  return async (...values) => {
    if (ending) return never;
    const result = call(...values);
    running.add(result);
    try {
      const answer = await result;
      if (name === 'connect') connections.add(answer);
      return ending ? never : answer;
    } catch (error) {
      if (ending) return never;
      throw error;
    } finally {
      running.delete(result);
    }
  };
}
