import { type IncomingMessage, type IncomingState, KeptMessage, StoredIncoming } from '../../schemas/messages.ts';
import type { Items, Write } from '../runtime/items.ts';
import type { Sealer } from '../runtime/sealed.ts';
import { bodyKey, messageKey } from './messages-table.ts';

/** Bodies are sealed for the insurer they came from. */
export const bodyContext = (insurer: string) => ({ purpose: 'message-body', insurer });

export type Incoming = {
  readonly state: IncomingState;
  readonly receivedAt: string;
  readonly digest: string;
  readonly outcome?: string | undefined;
  /** Amounts in fen. Absent when it was refused, and when it is done and its body's time is over. */
  readonly message?: IncomingMessage;
};

/** A message that an insurer has sent; undefined when there is none of that id. */
export async function readIncoming(
  items: Items,
  table: string,
  sealer: Pick<Sealer, 'open'>,
  insurer: string,
  id: string,
): Promise<Incoming | undefined> {
  const [item, body] = await items.getMany(table, [messageKey('in', insurer, id), bodyKey(insurer, id)]);
  if (item === undefined) return undefined;
  const { state, createdAt, digest, outcome } = StoredIncoming.parse(item);
  const known = { state, receivedAt: createdAt, digest, outcome };
  if (state === 'refused' || (body === undefined && state === 'handled')) return known;
  if (body === undefined) throw new Error(`The body of an open message is gone: ${id}`);
  const bytes = await sealer.open(body.sealed as Uint8Array, bodyContext(insurer));
  return { ...known, message: KeptMessage.parse(JSON.parse(bytes.toString('utf8'))) };
}

/**
 * The write that says what became of a message, to stand in the same transaction as its effect: so it has one effect.
 * It holds only while the message is `received`.
 * @param outcome A code, such as `posted` or `refused/above-remainder`.
 */
export function handledWrite(table: string, insurer: string, id: string, outcome: string): Write {
  return {
    table,
    update: messageKey('in', insurer, id),
    set: { state: 'handled' satisfies IncomingState, outcome },
    remove: ['due', 'dueAt'],
    when: { state: 'received' },
  };
}
