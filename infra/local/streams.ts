import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  ListStreamsCommand,
  ResourceNotFoundException,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { StreamSourceDeclaration } from './declarations.ts';
import { matches } from './event-patterns.ts';
import type { Functions, ResourceUsers } from './functions.ts';
import { type Delivery, deliver, pause, recordOf, type StreamRecord } from './stream-batches.ts';
import type { StreamPositions } from './stream-positions.ts';

/** Milliseconds between two looks at a shard: around an invocation, while something goes on, and otherwise. */
const paceMs = { invocation: 50, active: 100, quiet: 1000 };
/** So long after an invocation or a record something is going on. */
const activeMs = 1000;
/** A stream keeps its records for a day; an hour before that it may be letting go of them. */
const knownSeconds = 23 * 3600;
const eventLimitBytes = 6 * 1024 * 1024;

export type StreamFeed = {
  /** Resolves when a look at every shard, begun after the call, is over: true when none had a record. */
  caughtUp(): Promise<boolean>;
  /** Resolves when the feed has ended, after `stopping`. */
  ended: Promise<void>;
};

export type Reading = Delivery & {
  client: DynamoDBStreamsClient;
  positions: StreamPositions;
  functions: Pick<Functions, 'invoke' | 'failedFor' | 'usersOf'>;
  log: (line: object) => void;
};

/**
 * Feeds a function from the stream of a table as Lambda's poller does: the records of a shard in order, one batch at a
 * time, shards side by side but none before its parent has been read to its end. How far it has read is kept, so that
 * a hub that starts again goes on from there: a record may come twice, and none is missed while the stream keeps it.
 */
export function feedFromStream(source: StreamSourceDeclaration, reading: Reading): StreamFeed {
  const pacer = new Pacer(reading.functions.usersOf(source.table), reading.stopping);
  const readers = new Map<string, { shard: ShardReader; ended: Promise<void> }>();
  const { stopping, log } = reading;
  const round = async () => {
    const { arn, shards } = await unread(source, reading);
    for (const id of shards) {
      if (readers.has(id)) continue;
      const shard = new ShardReader({ arn, id }, source, reading, pacer);
      readers.set(id, { shard, ended: shard.read().finally(() => readers.delete(id)) });
    }
    if (readers.size === 0) await pause(paceMs.active, stopping);
    else await Promise.race([...readers.values()].map(({ ended }) => ended));
  };
  const run = async () => {
    while (!stopping.aborted) {
      try {
        await round();
      } catch (error) {
        if (!stopping.aborted) log({ level: 'ERROR', stream: source.table, message: String(error) });
        await pause(paceMs.quiet, stopping);
      }
    }
    await Promise.allSettled([...readers.values()].map(({ ended }) => ended));
  };
  return {
    ended: run(),
    async caughtUp() {
      if (readers.size === 0) await pause(paceMs.active, stopping);
      const looks = [...readers.values()].map(({ shard }) => shard.nextLook());
      pacer.wake();
      return looks.length > 0 && (await Promise.all(looks)).every((empty) => empty);
    },
  };
}

/** Shards that can be read now: not finished, and their parent, if the stream still has it, is. */
async function unread(
  source: StreamSourceDeclaration,
  { client, positions }: Reading,
): Promise<{ arn: string; shards: string[] }> {
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: source.table }));
  // Streams that were switched off before this one are listed until their records are gone.
  const arn = Streams.sort((one, other) => ((one.StreamLabel ?? '') < (other.StreamLabel ?? '') ? 1 : -1))[0]
    ?.StreamArn;
  if (arn === undefined) throw new Error(`The table ${source.table} has no stream.`);
  const shards: Shard[] = [];
  let last: string | undefined;
  do {
    const description = new DescribeStreamCommand({ StreamArn: arn, ExclusiveStartShardId: last });
    const { StreamDescription } = await client.send(description);
    shards.push(...(StreamDescription?.Shards ?? []));
    last = StreamDescription?.LastEvaluatedShardId;
  } while (last !== undefined);
  const ids = shards.map(({ ShardId = '' }) => ShardId);
  positions.keepOnly(source.id, ids);
  const finished = (id: string) => positions.of(source.id, id) === 'finished';
  const ready = shards.filter(
    ({ ShardId = '', ParentShardId: parent }) =>
      !finished(ShardId) && (parent === undefined || !ids.includes(parent) || finished(parent)),
  );
  return { arn, shards: ready.map(({ ShardId = '' }) => ShardId) };
}

class ShardReader {
  private readonly shard: { arn: string; id: string };
  private readonly source: StreamSourceDeclaration;
  private readonly reading: Reading;
  private readonly pacer: Pacer;
  private readonly looks: ((empty: boolean) => void)[] = [];
  /** Records that wait for their batch, and since when. */
  private gathered: StreamRecord[] = [];
  private gatheredSince = 0;

  constructor(shard: { arn: string; id: string }, source: StreamSourceDeclaration, reading: Reading, pacer: Pacer) {
    this.shard = shard;
    this.source = source;
    this.reading = reading;
    this.pacer = pacer;
  }

  /** True when the next look finds nothing to do. */
  nextLook(): Promise<boolean> {
    return new Promise((resolve) => this.looks.push(resolve));
  }

