import { createHash, hkdfSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { CloudFormationTemplate } from '../synth.ts';
import type { Declarations, FunctionDeclaration, StreamSourceDeclaration } from './declarations.ts';
import { startDynamoDb } from './dynamodb.ts';
import { feedFromQueue } from './event-sources.ts';
import type { FunctionFailure } from './function-failure.ts';
import { Functions } from './functions.ts';
import { startHttpApi } from './http.ts';
import { type HubClock, hubClock } from './hub-clock.ts';
import { region } from './intrinsics.ts';
import { type AccessKey, startS3 } from './s3.ts';
import { startSchedules } from './schedules.ts';
import { type Depth, startSqs } from './sqs.ts';
import { StreamPositions } from './stream-positions.ts';
import { feedFromStream, type Reading, type StreamFeed } from './streams.ts';
import { readTemplate } from './template.ts';

export type HubOptions = {
  /** The synthesized template, as CloudFormation would get it; or what gives it, called while Java starts. */
  template: CloudFormationTemplate | (() => Promise<CloudFormationTemplate>);
  /** Folder where everything is kept; absent: nothing is, and a temporary folder is removed at the end. */
  data?: string;
  /** Port of the HTTP API; 0 or absent: a free one. */
  port?: number;
  /** Secret of the hub, as functions get it in CANBAO_SECRET. */
  secret: string;
  /** Absolute path of a function's TypeScript source; absent: its metadata `canbao:entry` in the project. */
  entryOf?: (functionLogicalId: string, properties: Record<string, unknown>) => string;
  /** Gets every line that functions write, as an object with `function` = logical id. */
  log?: (line: object) => void;
  /** False: schedules run only when fired. Absent: they run. */
  schedules?: boolean;
  /** Seconds after which a message comes back for which a function failed; absent: as on AWS, the visibility timeout. */
  retrySeconds?: number;
  /** Most workers of one function; absent: as many as processors. */
  maxWorkersPerFunction?: number;
  /** True: functions that somebody waits for are loaded from the start and stay loaded. */
  warm?: boolean;
};

export type Hub = {
  /** The HTTP API. */
  readonly url: string;
  readonly endpoints: { readonly s3: string; readonly sqs: string; readonly dynamodb: string };
  /** Variables with which an AWS SDK client, in this process or another, reaches the hub. */
  readonly environment: Readonly<Record<string, string>>;
  /** Physical names by logical id. */
  readonly resourceNames: Readonly<Record<string, string>>;
  /** URLs of queues by logical id. */
  readonly queueUrls: Readonly<Record<string, string>>;
  readonly declared: Declarations;
  /** Messages on a queue. @param queue Logical id. */
  queueDepth(queue: string): Depth;
  /** Resolves when no queue or stream with a consumer has something for it, and no function runs. */
  idle(): Promise<void>;
  /** Calls `listener` for each failed invocation, and for messages that an invocation reports as failed. @returns a function that ends that. */
  onFunctionFailure(listener: (failure: FunctionFailure) => void): () => void;
  /** Calls a function as its triggers do. @throws FunctionFailure */
  invoke(functionLogicalId: string, event: unknown): Promise<unknown>;
  /** Runs a schedule now. @param schedule Logical id. */
  fireSchedule(schedule: string): Promise<void>;
  /** Ends a worker of the function in the middle of what it does, as a crash would. @returns false when none is at work. */
  killWorker(functionLogicalId: string): Promise<boolean>;
  /** What the functions take for the time. */
  readonly clock: HubClock;
  /** Ends all of it: first the intake of new work, then running functions (at most ten seconds), then the stores. */
  stop(): Promise<void>;
};

const project = resolve(import.meta.dirname, '..', '..');
const graceSeconds = 10;

/**
 * Runs what a template describes on this machine.
 * @throws MissingJava; and an error that names it, when the template has something that the hub does not understand,
 * or when another hub uses the data folder.
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  const kept = options.data === undefined ? undefined : resolve(options.data);
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'canbao-hub-'));
  await mkdir(folder, { recursive: true });
  const opened: (() => unknown)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  const open = <T extends { stop(): Promise<void> }>(server: Promise<T>): Promise<T> => {
    opened.push(() =>
      server.then(
        (started) => started.stop(),
        () => {},
      ),
    );
    return server;
  };
  if (kept === undefined) opened.push(() => rmSync(folder, { recursive: true, force: true }));
  try {
    if (kept !== undefined) opened.push(lock(kept));
    return await start(options, folder, open, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  options: HubOptions,
  folder: string,
  open: <T extends { stop(): Promise<void> }>(server: Promise<T>) => Promise<T>,
  close: () => Promise<void>,
): Promise<Hub> {
  const kept = options.data !== undefined;
  const log = options.log ?? (() => {});
  const failureListeners = new Set<(failure: FunctionFailure) => void>();
  const workFolder = join(folder, 'work');
  await rm(workFolder, { recursive: true, force: true });

  // Java takes longest; the rest is ready before it is.
  const key = accessKeyOf(options.secret);
  const starting = open(startDynamoDb(kept ? join(folder, 'dynamodb') : undefined, kept ? workFolder : folder, key));
  starting.catch(() => {});
  const sqs = await open(startSqs(kept ? join(folder, 'sqs') : undefined));
  const s3 = await open(startS3(join(folder, 's3'), sqs.send, key));
  const http = await open(startHttpApi(options.port ?? 0));
  const template = typeof options.template === 'function' ? await options.template() : options.template;
  const declared = readTemplate(template, { queueUrl: sqs.queueUrl, api: http.url });
  sqs.create(declared.queues);
  const dynamodb = await starting;
  await dynamodb.create(declared.tables);

  const environment = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: key.id,
    AWS_SECRET_ACCESS_KEY: key.secret,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED',
    AWS_RESPONSE_CHECKSUM_VALIDATION: 'WHEN_REQUIRED',
    S3_FORCE_PATH_STYLE: 'true',
  };
  const clock = hubClock();
  const functions = new Functions(declared.functions, {
    entryOf: (declaration) => entryOf(declaration, options.entryOf),
    environment: {
      ...environment,
      CANBAO_SECRET: options.secret,
      SEAL_KEY: sealKeyOf(options.secret),
      ALLOW_LOOPBACK: 'true',
      // One machine: what one function wrote or fetched, the others need not fetch again.
      KEPT_DIR: join(workFolder, 'kept'),
    },
    workFolder,
    clock: clock.shared,
    maxWorkersPerFunction: options.maxWorkersPerFunction,
    log,
    onFailure: (failure) => {
      log({ level: 'ERROR', function: failure.function, requestId: failure.requestId, message: failure.message });
      for (const listener of failureListeners) listener(failure);
    },
  });
  const stopping = new AbortController();
  await s3.create(declared.buckets);
  const feeding = declared.eventSources.map((source) =>
    feedFromQueue(source, { sqs, functions, stopping: stopping.signal, retrySeconds: options.retrySeconds }),
  );
  const streams = await open(
    startStreams(declared.streamSources, {
      ...{ endpoint: dynamodb.url, key, folder: kept ? join(folder, 'streams') : undefined, log, functions },
      ...{ stopping: stopping.signal, send: sqs.send, retrySeconds: options.retrySeconds ?? 30 },
    }),
  );
  http.serve(declared.routes, functions);
  // Beside the first requests, not before them.
  if (options.warm)
    void functions.keepWarm(
      declared.functions.filter(({ metadata }) => metadata['canbao:warm'] === true).map(({ id }) => id),
    );
  const schedules = startSchedules(declared.schedules, functions, options.schedules ?? true);

  const consumed = [...new Set(declared.eventSources.map(({ queue }) => queue))];
  const busy = () =>
    functions.running > 0 || consumed.some((name) => sqs.depth(name).visible + sqs.depth(name).inFlight > 0);
  const stop = async () => {
    schedules.stop();
    stopping.abort();
    sqs.interrupt();
    await Promise.race([
      Promise.all([...feeding, streams.ended]),
      sleep(graceSeconds * 1000, undefined, { ref: false }),
    ]);
    await functions.stop();
    await close();
  };
  let stopped: Promise<void> | undefined;
  const byId = (queue: string) => declared.names[queue] as string;
  return {
    url: http.url,
    endpoints: { s3: s3.url, sqs: sqs.url, dynamodb: dynamodb.url },
    environment,
    resourceNames: declared.names,
    queueUrls: Object.fromEntries(declared.queues.map(({ id, name }) => [id, sqs.queueUrl(name)])),
    declared,
    queueDepth: (queue) => sqs.depth(byId(queue)),
    async idle() {
      for (;;) {
        while (busy()) await sleep(20);
        const before = functions.invocations;
        if ((await streams.caughtUp()) && !busy() && functions.invocations === before) return;
      }
    },
    onFunctionFailure(listener) {
      failureListeners.add(listener);
      return () => failureListeners.delete(listener);
    },
    invoke: (id, event) => functions.invoke(id, event),
    fireSchedule: (id) => schedules.fire(id),
    killWorker: (id) => functions.kill(id),
    clock,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

type Streams = StreamFeed & { stop(): Promise<void> };

/** The feeds from all streams, as one. */
async function startStreams(
  sources: readonly StreamSourceDeclaration[],
  {
    endpoint,
    key,
    folder,
    ...reading
  }: Omit<Reading, 'client' | 'positions'> & { endpoint: string; key: AccessKey; folder: string | undefined },
): Promise<Streams> {
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const client = new DynamoDBStreamsClient({ endpoint, region, credentials });
  const positions = new StreamPositions(folder);
  const feeds = sources.map((source) => feedFromStream(source, { ...reading, client, positions }));
  return {
    ended: Promise.all(feeds.map((feed) => feed.ended)).then(() => {}),
    caughtUp: async () => (await Promise.all(feeds.map((feed) => feed.caughtUp()))).every((caughtUp) => caughtUp),
    async stop() {
      client.destroy();
      positions.close();
    },
  };
}

function entryOf({ id, properties, metadata }: FunctionDeclaration, given: HubOptions['entryOf']): string {
  if (given !== undefined) return given(id, properties);
  const entry = metadata['canbao:entry'];
  if (typeof entry !== 'string') throw new Error(`The function ${id} has no metadata canbao:entry.`);
  return resolve(project, entry);
}

/** The access key of a hub's stores: the same at every start, and not to be guessed. */
export function accessKeyOf(secret: string): AccessKey {
  const digest = createHash('sha256').update(`access key\n${secret}`).digest('hex');
  return { id: `CB${digest.slice(0, 18).toUpperCase()}`, secret: digest.slice(18, 58) };
}

/** The key that seals insurers' keys and message bodies here: derived, so that one secret opens a data folder. */
function sealKeyOf(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'canbao seal key', 32)).toString('base64');
}

/** The user has to stop the other hub, or choose another folder: nothing else helps. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
}

/** One hub at a time uses a folder. The lock is the operating system's: it ends with the process that holds it. */
function lock(folder: string): () => void {
  const database = new DatabaseSync(join(folder, 'lock.db'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new FolderInUse(
      `另一个参保枢纽正在使用 ${folder}。 Another hub is using ${folder}: stop it, or choose another folder.`,
      { cause: error },
    );
  }
  return () => database.close();
}
