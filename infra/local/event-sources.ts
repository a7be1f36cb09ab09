import { setTimeout as sleep } from 'node:timers/promises';
import type { EventSourceDeclaration } from './declarations.ts';
import { FunctionFailure } from './function-failure.ts';
import type { Functions } from './functions.ts';
import { region } from './intrinsics.ts';
import type { ReceivedMessage, Sqs } from './sqs.ts';

const waitSeconds = 20;

/**
 * Feeds a function from a queue as Lambda's poller does: batches, as many at a time as the mapping allows; what the
 * function did is removed, what it did not stays hidden until its visibility timeout, and comes back.
 * @param retrySeconds Hides a message for so long after the function failed for it, instead of the visibility timeout.
 * @returns resolves when `stopping` is aborted and the last batch is done.
 */
export async function feedFromQueue(
  source: EventSourceDeclaration,
  {
    sqs,
    functions,
    stopping,
    retrySeconds,
  }: { sqs: Sqs; functions: Functions; stopping: AbortSignal; retrySeconds?: number },
): Promise<void> {
  const atOnce = Math.min(source.concurrency, functions.concurrency(source.function));
  const running = new Set<Promise<void>>();
  const consume = async (messages: ReceivedMessage[]) => {
    const succeeded = new Set(await done(source, messages, functions));
    for (const message of messages) {
      if (succeeded.has(message)) sqs.remove(source.queue, message.receiptHandle);
      else if (retrySeconds !== undefined && !stopping.aborted)
        sqs.hide(source.queue, message.receiptHandle, retrySeconds);
    }
  };
  while (!stopping.aborted) {
    if (running.size >= atOnce) {
      await Promise.race(running);
      continue;
    }
    const messages = await nextBatch(source, sqs, stopping);
    if (messages.length === 0) continue;
    const consumed = consume(messages).finally(() => running.delete(consumed));
    running.add(consumed);
  }
  await Promise.all(running);
}

/** Waits for a first message, then up to the batching window for more. */
async function nextBatch(
  { queue, batchSize, windowSeconds }: EventSourceDeclaration,
  sqs: Sqs,
  stopping: AbortSignal,
): Promise<ReceivedMessage[]> {
  const batch = await sqs.receive(queue, Math.min(batchSize, 10), waitSeconds);
  if (batch.length === 0) return batch;
  const until = Date.now() + windowSeconds * 1000;
  while (batch.length < batchSize && !stopping.aborted) {
    const more = await sqs.receive(queue, Math.min(batchSize - batch.length, 10), 0);
    batch.push(...more);
    if (more.length > 0) continue;
    if (Date.now() >= until) break;
    await sleep(Math.min(20, until - Date.now()));
  }
  return batch;
}

/** The messages of a batch that the function has dealt with. A failed invocation is reported by `functions`. */
async function done(
  source: EventSourceDeclaration,
  messages: ReceivedMessage[],
  functions: Functions,
): Promise<ReceivedMessage[]> {
  const Records = messages.map((message) => ({
    ...message,
    eventSource: 'aws:sqs',
    eventSourceARN: source.queueArn,
    awsRegion: region,
  }));
  try {
    const result = await functions.invoke(source.function, { Records });
    if (!source.partialFailures) return messages;
    const succeeded = withoutFailures(messages, result);
    const failed = messages.filter((message) => !succeeded.includes(message)).map(({ messageId }) => messageId);
    if (failed.length > 0) functions.failedFor(source.function, failed);
    return succeeded;
  } catch (error) {
    if (error instanceof FunctionFailure) return [];
    throw error;
  }
}

/**
 * A list of failures that Lambda cannot read, or that names a message not in the batch, fails the whole batch.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
function withoutFailures(messages: ReceivedMessage[], result: unknown): ReceivedMessage[] {
  const failures = (result as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return [];
  const ids = failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  const known = new Set<unknown>(messages.map(({ messageId }) => messageId));
  if (ids.some((id) => !known.has(id))) return [];
  return messages.filter(({ messageId }) => !ids.includes(messageId));
}
