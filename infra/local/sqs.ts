import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FastifyInstance } from 'fastify';
import type { QueueDeclaration } from './declarations.ts';
import { accountId, region } from './intrinsics.ts';

/** A message as a consumer gets it, with the attributes that Lambda hands on to functions. */
export type ReceivedMessage = {
  messageId: string;
  receiptHandle: string;
  body: string;
  md5OfBody: string;
  attributes: Record<string, string>;
  messageAttributes: Record<string, unknown>;
};

export type Depth = { visible: number; inFlight: number; delayed: number };

/** The SQS stand-in: fauxqs behind an HTTP port of this machine, and the same queues at hand in this process. */
export type Sqs = {
  readonly url: string;
  queueUrl(name: string): string;
  create(queues: readonly QueueDeclaration[]): void;
  send(name: string, body: string): void;
  /** Up to `most` messages, waiting for the first at most so long; [] when none came or the hub is stopping. */
  receive(name: string, most: number, waitSeconds: number): Promise<ReceivedMessage[]>;
  remove(name: string, receiptHandle: string): void;
  /** Hides a message in flight for so long from now. */
  hide(name: string, receiptHandle: string, seconds: number): void;
  depth(name: string): Depth;
  /** Ends every wait for messages; from now on nothing is received. */
  interrupt(): void;
  stop(): Promise<void>;
};

/** @param folder Where messages are kept; absent: in memory. What was in flight in there becomes visible again. */
export async function startSqs(folder?: string): Promise<Sqs> {
  const fauxqs = await fauxqsParts();
  const store = new fauxqs.SqsStore();
  // Queue URLs then name the host that the caller reached, not sqs.<region>.localhost, which needs a resolver.
  store.host = '';
  store.region = region;
  const kept = folder === undefined ? undefined : keepIn(folder, store, fauxqs);
  const app = fauxqs.buildApp({ logger: false, defaultRegion: region, stores: { sqsStore: store } });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const queueUrl = (name: string) => `${url}/${accountId}/${name}`;
  const queueNamed = (name: string) => {
    const queue = store.getQueueByName(name);
    if (queue === undefined) throw new Error(`There is no queue ${name}.`);
    return queue;
  };
  const deadLettersOf = (arn: string) => store.getQueueByArn(arn);
  let interrupted = false;

  return {
    url,
    queueUrl,
    create: (queues) => {
      for (const { name, attributes } of queues) declare(store, name, queueUrl(name), attributes);
    },
    send: (name, body) => queueNamed(name).enqueue(fauxqs.SqsStore.createMessage(body, {})),
    async receive(name, most, waitSeconds) {
      const queue = queueNamed(name);
      const take = () => (interrupted ? [] : queue.dequeue(most, undefined, deadLettersOf));
      const first = take();
      if (first.length === 0 && waitSeconds > 0 && !interrupted) await queue.waitForMessages(waitSeconds);
      return (first.length > 0 ? first : take()).map((message) => received(queue, message));
    },
    remove: (name, receiptHandle) => {
      queueNamed(name).deleteMessage(receiptHandle);
    },
    hide: (name, receiptHandle, seconds) => queueNamed(name).changeVisibility(receiptHandle, seconds),
    depth(name) {
      const queue = queueNamed(name);
      return {
        visible: queue.messages.length,
        inFlight: queue.inflightMessages.size,
        delayed: queue.delayedMessages.length,
      };
    },
    interrupt() {
      interrupted = true;
      store.shutdown();
    },
    async stop() {
      await app.close();
      kept?.close();
    },
  };
}

function declare(store: SqsStore, name: string, url: string, attributes: Record<string, string>): void {
  const existing = store.getQueueByName(name);
  // Creating a kept queue a second time would replace its row, and with it delete all its messages.
  if (existing === undefined) {
    store.createQueue(name, url, `arn:aws:sqs:${region}:${accountId}:${name}`, attributes);
    return;
  }
  existing.url = url;
  existing.setAttributes({ RedrivePolicy: '', ...attributes });
}

