import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { ChangeMessageVisibilityCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { sqs } from './clients.ts';
import { environment } from './env.ts';
import { logger } from './logger.ts';
import type { Sender } from './ports.ts';

const env = environment({
  /** The queue this function consumes, where it consumes one. */
  CONSUMED_QUEUE_URL: z.string().optional(),
});

export type Invocation = {
  /** Milliseconds that are left before the function is stopped. */
  readonly remainingMs: () => number;
};

/**
 * A consumer of a queue: every message is parsed by `schema` and consumed by itself; those that throw go back to
 * the queue (partial batch failure), the rest of the batch is done.
 */
export function queueHandler<Message>(
  schema: z.ZodType<Message>,
  consume: (message: Message, invocation: Invocation) => Promise<void>,
): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const invocation = { remainingMs: () => context.getRemainingTimeInMillis() };
    const record = async (message: SQSRecord): Promise<void> => {
      try {
        await consume(schema.parse(JSON.parse(message.body)), invocation);
      } catch (error) {
        logger.error('message failed', { messageId: message.messageId, fault: faultOf(error) });
        await showAgainSoon(message);
        throw error;
      }
    };
    const processor = new BatchProcessor(EventType.SQS);
    return processPartialResponse(event, record, processor, { context, throwOnFullBatchFailure: false });
  };
  return middy(handler) as unknown as (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
}

/**
 * The visibility timeout is made for functions that die; one that failed and says so need not wait that long. Later
 * tries wait longer: 1, 4, 9, 16 … times the first.
 */
async function showAgainSoon({ receiptHandle, attributes }: SQSRecord): Promise<void> {
  if (env.CONSUMED_QUEUE_URL === undefined) return;
  const tries = Number(attributes.ApproximateReceiveCount);
  const seconds = Math.min(retrySeconds * tries * tries, 900);
  const change = { QueueUrl: env.CONSUMED_QUEUE_URL, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
  // When this fails too, the visibility timeout brings the message back all the same.
  await sqs.send(new ChangeMessageVisibilityCommand(change)).catch(() => undefined);
}

const retrySeconds = 2;

/**
 * Sends messages in batches of ten; bodies carry ids and references, never rows.
 * @throws when the queue did not take one of them; those before it may have been sent (consumers are idempotent).
 */
export async function sendMessages(queueUrl: string, bodies: readonly unknown[], delaySeconds = 0): Promise<void> {
  // AWS refuses it; the queues of the embedded hub would not.
  if (!Number.isInteger(delaySeconds) || delaySeconds > 900)
    throw new Error('A queue delays for 0 to 900 whole seconds.');
  for (let start = 0; start < bodies.length; start += 10) {
    const entries = bodies
      .slice(start, start + 10)
      .map((body, index) => ({ Id: String(index), MessageBody: JSON.stringify(body), DelaySeconds: delaySeconds }));
    const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
    const failed = answer.Failed?.[0];
    if (failed !== undefined) throw new Error(`The queue did not take a message: ${failed.Code}`);
  }
}

/** A queue, for logic that knows no address. */
export function queueSender(queueUrl: string): Sender {
  return { send: (bodies, delaySeconds) => sendMessages(queueUrl, bodies, delaySeconds) };
}

/** What may be logged of a fault: its kind, and its message cut of anything that looks like a person's number. */
export function faultOf(error: unknown): { name: string; message: string; stack?: string } {
  if (!(error instanceof Error)) return { name: 'unknown', message: typeof error };
  return { name: error.name, message: withoutNumbers(error.message), stack: withoutNumbers(error.stack ?? '') };
}

const withoutNumbers = (text: string): string => text.replace(/\d{6,}[\dXx]*/g, '…').slice(0, 2000);
