import {
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { Run, RunRequest, RunRequestState } from '../../schemas/run.ts';
import { documents, isConditionFailed, isTransactionConflict } from '../runtime/documents.ts';
import { environment } from '../runtime/env.ts';

const env = environment({ RUNS_TABLE: z.string() });
const table = env.RUNS_TABLE;

/** The newest completed run that changed cases: what the next run is compared with. */
export const LatestRun = z.object({
  runId: z.string(),
  asOf: z.iso.date(),
  sequence: z.int().positive(),
  tasks: z.array(z.string()),
});
export type LatestRun = z.infer<typeof LatestRun>;

/** What runs need of their table; tests put their own in its place. Every write may come twice. */
export type RunStore = {
  /** Files a request unless it is known; either way what became of it. */
  ask(request: RunRequest): Promise<RunRequestState>;
  request(requestId: string): Promise<RunRequestState | undefined>;
  /** The request that has waited longest. */
  nextWaiting(): Promise<RunRequest | undefined>;
  /** Id of the run that has begun and not been released. */
  current(): Promise<string | undefined>;
  latest(): Promise<LatestRun | undefined>;
  /**
   * Makes the waiting request the current run; false when it no longer waits, another run is current, or the newest
   * completed run is no longer the one that `run` was planned after.
   */
  begin(run: Run, latestRunId: string | undefined): Promise<boolean>;
  read(runId: string): Promise<Run | undefined>;
  /** Runs by as-of date, the latest first. */
  list(limit: number): Promise<Run[]>;
  /** Notes a finished step of a running run; the run as it is then, whatever its state. */
  preludeDone(runId: string, at: string): Promise<Run>;
  taskDone(runId: string, task: string, at: string): Promise<Run>;
  /** Notes that somebody looked after the run. */
  touch(runId: string, at: string): Promise<void>;
  /** running → completed; false when it was not running. */
  complete(run: Run, at: string): Promise<boolean>;
  /** running → failed, and lets the next run begin; false when it was not running. */
  fail(runId: string, reason: string, at: string): Promise<boolean>;
  failRequest(requestId: string, reason: string): Promise<boolean>;
  /** Lets the next run begin. */
  release(runId: string): Promise<void>;
};

const runKey = (runId: string) => ({ pk: 'run', sk: runId });
const requestKey = (requestId: string) => ({ pk: 'request', sk: requestId });
const waitingKey = ({ requestedAt, requestId }: RunRequest) => ({ pk: 'waiting', sk: `${requestedAt}#${requestId}` });
const currentKey = { pk: 'hub', sk: 'current' };
const latestKey = { pk: 'hub', sk: 'latest' };

export const runStore: RunStore = {
  async ask(request) {
    await transact([
      putNew({ ...requestKey(request.requestId), state: 'waiting', request }),
      put({ ...waitingKey(request), request }),
    ]);
    const state = await runStore.request(request.requestId);
    if (state === undefined) throw new Error(`request ${request.requestId} was filed and is gone`);
    return state;
  },

  async request(requestId) {
    const item = await get(requestKey(requestId));
    return item && RunRequestState.parse(item);
  },

  async nextWaiting() {
    const [item] = await query('waiting', { Limit: 1 });
    return item && RunRequest.parse(item.request);
  },

  async current() {
    const item = await get(currentKey);
    return item && z.string().parse(item.runId);
  },

  async latest() {
    const item = await get(latestKey);
    return item && LatestRun.parse(item);
  },

  async begin(run, latestRunId) {
    const known = await runStore.request(run.requestId);
    if (known?.state !== 'waiting') return false;
    return transact([
      putNew({ ...runKey(run.runId), ...itemOf(run) }),
      putNew({ ...currentKey, runId: run.runId }),
      stillLatest(latestRunId),
      leaveWaiting(run.requestId, { state: 'started', runId: run.runId }),
      deleteItem(waitingKey(known.request)),
    ]);
  },

  async read(runId) {
    const item = await get(runKey(runId));
    return item && parseRun(item);
  },

  async list(limit) {
    const items = await query('run', { Limit: limit, ScanIndexForward: false });
    return items.map(parseRun);
  },

  preludeDone: (runId, at) =>
    progress(runId, 'SET preludeDone = :done, progressAt = :at', { ':done': true, ':at': at }),

  taskDone: (runId, task, at) =>
    progress(runId, 'ADD done :task SET progressAt = :at', { ':task': new Set([task]), ':at': at }),

  async touch(runId, at) {
    await documents.send(
      new UpdateCommand({
        TableName: table,
        Key: runKey(runId),
        UpdateExpression: 'SET progressAt = :at',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':at': at },
      }),
    );
  },

  complete(run, at) {
    const { runId, asOf, sequence, tasks } = run;
    const latest = run.changesCases ? [put({ ...latestKey, runId, asOf, sequence, tasks })] : [];
    return transact([endOf(runId, 'completed', at), ...latest]);
  },

  fail: (runId, reason, at) => transact([endOf(runId, 'failed', at, reason), releaseOf(runId)]),

  async failRequest(requestId, reason) {
    const known = await runStore.request(requestId);
    if (known?.state !== 'waiting') return false;
    return transact([leaveWaiting(requestId, { state: 'failed', reason }), deleteItem(waitingKey(known.request))]);
  },

  async release(runId) {
    await transact([releaseOf(runId)]);
  },
};