function keepIn(folder: string, store: SqsStore, { PersistenceManager, SnsStore }: Fauxqs): PersistenceManager {
  mkdirSync(folder, { recursive: true });
  makeVisibleAgain(join(folder, 'fauxqs.db'));
  const manager = new PersistenceManager(folder);
  // As published, it sets the count to NULL, which the table forbids: a message made visible at once would be gone.
  const ready = manager.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  manager.updateMessageReady = (messageId) => ready.run(messageId);
  manager.loadSqsAndSns(store, new SnsStore());
  store.persistence = manager;
  for (const queue of store.allQueues()) queue.persistence = manager;
  return manager;
}

/**
 * Nobody is working on a message when the hub starts, so none is in flight. The receive that a crash cut short does
 * not count: otherwise a hub that is killed a few times would send good messages to the dead letters.
 */
function makeVisibleAgain(path: string): void {
  if (!existsSync(path)) return;
  const database = new DatabaseSync(path);
  database.exec(`UPDATE sqs_messages SET approximate_receive_count = max(approximate_receive_count - 1, 0),
    receipt_handle = NULL, visibility_deadline = NULL WHERE receipt_handle IS NOT NULL`);
  database.close();
}

function received(queue: SqsQueue, message: Dequeued): ReceivedMessage {
  const kept = queue.inflightMessages.get(message.ReceiptHandle)?.message;
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    md5OfBody: message.MD5OfBody,
    attributes: {
      ApproximateReceiveCount: String(kept?.approximateReceiveCount ?? 1),
      SentTimestamp: String(kept?.sentTimestamp ?? 0),
      SenderId: accountId,
      ApproximateFirstReceiveTimestamp: String(kept?.approximateFirstReceiveTimestamp ?? 0),
    },
    messageAttributes: message.MessageAttributes ?? {},
  };
}

/**
 * `startFauxqs` listens on every interface of the machine, and keeps its queues to itself. Its parts, put together
 * as it does it itself, can listen on loopback. They are not in the package's exports: hence the exact version.
 */
async function fauxqsParts(): Promise<Fauxqs> {
  const part = (path: string) => import(new URL(path, import.meta.resolve('fauxqs')).href);
  const [app, sqs, sns, persistence] = await Promise.all(
    ['./app.js', './sqs/sqsStore.js', './sns/snsStore.js', './persistence.js'].map(part),
  );
  return { ...app, ...sqs, ...sns, ...persistence };
}

type Fauxqs = {
  buildApp(options: object): FastifyInstance;
  SqsStore: { new (): SqsStore; createMessage(body: string, attributes: object): object };
  SnsStore: { new (): object };
  PersistenceManager: { new (folder: string): PersistenceManager };
};
type PersistenceManager = {
  readonly db: DatabaseSync;
  updateMessageReady: (messageId: string) => void;
  loadSqsAndSns(sqs: SqsStore, sns: object): void;
  close(): void;
};
type SqsStore = {
  host: string;
  region: string;
  persistence: PersistenceManager;
  createQueue(name: string, url: string, arn: string, attributes: Record<string, string>): SqsQueue;
  getQueueByName(name: string): SqsQueue | undefined;
  getQueueByArn(arn: string): SqsQueue | undefined;
  allQueues(): Iterable<SqsQueue>;
  shutdown(): void;
};
type SqsQueue = {
  url: string;
  persistence: PersistenceManager;
  readonly messages: unknown[];
  readonly delayedMessages: unknown[];
  readonly inflightMessages: Map<string, { message: KeptMessage }>;
  setAttributes(attributes: Record<string, string>): void;
  enqueue(message: object): void;
  dequeue(most: number, visibilitySeconds: undefined, deadLetters: (arn: string) => SqsQueue | undefined): Dequeued[];
  waitForMessages(seconds: number): Promise<void>;
  deleteMessage(receiptHandle: string): boolean;
  changeVisibility(receiptHandle: string, seconds: number): void;
};
type KeptMessage = {
  approximateReceiveCount: number;
  sentTimestamp: number;
  approximateFirstReceiveTimestamp?: number;
};
type Dequeued = {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  MD5OfBody: string;
  MessageAttributes?: Record<string, unknown>;
};