  /** Reads to the end of the shard, or until the hub stops. */
  async read(): Promise<void> {
    const { stopping, positions } = this.reading;
    let asked: ((empty: boolean) => void)[] = [];
    try {
      let iterator = await this.iterator();
      while (iterator !== undefined && !stopping.aborted) {
        asked = this.looks.splice(0);
        const { Records = [], NextShardIterator } = await this.page(iterator);
        const ended = NextShardIterator === undefined;
        if (
          !(await this.take(
            Records.map((record) => recordOf(record, this.source.streamArn)),
            ended,
          ))
        )
          return;
        const empty = Records.length === 0 && this.gathered.length === 0 && !ended;
        for (const answer of asked.splice(0)) answer(empty);
        if (ended) positions.set(this.source.id, this.shard.id, 'finished');
        else if (Records.length === 0) await this.pacer.untilNextLook();
        iterator = NextShardIterator;
      }
    } finally {
      for (const answer of [...asked, ...this.looks.splice(0)]) answer(stopping.aborted);
    }
  }

  /** Gathers records that pass the filters, and gives away every batch that is due. @returns false at a stop. */
  private async take(records: readonly StreamRecord[], ended: boolean): Promise<boolean> {
    const { patterns, batchSize, windowSeconds } = this.source;
    if (records.length > 0) this.pacer.stir();
    const wanted = records.filter((record) => patterns.length === 0 || patterns.some((one) => matches(one, record)));
    if (this.gathered.length === 0) this.gatheredSince = Date.now();
    this.gathered.push(...wanted);
    const due = () =>
      this.gathered.length >= batchSize || ended || Date.now() - this.gatheredSince >= windowSeconds * 1000;
    while (this.gathered.length > 0 && due()) {
      const batch = this.gathered.slice(0, countWithin(this.gathered, batchSize));
      const dealtWith = await deliver(this.source, this.shard.id, batch, this.reading, (last) => this.keep(last));
      if (!dealtWith) return false;
      this.gathered = this.gathered.slice(batch.length);
    }
    const last = records.at(-1);
    if (last !== undefined && this.gathered.length === 0) this.keep(last);
    return true;
  }

  private keep({ dynamodb }: StreamRecord): void {
    const { SequenceNumber: sequence, ApproximateCreationDateTime: at } = dynamodb;
    this.reading.positions.set(this.source.id, this.shard.id, { sequence, at });
  }

  private async page(iterator: string): Promise<Pick<GetRecordsCommandOutput, 'Records' | 'NextShardIterator'>> {
    const { client } = this.reading;
    try {
      return await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
    } catch (error) {
      // Iterators live for fifteen minutes, and records for a day. In DynamoDB Local tables share their numbers, and an
      // iterator from before a shard's first record ends when another table was written in between.
      if (!(error instanceof ExpiredIteratorException || error instanceof TrimmedDataAccessException)) throw error;
      this.gathered = [];
      const again = await this.iterator();
      return again === undefined ? {} : await client.send(new GetRecordsCommand({ ShardIterator: again }));
    }
  }

  /**
   * After the last record that was dealt with, or from the oldest that the stream still has. Where DynamoDB Local starts
   * with no record left of the last day it counts from 1 again: after an older record nothing would come for long.
   */
  private async iterator(): Promise<string | undefined> {
    const { client, positions } = this.reading;
    const position = positions.of(this.source.id, this.shard.id);
    const shard = { StreamArn: this.shard.arn, ShardId: this.shard.id };
    const oldest = new GetShardIteratorCommand({ ...shard, ShardIteratorType: 'TRIM_HORIZON' });
    const known = position !== undefined && position !== 'finished' && Date.now() / 1000 - position.at < knownSeconds;
    if (!known) return (await client.send(oldest)).ShardIterator;
    const ShardIteratorType = 'AFTER_SEQUENCE_NUMBER';
    const next = new GetShardIteratorCommand({ ...shard, ShardIteratorType, SequenceNumber: position.sequence });
    try {
      return (await client.send(next)).ShardIterator;
    } catch (error) {
      if (!(error instanceof TrimmedDataAccessException || error instanceof ResourceNotFoundException)) throw error;
      return (await client.send(oldest)).ShardIterator;
    }
  }
}

/** How many of the records, from the first, make a batch: at least one, and no more than an event of Lambda holds. */
function countWithin(records: readonly StreamRecord[], batchSize: number): number {
  let bytes = 0;
  let count = 0;
  for (const record of records.slice(0, batchSize)) {
    bytes += Buffer.byteLength(JSON.stringify(record)) + 1;
    if (count > 0 && bytes > eventLimitBytes) break;
    count++;
  }
  return count;
}

/** When to look again: soon while a function runs that may write to the table, and seldom when none does. */
class Pacer {
  private readonly writers: ResourceUsers;
  private readonly stopping: AbortSignal;
  private readonly sleepers = new Set<() => void>();
  private activeUntil = Date.now() + activeMs;
  private soon: NodeJS.Timeout | undefined;

  constructor(writers: ResourceUsers, stopping: AbortSignal) {
    this.writers = writers;
    this.stopping = stopping;
    writers.onActivity(() => this.stir());
    stopping.addEventListener('abort', () => this.wake());
  }

  /** Something is or may have been written. */
  stir(): void {
    this.activeUntil = Date.now() + activeMs;
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.wake();
    }, paceMs.invocation).unref();
  }

  wake(): void {
    for (const sleeper of this.sleepers) sleeper();
  }

  async untilNextLook(): Promise<void> {
    if (this.stopping.aborted) return;
    const active = this.writers.running() > 0 || Date.now() < this.activeUntil;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => sleeper(), active ? paceMs.active : paceMs.quiet);
      const sleeper = () => {
        clearTimeout(timer);
        this.sleepers.delete(sleeper);
        resolve();
      };
      this.sleepers.add(sleeper);
    });
  }
}
