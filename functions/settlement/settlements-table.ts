import type { Index, Key } from '../runtime/items.ts';

/**
 * The table `settlements`: the item of a settlement, its numbered commands and its ledger entries stand under its id.
 * A reversal's own id has an item too, so that no id is ever used twice.
 */
export const settlementKey = (setlId: string): Key => ({ pk: setlId, sk: 'settlement' });
export const commandPrefix = 'command#';
export const commandKey = (setlId: string, n: number): Key => ({
  pk: setlId,
  sk: `${commandPrefix}${String(n).padStart(6, '0')}`,
});
export const entryPrefix = 'entry#';
export const entryKey = (setlId: string, entryId: string): Key => ({ pk: setlId, sk: `${entryPrefix}${entryId}` });

/** Settlements that time will change, and when to look at them. */
export const byDue: Index = { name: 'byDue', partition: 'due', sort: 'dueAt' };
export const dueSettlements = 'settlement';

/**
 * What insurers pay and take back: `<insurer>#<posting day in Shanghai>` in the order of
 * `<product>#<reversal flag>#<setl_id>#<n>`. A share that also relieves the personal account has two entries.
 */
export const byBook: Index = { name: 'byBook', partition: 'book', sort: 'bookOrder' };

/** Settlements and reversals by the day they came in, in Shanghai: `<instant>#<setl_id>`. */
export const byDay: Index = { name: 'byDay', partition: 'day', sort: 'dayOrder' };

/** In the same index, commands by the day they were given. */
export const changesOf = (day: string): string => `command#${day}`;

/** In the index of books, differences about a settlement: `<when it was opened>#<id>`. */
export const differencesOf = (setlId: string): string => `differences#${setlId}`;

/** Differences by state, the oldest first. */
export const byDifference: Index = { name: 'byDifference', partition: 'difference', sort: 'differenceOrder' };

export const settlementIndexes: readonly Index[] = [byDue, byBook, byDay, byDifference];
