import {
  Attempt,
  type IncomingState,
  type OutgoingState,
  StoredIncoming,
  StoredOutgoing,
} from '../../schemas/messages.ts';
import type { Items } from '../runtime/items.ts';
import { attemptPrefix, type Box, byInsurer, messageKey } from './messages-table.ts';

export type MessageQuery = {
  readonly insurer: string;
  readonly box: Box;
  /** Instants of creation, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly state?: OutgoingState | IncomingState | undefined;
  /** Where the page before ended. */
  readonly after?: string | undefined;
  readonly limit: number;
  readonly newestFirst?: boolean;
};

export type Stored = StoredOutgoing | StoredIncoming;

/** Most of a mailbox that one page looks at. */
const pageItems = 500;

/** A page of a mailbox in the order of time; `next` asks for the page after it. A page may hold none and yet have a next. */
export async function listMessages(
  items: Items,
  table: string,
  { insurer, box, from, to, state, after, limit, newestFirst = false }: MessageQuery,
): Promise<{ messages: Stored[]; next?: string }> {
  const [first, last] = [from, to === undefined ? undefined : `${to}#\uffff`];
  const found = await items.queryIndex(table, byInsurer, {
    pk: `${box}#${insurer}`,
    from: newestFirst ? first : (after ?? first),
    to: newestFirst ? (after ?? last) : last,
    descending: newestFirst,
    limit: pageItems,
  });
  // The range begins with the mark itself, which the page before has shown.
  const here = found.filter(({ mailboxOrder }) => mailboxOrder !== after);
  const wanted = here.filter((item) => state === undefined || item.state === state).slice(0, limit);
  const end = wanted.length === limit ? wanted.at(-1) : found.length === pageItems ? found.at(-1) : undefined;
  return {
    messages: wanted.map((item) => parseOf(box).parse(item)),
    ...(end === undefined ? {} : { next: String(end.mailboxOrder) }),
  };
}

/** One message with all its attempts, the first one first. */
export async function readMessage(
  items: Items,
  table: string,
  box: Box,
  insurer: string,
  id: string,
): Promise<{ message: Stored; attempts: Attempt[] } | undefined> {
  const { pk } = messageKey(box, insurer, id);
  const found = await items.query(table, { pk });
  const message = found.find(({ sk }) => sk === 'message');
  if (message === undefined) return undefined;
  const attempts = found.filter(({ sk }) => sk.startsWith(attemptPrefix)).map((item) => Attempt.parse(item));
  return { message: parseOf(box).parse(message), attempts };
}

const parseOf = (box: Box) => (box === 'in' ? StoredIncoming : StoredOutgoing);
