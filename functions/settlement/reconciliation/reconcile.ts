import type { Difference } from '../../../schemas/difference.ts';
import type { Reconciled, StatementScope } from '../../../schemas/reconciliation.ts';
import { addDays } from '../../../schemas/time.ts';
import type { Items } from '../../runtime/items.ts';
import type { Tables } from '../settlement-store.ts';
import { type Both, type DatedLine, differenceOf, lineKey, totalsOf } from './compare-books.ts';
import { differenceId, differenceStore } from './difference-store.ts';
import { type HubBooks, hubBooks } from './hub-books.ts';
import { type StatementStore, scopeName, statementStore } from './statement-store.ts';

export type ReconcileDependencies = {
  readonly items: Items;
  readonly tables: Tables;
  readonly now: () => Date;
};

/**
 * Compares the hub's books of a day with a statement: first what both come to, then line by line. The neighbouring
 * days are compared again, for what is missing there may be found here.
 */
export async function reconcileScope(
  dependencies: ReconcileDependencies,
  day: string,
  scope: StatementScope,
): Promise<Reconciled | undefined> {
  const result = await reconcileDay(dependencies, day, scope);
  for (const neighbour of [addDays(day, -1), addDays(day, 1)]) await reconcileDay(dependencies, neighbour, scope);
  return result;
}

/** Every statement of a day that is there as a whole. */
export async function reconcileStatements(dependencies: ReconcileDependencies, day: string): Promise<Reconciled[]> {
  const scopes = await statementStore(dependencies.items, dependencies.tables.settlements).scopes(day);
  const results: Reconciled[] = [];
  for (const scope of scopes) {
    const result = await reconcileScope(dependencies, day, scope);
    if (result !== undefined) results.push(result);
  }
  return results;
}

/** One day alone; the same books and statements give the same result, and nothing is written twice. */
async function reconcileDay(
  { items, tables, now }: ReconcileDependencies,
  day: string,
  scope: StatementScope,
): Promise<Reconciled | undefined> {
  const statements = statementStore(items, tables.settlements);
  const statement = await statements.whole(day, scope);
  if (statement === undefined) return undefined;
  const hub = hubBooks(items, tables, scope);
  const lines = await hub.linesOf(day);
  const things = await gather(day, lines, hub, statementsOf(statements, scope));
  const other = totalsOf(statement.lines);
  const contradicts = other.count !== statement.count || other.fen !== statement.totalFen;
  const found = [...things.map((both) => differenceOf(scope, day, both)), contradicts && contradiction(scope, day)];
  const differences = found.filter((one): one is Difference => typeof one === 'object');
  const kept = differenceStore(items, tables.settlements);
  await kept.ensure(differences, now());
  const result: Reconciled = {
    ...scope,
    day,
    hub: totalsOf(lines),
    other,
    contradicts,
    differences: differences.map(differenceId).sort(),
    digest: statement.digest,
  };
  const previous = await statements.result(day, scope);
  for (const id of previous?.differences ?? []) {
    if (!result.differences.includes(id)) await kept.overtake(id, now());
  }
  await statements.putResult(result);
  return result;
}

/** Everything that either side has on a day, with what both know of it on other days. */
async function gather(
  day: string,
  lines: readonly DatedLine[],
  hub: HubBooks,
  statedOn: (day: string) => Promise<ReadonlyMap<string, readonly DatedLine[]>>,
): Promise<Both[]> {
  const here = await statedOn(day);
  const near = await Promise.all([addDays(day, -1), addDays(day, 1)].map(statedOn));
  const ours = new Map(lines.map((line) => [lineKey(line), line]));
  const things: Both[] = [];
  for (const key of new Set([...ours.keys(), ...here.keys()])) {
    const stated = [...(here.get(key) ?? []), ...near.flatMap((lines) => lines.get(key) ?? [])];
    const found = ours.get(key) ?? (await hub.find(stated[0]!));
    const far =
      typeof found === 'object' && !isNear(found.day, day) ? ((await statedOn(found.day)).get(key) ?? []) : [];
    things.push({ hub: found, stated: [...stated, ...far] });
  }
  return things;
}

/** Lines of the scope's statement of a day, by what they are about; each day is read once. */
function statementsOf(statements: StatementStore, scope: StatementScope) {
  const read = new Map<string, Promise<ReadonlyMap<string, readonly DatedLine[]>>>();
  const lines = async (day: string) => {
    const statement = await statements.whole(day, scope);
    const dated = (statement?.lines ?? []).map((line): DatedLine => ({ ...line, day }));
    return Map.groupBy(dated, lineKey);
  };
  return (day: string) => {
    const known = read.get(day) ?? lines(day);
    read.set(day, known);
    return known;
  };
}

const isNear = (one: string, other: string): boolean =>
  one === other || one === addDays(other, 1) || one === addDays(other, -1);

/** A statement whose lines do not come to what it says they come to. */
function contradiction(scope: StatementScope, day: string): Difference {
  return {
    day,
    source: scope.source,
    class: 'sums-differ',
    key: scopeName(scope),
    ...(scope.insurer === '' ? {} : { insurer: scope.insurer, product_code: scope.product_code }),
    refd_setl_flag: scope.refd_setl_flag,
    note: {
      zh: '对账单的笔数或金额与其明细不符',
      en: 'The statement’s own count or amount is not what its lines come to',
    },
  };
}
