import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { FunctionDeclaration } from '../../infra/local/declarations.ts';
import { Functions } from '../../infra/local/functions.ts';
import { hubClock } from '../../infra/local/hub-clock.ts';

const workFolder = mkdtempSync(join(tmpdir(), 'canbao-warm-'));
const idleSeconds = 0.2;
let functions: Functions | undefined;

function run(): Functions {
  const declaration: FunctionDeclaration = {
    ...{ id: 'F', name: 'f', arn: 'arn:f', exported: 'handler', timeoutSeconds: 10, memoryMb: 64 },
    ...{ concurrency: 2, shared: false, environment: {}, properties: {}, metadata: {} },
  };
  functions = new Functions([declaration], {
    clock: hubClock().shared,
    entryOf: () => join(import.meta.dirname, 'handlers', 'obey.ts'),
    ...{ environment: {}, workFolder, maxWorkersPerFunction: 2, idleSeconds },
    log: () => {},
    onFailure: () => {},
  });
  return functions;
}

const threadOf = async (hub: Functions, order: object = {}) =>
  ((await hub.invoke('F', order)) as { threadId: number }).threadId;
const idle = () => new Promise((resolve) => setTimeout(resolve, idleSeconds * 5000));

afterEach(async () => {
  await functions?.stop();
  delete process.env.NODE_COMPILE_CACHE;
  rmSync(workFolder, { recursive: true, force: true });
});

test('a function that somebody waits for is loaded before its first call, and stays loaded however long nobody calls', async () => {
  const hub = run();
  await hub.keepWarm(['F']);
  expect(readdirSync(workFolder)).toHaveLength(1);
  await idle();
  const first = await threadOf(hub);
  await idle();
  expect(await threadOf(hub)).toBe(first);
});

test('of the workers of such a function those beyond the last end when they are idle', async () => {
  const hub = run();
  await hub.keepWarm(['F']);
  await Promise.all([threadOf(hub, { do: 'wait', ms: 800 }), threadOf(hub, { do: 'wait', ms: 800 })]);
  await expect.poll(() => readdirSync(workFolder).length, { timeout: 5000 }).toBe(1);
});

test('any other function ends when it is idle', async () => {
  const hub = run();
  await threadOf(hub);
  await expect.poll(() => readdirSync(workFolder).length, { timeout: 5000 }).toBe(0);
});

test('what a worker has compiled is there for the next when its own folder is gone', async () => {
  process.env.NODE_COMPILE_CACHE = join(workFolder, 'compiled');
  const hub = run();
  await threadOf(hub);
  await hub.stop();
  const compiled = readdirSync(process.env.NODE_COMPILE_CACHE, { recursive: true });
  expect(compiled.length).toBeGreaterThan(5);
  expect(readdirSync(workFolder)).toEqual(['compiled']);
});
