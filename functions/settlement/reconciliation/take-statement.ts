import type { IncomingMessage } from '../../../schemas/messages.ts';
import { type StatementOnWire, type StatementPart, StatementScope } from '../../../schemas/reconciliation.ts';
import { civilDateAt } from '../../../schemas/time.ts';
import { billParts } from './bill-parts.ts';
import { type ReconcileDependencies, reconcileScope } from './reconcile.ts';
import { statementStore } from './statement-store.ts';

type StatementMessage = Extract<IncomingMessage, { type: 'reconciliation.statement' }>;

/**
 * A part of an insurer's statement comes in; with the last part of a day that is over, the day is reconciled. All of
 * it may be done again: the caller marks the message as handled afterwards.
 */
export async function takeStatement(
  dependencies: ReconcileDependencies,
  insurer: string,
  { data, timestamp }: Pick<StatementMessage, 'data' | 'timestamp'>,
): Promise<void> {
  const { day, product_code, refd_setl_flag, part, parts, count, amount, items } = data;
  await takePart(dependencies, {
    source: 'insurer',
    insurer,
    product_code,
    refd_setl_flag,
    day,
    part,
    parts,
    count,
    totalFen: takenBack(refd_setl_flag, amount),
    asOf: new Date(timestamp).toISOString(),
    lines: items.map(({ amount: fen, ...line }) => ({ ...line, fen: takenBack(refd_setl_flag, fen) })),
  });
}

/** What looks like a slip in a statement that is kept all the same: money that it speaks of must not be lost. */
export function statementOddities(
  { data }: Pick<StatementMessage, 'data'>,
  isDeclared: boolean,
  receivedAt: Date,
): ('statement/no-product' | 'statement/day-ahead')[] {
  return [
    ...(isDeclared ? [] : (['statement/no-product'] as const)),
    ...(data.day > civilDateAt(receivedAt) ? (['statement/day-ahead'] as const) : []),
  ];
}

/** A part that an operator brings, said at this moment. */
export function partOnWire(day: string, { amount, items, ...part }: StatementOnWire, at: Date): StatementPart {
  const taken = (fen: number) => takenBack(part.refd_setl_flag, fen);
  // With the sign of the whole: what alone has another one is wrong.
  const takenParts = (whole: number, parts: Record<string, number> = {}) =>
    Object.fromEntries(Object.entries(parts).map(([name, fen]) => [name, taken(whole) === whole ? fen : 0 - fen]));
  return {
    ...part,
    day,
    totalFen: taken(amount),
    asOf: at.toISOString(),
    lines: items.map(({ amount: fen, parts, ...line }) => ({
      ...line,
      fen: taken(fen),
      parts: takenParts(fen, parts),
    })),
  };
}

/** Names of amounts that are compared with nothing: whoever writes one believes that it is. */
export function unknownParts({ items }: Pick<StatementOnWire, 'items'>): string[] {
  const named = new Set(items.flatMap(({ parts = {} }) => Object.keys(parts)));
  return [...named].filter((name) => !(billParts as readonly string[]).includes(name)).sort();
}

export async function takePart(dependencies: ReconcileDependencies, part: StatementPart): Promise<void> {
  const { items, tables, now } = dependencies;
  await statementStore(items, tables.settlements).keep(part);
  if (part.day < civilDateAt(now())) await reconcileScope(dependencies, part.day, StatementScope.parse(part));
}

/** Some write what is taken back below zero; here it stands under its flag, above. */
const takenBack = (flag: '0' | '1', fen: number): number => (flag === '1' ? Math.abs(fen) : fen);
