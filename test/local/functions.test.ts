import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { FunctionDeclaration } from '../../infra/local/declarations.ts';
import type { FunctionFailure } from '../../infra/local/function-failure.ts';
import { Functions } from '../../infra/local/functions.ts';
import { hubClock } from '../../infra/local/hub-clock.ts';

type Answer = { threadId: number; most: number };
const workFolder = mkdtempSync(join(tmpdir(), 'canbao-functions-'));
const markers = mkdtempSync(join(tmpdir(), 'canbao-markers-'));
let functions: Functions;
let failures: FunctionFailure[];

/** Runs handlers/obey.ts, or another, as the function F, two workers at most. */
function run(its: Partial<FunctionDeclaration> = {}, idleSeconds?: number, entry = 'obey.ts'): void {
  const declaration: FunctionDeclaration = {
    ...{ id: 'F', name: 'f', arn: 'arn:f', exported: 'handler', timeoutSeconds: 10, memoryMb: 64 },
    ...{ concurrency: Number.POSITIVE_INFINITY, shared: false, environment: {}, properties: {}, metadata: {} },
    ...its,
  };
  failures = [];
  functions = new Functions([declaration], {
    clock: hubClock().shared,
    entryOf: () => join(import.meta.dirname, 'handlers', entry),
    ...{ environment: {}, workFolder, maxWorkersPerFunction: 2, idleSeconds },
    log: () => {},
    onFailure: (failure) => failures.push(failure),
  });
}

/** The first worker of F is loaded at once; those after it take 1.5 seconds, and then die, if so told. */
function runSlowToLoad(others: 'wait' | 'die'): void {
  const marker = join(mkdtempSync(join(markers, 'first-')), 'loaded');
  run({ environment: { LOADED_BEFORE: marker, OTHERS: others } }, undefined, 'slow-to-load.ts');
}

const call = (order: object = {}) => functions.invoke('F', order) as Promise<Answer>;
const outcomeOf = (called: Promise<Answer>) =>
  called.then(
    () => 'answered',
    ({ reason }: FunctionFailure) => reason,
  );
const within = async (work: Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work;
  return performance.now() - start;
};

afterEach(() => functions.stop());
afterAll(() => {
  for (const folder of [workFolder, markers]) rmSync(folder, { recursive: true });
});

test.each(['exit', 'fill the heap', 'throw outside of the call', 'reject unheard'])(
  'a worker that is told to %s fails its own call only, and a new worker takes the next',
  async (what) => {
    run();
    const { threadId } = await call();
    const crashing = outcomeOf(call({ do: what }));
    const other = outcomeOf(call({ do: 'wait', ms: 1500 }));
    expect(await crashing).toBe('crash');
    expect(await other).toBe('answered');
    const later = await Promise.all([call(), call(), call()]);
    expect(later.map((answer) => answer.threadId)).not.toContain(threadId);
    expect(failures.map(({ reason }) => reason)).toEqual(['crash']);
  },
);

test('what crashed leaves no folder behind', async () => {
  run();
  await outcomeOf(call({ do: 'exit' }));
  await expect.poll(() => readdirSync(workFolder)).toEqual([]);
});

test.each(['wait', 'spin', 'query'])(
  'a worker that is killed while it does “%s” has crashed for its caller',
  async (what) => {
    run();
    expect(await functions.kill('F')).toBe(false);
    const { threadId } = await call();
    expect(await functions.kill('F')).toBe(false);
    const killed = outcomeOf(call({ do: what, ms: 60_000 }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await functions.kill('F')).toBe(true);
    expect(await killed).toBe('crash');
    expect((await call()).threadId).toBeGreaterThan(threadId);
  },
);

test('a worker takes one call at a time', async () => {
  run();
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => call({ do: 'wait', ms: 300 })));
  expect(answers.map(({ most }) => most)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(new Set(answers.map(({ threadId }) => threadId)).size).toBe(2);
});

test('a call goes to the worker that is free first, at work or loading', async () => {
  runSlowToLoad('wait');
  const { threadId } = await call();
  const [short, long] = [call({ ms: 100 }), call({ ms: 100 })];
  expect(await within(long)).toBeLessThan(1000);
  expect([await short, await long].map((answer) => answer.threadId)).toEqual([threadId, threadId]);
  const working = call({ ms: 4000 });
  expect((await call()).threadId).not.toBe(threadId);
  await working;
});

test('a call whose worker dies while it loads fails, and no other', async () => {
  runSlowToLoad('die');
  await call();
  const working = outcomeOf(call({ ms: 4000 }));
  expect(await outcomeOf(call())).toBe('crash');
  expect(await working).toBe('answered');
  expect(await outcomeOf(call())).toBe('answered');
  expect(failures.map(({ reason }) => reason)).toEqual(['crash']);
});

test('requests of the HTTP API share two workers, so that a hundred that wait hold up nobody', async () => {
  run({ shared: true });
  await call();
  const waiting = Promise.all(Array.from({ length: 100 }, () => call({ do: 'wait', ms: 2000 })));
  expect(await within(call())).toBeLessThan(500);
  const answers = await waiting;
  expect(new Set(answers.map(({ threadId }) => threadId)).size).toBeLessThanOrEqual(2);
});

test('a request that takes too long fails alone; its worker ends when the other requests in it have ended', async () => {
  run({ shared: true, timeoutSeconds: 1 });
  const { threadId } = await call();
  const late = outcomeOf(call({ do: 'wait', ms: 60_000 }));
  await new Promise((resolve) => setTimeout(resolve, 600));
  const others = Promise.all([call({ do: 'wait', ms: 800 }), call({ do: 'wait', ms: 800 })]);
  expect(await late).toBe('timeout');
  expect((await others).map((other) => other.threadId)).toContain(threadId);
  await expect.poll(async () => (await call()).threadId).not.toBe(threadId);
  expect(failures.map(({ reason }) => reason)).toEqual(['timeout']);
});

test('code that never yields is ended with its worker, shared or not', async () => {
  run({ shared: true, timeoutSeconds: 1 });
  const { threadId } = await call();
  expect(await outcomeOf(call({ do: 'spin' }))).toBe('timeout');
  expect((await call()).threadId).not.toBe(threadId);
});

test.each([true, false])(
  'no more calls run at a time than are reserved for the function (shared: %s)',
  async (shared) => {
    run({ shared, concurrency: 1 });
    await call();
    const all = Promise.all([1, 2, 3].map(() => call({ do: 'wait', ms: 200 })));
    expect(await within(all)).toBeGreaterThan(590);
    expect((await all).map(({ most }) => most)).toEqual([1, 1, 1]);
  },
);

test('a worker that has nothing to do for long ends, and the next call has a new one', async () => {
  run({}, 0.2);
  const { threadId } = await call();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await call()).threadId).toBe(threadId);
  await expect.poll(() => readdirSync(workFolder)).toEqual([]);
  expect((await call()).threadId).toBeGreaterThan(threadId);
  expect(failures).toEqual([]);
});

test('a result that Lambda would not pass on is an error here too', async () => {
  run();
  expect(await outcomeOf(call({ do: 'answer too much' }))).toBe('error');
});
