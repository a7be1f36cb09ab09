import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import type { StreamSourceDeclaration } from './declarations.ts';
import { FunctionFailure } from './function-failure.ts';
import type { Functions } from './functions.ts';
import { region } from './intrinsics.ts';

/** A record as Lambda hands it to a function. */
export type StreamRecord = {
  eventName?: string;
  dynamodb: { SequenceNumber: string; ApproximateCreationDateTime: number };
};

export type Delivery = {
  functions: Pick<Functions, 'invoke' | 'failedFor'>;
  /** Takes what is given up. @param queue Name. */
  send: (queue: string, body: string) => void;
  stopping: AbortSignal;
  /** Longest wait before a batch is tried again, seconds. */
  retrySeconds: number;
};

/**
 * Gives a batch to its function as often as the event source says, bisecting it and going on after the records that
 * were dealt with, and calls `done` with the last record that needs no further try, as it moves on.
 * @returns false when the hub stops before the batch is dealt with.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export async function deliver(
  source: StreamSourceDeclaration,
  shard: string,
  batch: readonly StreamRecord[],
  delivery: Delivery,
  done: (last: StreamRecord) => void,
): Promise<boolean> {
  let rest = batch;
  for (let failed = 0; ; ) {
    const count = await invoke(source, rest, delivery);
    if (delivery.stopping.aborted && count < rest.length) return false;
    if (count > 0) done(rest[count - 1] as StreamRecord);
    if (count === rest.length) return true;
    rest = rest.slice(count);
    // What is left after progress is a batch of its own, with tries of its own; so are the halves of a batch.
    if (count === 0 && source.bisect && rest.length > 1) {
      const half = Math.ceil(rest.length / 2);
      return (
        (await deliver(source, shard, rest.slice(0, half), delivery, done)) &&
        (await deliver(source, shard, rest.slice(half), delivery, done))
      );
    }
    failed = count > 0 ? 1 : failed + 1;
    const condition = givenUp(source, rest, failed);
    if (condition !== undefined) {
      if (source.failureQueue !== undefined)
        delivery.send(source.failureQueue, JSON.stringify(noteOf(source, shard, rest, condition, failed)));
      done(rest.at(-1) as StreamRecord);
      return true;
    }
    await pause(Math.min(100 * 2 ** failed, delivery.retrySeconds * 1000), delivery.stopping);
    if (delivery.stopping.aborted) return false;
  }
}

/** How many records, from the first, the function has dealt with. */
async function invoke(
  source: StreamSourceDeclaration,
  Records: readonly StreamRecord[],
  { functions }: Delivery,
): Promise<number> {
  try {
    const result = await functions.invoke(source.function, { Records });
    if (!source.partialFailures) return Records.length;
    const count = countBeforeFailure(Records, result);
    if (count < Records.length)
      functions.failedFor(source.function, [(Records[count] as StreamRecord).dynamodb.SequenceNumber]);
    return count;
  } catch (error) {
    if (error instanceof FunctionFailure) return 0;
    throw error;
  }
}

/** The lowest sequence number that is reported counts; a report that cannot be read fails the whole batch. */
function countBeforeFailure(records: readonly StreamRecord[], result: unknown): number {
  const failures = (result as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return 0;
  const numbers = failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  const places = numbers.map((number) => records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === number));
  if (places.includes(-1)) return 0;
  return Math.min(records.length, ...places);
}

function givenUp(
  source: StreamSourceDeclaration,
  records: readonly StreamRecord[],
  failed: number,
): string | undefined {
  if (failed > source.retries) return 'RetryAttemptsExhausted';
  const oldest = records[0]?.dynamodb.ApproximateCreationDateTime ?? 0;
  return Date.now() / 1000 - oldest > source.maxAgeSeconds ? 'RecordAgeExceeded' : undefined;
}

/** What Lambda sends to the destination of failures: where the records are, not the records. */
function noteOf(
  source: StreamSourceDeclaration,
  shardId: string,
  records: readonly StreamRecord[],
  condition: string,
  approximateInvokeCount: number,
): object {
  const [first, last] = [records[0] as StreamRecord, records.at(-1) as StreamRecord];
  const at = ({ dynamodb }: StreamRecord) => new Date(dynamodb.ApproximateCreationDateTime * 1000).toISOString();
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn: source.functionArn,
      condition,
      approximateInvokeCount,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first.dynamodb.SequenceNumber,
      endSequenceNumber: last.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: at(first),
      approximateArrivalOfLastRecord: at(last),
      batchSize: records.length,
      streamArn: source.streamArn,
    },
  };
}

/** The client of the SDK gives bytes and times as objects; events hold them as JSON. */
export function recordOf(record: _Record, streamArn: string): StreamRecord {
  const { userIdentity, ...others } = record;
  const at = record.dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0;
  return {
    ...others,
    awsRegion: region,
    eventSourceARN: streamArn,
    ...(userIdentity && { userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type } }),
    dynamodb: { ...(plain(record.dynamodb) as object), ApproximateCreationDateTime: at / 1000 },
  } as unknown as StreamRecord;
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

/** Waits, but no longer than until the hub stops. */
export async function pause(milliseconds: number, stopping: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: stopping }).catch(() => {});
}
