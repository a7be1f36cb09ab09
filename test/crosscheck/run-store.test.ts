import { BatchWriteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunStore } from '../../functions/crosscheck/run-store.ts';
import type { Run, RunRequest } from '../../schemas/run.ts';
import { startLocalStores } from '../cases/local-stores.ts';
import { memoryRunStore } from './memory-hub.ts';

let stores: Awaited<ReturnType<typeof startLocalStores>>;
beforeAll(async () => {
  stores = await startLocalStores();
});
afterAll(() => stores.stop());

// Tests of runs use the store in memory: whatever holds of the table must hold of it.
describe.each([
  ['in memory', async () => memoryRunStore()],
  ['of DynamoDB', emptyTable],
] as const)('the run store %s', (_, open) => {
  let store: RunStore;
  beforeEach(async () => {
    store = await open();
  });

  test('knows a request once, however often it is asked for', async () => {
    expect(await store.request('a')).toBeUndefined();
    expect(await store.ask(request('a'))).toEqual({ state: 'waiting', request: request('a') });
    const again = { ...request('a'), asOf: '2022-07-01', requestedAt: '2022-01-01T00:00:00.000Z' };
    expect(await store.ask(again)).toEqual({ state: 'waiting', request: request('a') });
    expect(await store.nextWaiting()).toEqual(request('a'));
  });

  test('lets one run begin at a time, in the order of asking', async () => {
    for (const id of ['b', 'a']) await store.ask(request(id));
    expect(await store.nextWaiting()).toEqual(request('a'));
    expect(await store.begin(run('a'), undefined)).toBe(true);
    expect(await store.current()).toBe('run-a');
    expect(await store.request('a')).toMatchObject({ state: 'started', runId: 'run-a' });
    expect(await store.nextWaiting()).toEqual(request('b'));
    expect(await store.begin(run('b'), undefined)).toBe(false);
    expect(await store.begin(run('a'), undefined)).toBe(false);
    expect(await store.read('run-b')).toBeUndefined();
    expect(await store.begin(run('unasked'), undefined)).toBe(false);
  });

  test('does not let a run begin that was planned after another run than the newest', async () => {
    await completed(store, 'a');
    await store.release('run-a');
    await store.ask(request('b'));
    expect(await store.begin(run('b'), undefined)).toBe(false);
    expect(await store.begin(run('b'), 'run-a')).toBe(true);
  });

  test('reads a run as it was begun, and with the steps that were done, each once', async () => {
    await begun(store, 'a');
    expect(await store.read('run-a')).toEqual(run('a'));
    expect(await store.preludeDone('run-a', at(1))).toEqual({ ...run('a'), preludeDone: true, progressAt: at(1) });
    await Promise.all(['8000-ffff', '0000-7fff', '8000-ffff'].map((task) => store.taskDone('run-a', task, at(2))));
    expect(await store.read('run-a')).toMatchObject({ done: ['0000-7fff', '8000-ffff'], progressAt: at(2) });
    await store.touch('run-a', at(3));
    expect(await store.read('run-a')).toMatchObject({ progressAt: at(3) });
  });

  test('completes a running run once, which is then the newest, and current until it is released', async () => {
    await begun(store, 'a');
    expect(await store.complete(run('a'), at(5))).toBe(true);
    expect(await store.complete(run('a'), at(6))).toBe(false);
    expect(await store.fail('run-a', 'late', at(6))).toBe(false);
    expect(await store.read('run-a')).toMatchObject({ state: 'completed', endedAt: at(5) });
    const { asOf, sequence, tasks } = run('a');
    expect(await store.latest()).toEqual({ runId: 'run-a', asOf, sequence, tasks });
    expect(await store.current()).toBe('run-a');
    await store.release('run-b');
    expect(await store.current()).toBe('run-a');
    await store.release('run-a');
    await store.release('run-a');
    expect(await store.current()).toBeUndefined();
  });

  test('does not take a look back for the newest run', async () => {
    const back = { ...run('a'), changesCases: false };
    await store.ask(request('a'));
    await store.begin(back, undefined);
    expect(await store.complete(back, at(5))).toBe(true);
    expect(await store.latest()).toBeUndefined();
  });

  test('fails a running run with its reason, once; its late steps change nothing', async () => {
    await begun(store, 'a');
    expect(await store.fail('run-a', 'why', at(5))).toBe(true);
    expect(await store.fail('run-a', 'other', at(6))).toBe(false);
    const failed = { ...run('a'), state: 'failed', reason: 'why', endedAt: at(5) };
    expect(await store.taskDone('run-a', '0000-7fff', at(6))).toEqual(failed);
    expect(await store.preludeDone('run-a', at(6))).toEqual(failed);
    expect(await store.complete(run('a'), at(6))).toBe(false);
    expect(await store.current()).toBeUndefined();
    expect(await store.latest()).toBeUndefined();
  });

  test('fails a request that waits, and no other', async () => {
    await store.ask(request('a'));
    expect(await store.failRequest('a', 'why')).toBe(true);
    expect(await store.failRequest('a', 'why')).toBe(false);
    expect(await store.failRequest('b', 'why')).toBe(false);
    expect(await store.request('a')).toEqual({ state: 'failed', request: request('a'), reason: 'why' });
    expect(await store.nextWaiting()).toBeUndefined();
  });

  test('lists runs, the latest as-of date first', async () => {
    for (const id of ['a', 'c', 'b']) {
      await completed(store, id);
      await store.release(`run-${id}`);
    }
    expect((await store.list(2)).map(({ runId }) => runId)).toEqual(['run-c', 'run-b']);
  });

  test('says when there is no such run', async () => {
    expect(await store.read('none')).toBeUndefined();
    await expect(store.taskDone('none', '0000-ffff', at(1))).rejects.toThrow('run none does not exist');
  });
});

const at = (minute: number): string => `2022-06-30T01:0${minute}:00.000Z`;

const request = (requestId: string): RunRequest => ({
  requestId,
  requestedAt: at(0),
  asOf: '2022-06-30',
  year: '2022',
});

const run = (requestId: string): Run => ({
  runId: `run-${requestId}`,
  requestId,
  state: 'running',
  asOf: '2022-06-30',
  year: '2022',
  sequence: 1,
  order: '000000001',
  changesCases: true,
  startedAt: at(0),
  deadlineAt: at(9),
  progressAt: at(0),
  preludeDone: false,
  tasks: ['0000-7fff', '8000-ffff'],
  done: [],
});

async function begun(store: RunStore, id: string): Promise<void> {
  await store.ask(request(id));
  expect(await store.begin(run(id), (await store.latest())?.runId)).toBe(true);
}

async function completed(store: RunStore, id: string): Promise<void> {
  await begun(store, id);
  expect(await store.complete(run(id), at(5))).toBe(true);
}

async function emptyTable(): Promise<RunStore> {
  const { runStore } = await import('../../functions/crosscheck/run-store.ts');
  const { documents } = await import('../../functions/runtime/documents.ts');
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: 'runs', ConsistentRead: true }));
  const deletes = Items.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
  if (deletes.length > 0) await documents.send(new BatchWriteCommand({ RequestItems: { runs: deletes } }));
  return runStore;
}
