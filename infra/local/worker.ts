import { enableCompileCache, flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { endDuckDbCalls, watchDuckDb } from './duckdb-calls.ts';
import { followClock } from './hub-clock.ts';

/** What a worker is started with. */
export type WorkerData = { entry: string; exported: string; clock: SharedArrayBuffer };
/** Says first that its module is loaded, or has failed to. */
export type Ready = 'ready';
/** Tells a worker to end. */
export type End = 'end';
/** One call; `context` without its functions, which cannot be sent to a thread. Answered by `{ id, outcome }`. */
export type Invocation = { id: string; event: unknown; context: Record<string, unknown>; deadline: number };
export type Outcome =
  | { ok: true; json: string | undefined }
  | { ok: false; name: string; message: string; stack: string };

/** Lambda's limit of a result, 6 MB and 100 bytes. */
const resultLimitBytes = 6 * 1024 * 1024 + 100;

// A worker is one execution environment of a function: its module is loaded once, then it answers calls.
const { entry, exported, clock } = workerData as WorkerData;
const machineNow = Date.now;
followClock(clock);
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
  const { id, event, context, deadline } = message;
  const outcome = await outcomeOf(event, { ...context, getRemainingTimeInMillis: () => deadline - machineNow() });
  parentPort?.postMessage({ id, outcome });
});

async function outcomeOf(event: unknown, context: object): Promise<Outcome> {
  try {
    const handler = (await loaded)[exported];
    if (typeof handler !== 'function') throw new Error(`${entry} does not export the function ${exported}.`);
    // Lambda's results are JSON; anything else would only work here.
    const json: string | undefined = JSON.stringify(await handler(event, context));
    if (json !== undefined && Buffer.byteLength(json) > resultLimitBytes)
      throw new Error(`The result is larger than the ${resultLimitBytes} bytes that Lambda passes on.`);
    return { ok: true, json };
  } catch (error) {
    const fault = error instanceof Error ? error : new Error(String(error));
    return { ok: false, name: fault.name, message: fault.message, stack: fault.stack ?? '' };
  }
}
