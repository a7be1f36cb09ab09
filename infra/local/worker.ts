import { enableCompileCache, flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { endDuckDbCalls, watchDuckDb } from './duckdb-calls.ts';

/** What a worker is started with. */
export type WorkerData = { entry: string; exported: string };
/** Says first that its module is loaded, or has failed to. */
export type Ready = 'ready';
/** Tells a worker to end. */
export type End = 'end';
/** One call; `context` without its functions, which cannot be sent to a thread. */
export type Invocation = { event: unknown; context: Record<string, unknown>; deadline: number };
export type Outcome = { ok: true; result: unknown } | { ok: false; name: string; message: string; stack: string };

// A worker is one execution environment of a function: its module is loaded once, then it answers one call at a time.
const { entry, exported } = workerData as WorkerData;
watchDuckDb();
// What one worker has compiled, the next ones of this and of later hubs need not.
enableCompileCache();
const loaded = import(pathToFileURL(entry).href);
const sayReady = () => {
  parentPort?.postMessage('ready' satisfies Ready);
  flushCompileCache();
};
loaded.then(sayReady, sayReady); // A module that fails to load fails every call, as in Lambda.

parentPort?.on('message', async (message: Invocation | End) => {
  if (message === 'end') {
    await endDuckDbCalls();
    process.exit();
  }
  const { event, context, deadline } = message;
  parentPort?.postMessage(
    await outcomeOf(event, { ...context, getRemainingTimeInMillis: () => deadline - Date.now() }),
  );
});

async function outcomeOf(event: unknown, context: object): Promise<Outcome> {
  try {
    const handler = (await loaded)[exported];
    if (typeof handler !== 'function') throw new Error(`${entry} does not export the function ${exported}.`);
    const result = await handler(event, context);
    // Lambda's results are JSON; anything else would only work here.
    return { ok: true, result: result === undefined ? undefined : JSON.parse(JSON.stringify(result)) };
  } catch (error) {
    const fault = error instanceof Error ? error : new Error(String(error));
    return { ok: false, name: fault.name, message: fault.message, stack: fault.stack ?? '' };
  }
}