/** @throws when there is no such run. */
export async function readRun(runId: string): Promise<Run> {
  const run = await runStore.read(runId);
  if (run === undefined) throw new Error(`run ${runId} does not exist`);
  return run;
}

export const listRuns = (limit = 50): Promise<Run[]> => runStore.list(limit);

type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Item = Record<string, unknown>;

/** Times a transaction is tried that lost against another one on the same item. */
const maxTries = 5;

/** Writes all or nothing; false when a condition did not hold. */
async function transact(writes: Write[]): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      await documents.send(new TransactWriteCommand({ TransactItems: writes }));
      return true;
    } catch (error) {
      if (isConditionFailed(error)) return false;
      if (!isTransactionConflict(error) || tries === maxTries) throw error;
    }
  }
}

const put = (item: Item): Write => ({ Put: { TableName: table, Item: item } });
const putNew = (item: Item): Write => ({
  Put: { TableName: table, Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
});
const deleteItem = (key: Item): Write => ({ Delete: { TableName: table, Key: key } });

const stillLatest = (runId: string | undefined): Write => ({
  ConditionCheck: {
    TableName: table,
    Key: latestKey,
    ...(runId === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : { ConditionExpression: 'runId = :run', ExpressionAttributeValues: { ':run': runId } }),
  },
});

const releaseOf = (runId: string): Write => ({
  Delete: {
    TableName: table,
    Key: currentKey,
    ConditionExpression: 'runId = :run',
    ExpressionAttributeValues: { ':run': runId },
  },
});

/** The request's way out of the waiting line; it goes once. */
function leaveWaiting(
  requestId: string,
  to: { state: 'started'; runId: string } | { state: 'failed'; reason: string },
): Write {
  const [name, value] = to.state === 'started' ? ['runId', to.runId] : ['reason', to.reason];
  return {
    Update: {
      TableName: table,
      Key: requestKey(requestId),
      UpdateExpression: 'SET #state = :to, #name = :value',
      ConditionExpression: '#state = :waiting',
      ExpressionAttributeNames: { '#state': 'state', '#name': name },
      ExpressionAttributeValues: { ':to': to.state, ':waiting': 'waiting', ':value': value },
    },
  };
}

function endOf(runId: string, to: 'completed' | 'failed', at: string, reason?: string): Write {
  return {
    Update: {
      TableName: table,
      Key: runKey(runId),
      UpdateExpression: `SET #state = :to, endedAt = :at${reason === undefined ? '' : ', reason = :reason'}`,
      ConditionExpression: '#state = :running',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':to': to, ':running': 'running', ':at': at, ':reason': reason },
    },
  };
}

async function progress(runId: string, update: string, values: Item): Promise<Run> {
  try {
    const { Attributes } = await documents.send(
      new UpdateCommand({
        TableName: table,
        Key: runKey(runId),
        UpdateExpression: update,
        ConditionExpression: '#state = :running',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ...values, ':running': 'running' },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return parseRun(Attributes!);
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
    return readRun(runId);
  }
}

async function get(key: Item): Promise<Item | undefined> {
  return (await documents.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;
}

async function query(pk: string, how: Partial<QueryCommandInput>): Promise<Item[]> {
  const { Items } = await documents.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ConsistentRead: true,
      ...how,
    }),
  );
  return Items ?? [];
}

/** Done tasks are a string set, which cannot be empty, so that two of them at once both count. */
const itemOf = ({ done, ...run }: Run): Item => ({ ...run, done: done.length === 0 ? undefined : new Set(done) });
const parseRun = (item: Item): Run =>
  Run.parse({ ...item, done: [...((item.done as Set<string> | undefined) ?? [])].sort() });
