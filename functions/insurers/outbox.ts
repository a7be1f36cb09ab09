import { z } from 'zod';
import {
  type IncomingMessage,
  KeptMessage,
  maxOutgoingBytes,
  type OutgoingData,
  type OutgoingState,
  type OutgoingType,
  outgoing,
  StoredOutgoing,
} from '../../schemas/messages.ts';
import type { Items, Write } from '../runtime/items.ts';
import { messageKey } from './messages-table.ts';
import { scheduleSeconds } from './retry-schedule.ts';

/** Something to tell an insurer. */
export type OutgoingMessage<Type extends OutgoingType = OutgoingType> = {
  readonly insurer: string;
  /** Deterministic and without a dot: the same cause gives the same message. */
  readonly id: string;
  readonly type: Type;
  readonly setl_id?: string;
  /** Amounts in fen. */
  readonly data: OutgoingData<Type>;
  /** Instant. */
  readonly at: string;
  /** Instant after which no attempt is made any more: the end of the consent it goes out under. */
  readonly sendBefore?: string | undefined;
  /** Id of a message of the same insurer that must be through first, one way or another. */
  readonly after?: string | undefined;
};

/**
 * The write that makes a message due, to stand in the same transaction as the change that it announces. It holds only
 * when there is no message of that id yet.
 * @throws when the message is not what schemas/messages.ts says, or too long: that is a fault of whoever made it.
 */
export function outgoingWrite<Type extends OutgoingType>(table: string, message: OutgoingMessage<Type>): Write {
  const { insurer, id, type, setl_id, data, sendBefore, after } = message;
  if (!/^[\w-]{1,64}$/.test(id)) throw new Error('The id of a message is made of letters, digits, - and _.');
  const createdAt = new Date(message.at).toISOString();
  const body = JSON.stringify(z.encode(outgoing[type] as z.ZodType, { type, timestamp: createdAt, data }));
  if (Buffer.byteLength(body) > maxOutgoingBytes) throw new Error(`A message ${type} is longer than 20 kB.`);
  const stored: StoredOutgoing = {
    insurer,
    id,
    type,
    body,
    state: 'due',
    createdAt,
    attempts: 0,
    slot: 0,
    dueAt: createdAt,
    giveUpAt: new Date(Date.parse(createdAt) + scheduleSeconds * 1000).toISOString(),
    ...(setl_id === undefined ? {} : { setl_id }),
    ...(sendBefore === undefined ? {} : { sendBefore: new Date(sendBefore).toISOString() }),
    ...(after === undefined ? {} : { after }),
  };
  return {
    table,
    put: {
      ...messageKey('out', insurer, id),
      ...stored,
      due: `out#${insurer}`,
      mailbox: `out#${insurer}`,
      mailboxOrder: `${createdAt}#${id}`,
    },
    when: 'absent',
  };
}

/** Takes a message back; it holds only while no attempt may have been made. */
export function cancelWrite(table: string, insurer: string, id: string): Write {
  return {
    table,
    update: messageKey('out', insurer, id),
    set: { state: 'cancelled' satisfies OutgoingState },
    remove: ['due', 'dueAt'],
    when: { state: 'due', attempts: 0 },
  };
}

/**
 * Makes no further attempt, though one may have been made and its answer lost: a consent was revoked before the message
 * was accepted. It holds only while the message may still go out, be it by a replay, and was never accepted.
 */
export function stopWrite(table: string, insurer: string, id: string, reason: string): Write {
  return {
    table,
    update: messageKey('out', insurer, id),
    set: { state: 'lapsed' satisfies OutgoingState, reason },
    remove: ['due', 'dueAt'],
    when: { state: { oneOf: ['due', 'parked'] satisfies OutgoingState[] }, acceptedAt: 'absent' },
  };
}

/** A message that may still go out, be it by a replay: {@link stopWrite} ends that. */
export const mayGoOut = (state: OutgoingState | undefined): boolean => state === 'due' || state === 'parked';

export type Outgoing = StoredOutgoing & {
  /** What the insurer said in the body of its first 2xx, where that is a message; amounts in fen. */
  readonly answerMessage?: IncomingMessage;
};

/** What is known of a message to an insurer. */
export async function readOutgoing(
  items: Items,
  table: string,
  insurer: string,
  id: string,
): Promise<Outgoing | undefined> {
  const item = await items.get(table, messageKey('out', insurer, id));
  if (item === undefined) return undefined;
  const stored = StoredOutgoing.parse(item);
  const answerMessage = stored.answer === undefined ? undefined : KeptMessage.parse(JSON.parse(stored.answer));
  return answerMessage === undefined ? stored : { ...stored, answerMessage };
}
