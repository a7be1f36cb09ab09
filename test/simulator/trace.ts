import type { Item, Key } from '../../functions/runtime/items.ts';

/** What a change comes to, in a line of the trace. */
export function changeLine(table: string, item: Item | undefined, { pk, sk }: Key): string {
  const { id, kind, type, state, attempts, dueAt, outcome, reason } = (item ?? {}) as Record<string, unknown>;
  const told = { id, kind, type, state, attempts, dueAt, outcome, reason };
  const known = Object.entries(told).filter(([, value]) => value !== undefined);
  return `  ${table} ${pk} ${sk}: ${item === undefined ? 'deleted' : known.map(([name, value]) => `${name}=${value}`).join(' ')}`;
}
