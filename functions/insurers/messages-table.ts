import type { Index, Key } from '../runtime/items.ts';

/**
 * The table of messages to and from insurers. What is said of every message stands in the item `message`; the bodies
 * that came in stand beside it, sealed, and go when their time is over.
 */
export const messageKey = (box: Box, insurer: string, id: string): Key => ({
  pk: `${box}#${insurer}#${id}`,
  sk: 'message',
});
export const bodyKey = (insurer: string, id: string): Key => ({ pk: `in#${insurer}#${id}`, sk: 'body' });
export const attemptKey = (insurer: string, id: string, n: number): Key => ({
  pk: `out#${insurer}#${id}`,
  sk: `${attemptPrefix}${String(n).padStart(4, '0')}`,
});
export const attemptPrefix = 'attempt#';

export type Box = 'in' | 'out';

/**
 * Messages that something is still to be done about, and when. `in#<insurer>`: settlement has not taken it. `out#<insurer>`:
 * to be sent. `news#<insurer>`: settlement is to be told what became of it. All others are in no such list, so that a
 * hundred thousand parked messages weigh nothing.
 */
export const byDue: Index = { name: 'byDue', partition: 'due', sort: 'dueAt' };

/** Seconds until a sweep puts before settlement what the stream may have lost. */
export const firstHandOnSeconds = 60;

/** What is due within this time is waited for: clocks differ a little. */
export const aheadMs = 2000;

/** Every message of an insurer's box, `<box>#<insurer>`, in the order of `<createdAt>#<id>`. */
export const byInsurer: Index = { name: 'byInsurer', partition: 'mailbox', sort: 'mailboxOrder' };

export const messageIndexes: readonly Index[] = [byDue, byInsurer];

/** Attribute by which the table forgets an item: seconds of the epoch. */
export const timeToLive = 'expiresAt';

/** Bodies that came in are kept this long. */
export const bodyRetentionDays = 400;
