import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { EventPattern } from './event-patterns.ts';

export type BucketDeclaration = { id: string; name: string; notifications: Notification[] };
/** An event name as AWS writes it (`s3:ObjectCreated:*`), the queue it goes to, and the keys it is for. */
export type Notification = { event: string; queue: string; prefix: string; suffix: string };
export type QueueDeclaration = { id: string; name: string; attributes: Record<string, string> };
export type TableDeclaration = { id: string; name: string; input: CreateTableCommandInput; ttlAttribute?: string };
export type FunctionDeclaration = {
  id: string;
  name: string;
  arn: string;
  /** Name of the export that is called, `handler` of `index.handler`. */
  exported: string;
  timeoutSeconds: number;
  memoryMb: number;
  /** Highest number of invocations at a time that its event sources or its reservation allow. */
  concurrency: number;
  /** It answers the HTTP API and nothing else: its workers take several calls at a time. */
  shared: boolean;
  environment: Record<string, string>;
  properties: Record<string, unknown>;
  metadata: Record<string, unknown>;
};
export type EventSourceDeclaration = {
  id: string;
  /** Logical id of the function. */
  function: string;
  /** Name of the queue. */
  queue: string;
  queueArn: string;
  batchSize: number;
  windowSeconds: number;
  concurrency: number;
  /** The function names the items that failed; otherwise a batch succeeds or fails as a whole. */
  partialFailures: boolean;
};
/** A function that is fed from the stream of a table. */
export type StreamSourceDeclaration = {
  id: string;
  /** Logical id of the function. */
  function: string;
  functionArn: string;
  /** Name of the table. */
  table: string;
  streamArn: string;
  batchSize: number;
  windowSeconds: number;
  /** A record passes that matches one of them; all pass when there is none. */
  patterns: EventPattern[];
  /** Tries after the first, before a batch is given up. */
  retries: number;
  maxAgeSeconds: number;
  /** A batch that fails is tried again in halves. */
  bisect: boolean;
  partialFailures: boolean;
  /** Name of the queue that is told of what was given up. */
  failureQueue?: string;
};
export type ScheduleDeclaration = {
  id: string;
  arn: string;
  expression: string;
  timeZone: string;
  /** Logical ids of functions, with what they get instead of the standard event. */
  targets: { function: string; input?: string }[];
  source: 'aws.events' | 'aws.scheduler';
};
export type RouteDeclaration = { key: string; function: string; timeoutSeconds: number };

/** What the hub must create, read from a template whose references are resolved. */
export type Declarations = {
  buckets: BucketDeclaration[];
  queues: QueueDeclaration[];
  tables: TableDeclaration[];
  functions: FunctionDeclaration[];
  eventSources: EventSourceDeclaration[];
  streamSources: StreamSourceDeclaration[];
  schedules: ScheduleDeclaration[];
  routes: RouteDeclaration[];
  /** Physical names of buckets, queues, tables and functions by logical id. */
  names: Record<string, string>;
};
