import { isDeepStrictEqual } from 'node:util';
import type { Difference } from '../../../schemas/difference.ts';
import { PolicyKey, samePolicy } from '../../../schemas/policy.ts';
import { type BookLine, type Reconciled, type StatementScope, scopeName } from '../../../schemas/reconciliation.ts';
import type { Items } from '../../runtime/items.ts';
import { claimClasses, claimDifference } from '../claim-difference.ts';
import { settlementStore, type Tables } from '../settlement-store.ts';
import { sideBySide } from '../side-by-side.ts';
import { type Both, type DatedLine, differenceOf, lineKey, totalsOf } from './compare-books.ts';
import { differenceId, differenceStore, unknownDifferences } from './difference-store.ts';
import { type HubBooks, hubBooks } from './hub-books.ts';
import { type StatementStore, statementStore } from './statement-store.ts';

export type ReconcileDependencies = {
  readonly items: Items;
  readonly tables: Tables;
  readonly now: () => Date;
};

/**
 * Compares the hub's books of a day with a statement: first what both come to, then line by line. What belongs to
 * another day stands under that day, and is looked at again from there: so the order of the statements does not matter.
 */
export async function reconcileScope(
  dependencies: ReconcileDependencies,
  day: string,
  scope: StatementScope,
): Promise<Reconciled | undefined> {
  const { items, tables } = dependencies;
  const statements = statementStore(items, tables.settlements);
  const first = await reconcileDay(dependencies, day, scope);
  const others = new Set<string>();
  for (const about of [day, ...first.otherDays])
    for (const other of [about, ...(await statements.elsewhere(about, scope))]) others.add(other);
  others.delete(day);
  for (const other of others) await reconcileDay(dependencies, other, scope);
  return first.result;
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

/** One day alone, again while somebody brings another statement meanwhile: who writes last has seen the newest. */
async function reconcileDay(
  dependencies: ReconcileDependencies,
  day: string,
  scope: StatementScope,
): Promise<Pick<Compared, 'result' | 'otherDays'>> {
  for (;;) {
    const compared = await compareDay(dependencies, day, scope);
    if (await compared.stands()) return compared;
  }
}

type Compared = {
  readonly result: Reconciled | undefined;
  readonly otherDays: ReadonlySet<string>;
  /** Whether all statements are still as they were read. */
  stands(): Promise<boolean>;
};

/** The same books and statements give the same result, and nothing is written twice. */
async function compareDay(
  { items, tables, now }: ReconcileDependencies,
  day: string,
  scope: StatementScope,
): Promise<Compared> {
  const statements = statementStore(items, tables.settlements);
  const statement = await statements.whole(day, scope);
  if (statement === undefined) return { result: undefined, otherDays: new Set(), stands: async () => true };
  const hub = hubBooks(items, tables, scope);
  const lines = await hub.linesOf(day);
  const things = await gather(lines, statement.lines, hub);
  const otherDays = new Set(things.flatMap(({ hub }) => (typeof hub === 'object' && hub.day !== day ? [hub.day] : [])));
  // Both ways: when this day is stated anew without those lines, the other day is looked at again.
  for (const other of otherDays) {
    await statements.noteElsewhere(other, scope, day);
    await statements.noteElsewhere(day, scope, other);
  }
  const stated = statedLines(statements, scope);
  const found: Difference[] = [];
  for (const { key, hub } of things) {
    const about = typeof hub === 'object' ? hub.day : day;
    const difference = differenceOf(scope, about, { hub, stated: await stated.of(about, key) });
    if (difference !== undefined) found.push(difference);
  }
  const other = totalsOf(statement.lines);
  const contradicts = other.count !== statement.count || other.fen !== statement.totalFen;
  if (contradicts) found.push(contradiction(scope, day));
  const told = await asTold({ items, tables }, found);
  const result: Reconciled = {
    ...scope,
    day,
    hub: totalsOf(lines),
    other,
    contradicts,
    differences: [...new Set(told.map(differenceId))].sort(),
    digest: statement.digest,
  };
  await open({ items, tables, now }, told, result);
  const stands = async () =>
    (await statements.whole(day, scope))?.digest === statement.digest && (await stated.stands());
  return { result, otherDays, stands };
}

/** Opens what was found, and ends what is not found any more. */
async function open(
  { items, tables, now }: ReconcileDependencies,
  found: readonly Difference[],
  result: Reconciled,
): Promise<void> {
  const statements = statementStore(items, tables.settlements);
  const kept = differenceStore(items, tables.settlements);
  const previous = (await statements.result(result.day, result))?.differences ?? [];
  // First of all, so that whoever is stopped in between leaves nothing open that no result knows of.
  await statements.putResult({ ...result, differences: [...new Set([...previous, ...result.differences])].sort() });
  await kept.ensure(found, now());
  for (const id of previous) if (!result.differences.includes(id)) await kept.overtake(id, now());
  await statements.putResult(result);
}

type Thing = { readonly key: string; readonly hub: Both['hub'] };

/** Everything that either side has on a day, and where the hub has it. */
async function gather(lines: readonly DatedLine[], stated: readonly BookLine[], hub: HubBooks): Promise<Thing[]> {
  const ours = new Map(lines.map((line) => [lineKey(line), line]));
  const things: Thing[] = [...ours].map(([key, line]) => ({ key, hub: line }));
  const theirs = new Map(stated.map((line) => [lineKey(line), line]));
  const strange = [...theirs].filter(([key]) => !ours.has(key));
  return [...things, ...(await sideBySide(strange, async ([key, line]) => ({ key, hub: await hub.find(line) })))];
}

/** What was stated of a thing of a day: on that day, and on days that were seen to hold what belongs to it. */
function statedLines(statements: StatementStore, scope: StatementScope) {
  const read = new Map<string, Promise<Map<string, DatedLine[]>>>();
  const once = (day: string, lines: () => Promise<readonly DatedLine[]>) => {
    const known = read.get(day) ?? lines().then((all) => Map.groupBy(all, lineKey));
    read.set(day, known);
    return known;
  };
  const ofDay = async (day: string): Promise<DatedLine[]> =>
    ((await statements.whole(day, scope))?.lines ?? []).map((line) => ({ ...line, day }));
  const around = async (day: string) =>
    (await Promise.all([day, ...(await statements.elsewhere(day, scope))].map(ofDay))).flat();
  return {
    of: async (day: string, key: string) => (await once(day, () => around(day))).get(key) ?? [],
    /** Whether they still are what they were when they were read. */
    async stands(): Promise<boolean> {
      const days = [...read];
      const same = days.map(async ([day, lines]) =>
        isDeepStrictEqual(Map.groupBy(await around(day), lineKey), await lines),
      );
      return (await Promise.all(same)).every(Boolean);
    },
  };
}

/** What an insurer's message has opened a difference about is found again, not opened beside it. */
async function asTold(
  { items, tables }: Pick<ReconcileDependencies, 'items' | 'tables'>,
  found: readonly Difference[],
): Promise<Difference[]> {
  const store = settlementStore(items, tables);
  const before = async (difference: Difference): Promise<Difference> => {
    const { source, setl_id, otherFen, times = 1 } = difference;
    if (source !== 'insurer' || !saidOfClaims.has(difference.class)) return difference;
    if (setl_id === undefined || otherFen === undefined || times > 1 || difference.refd_setl_flag === '1')
      return difference;
    const policy = PolicyKey.parse({ policy_sub_no: '', ...difference });
    const known = await store.read(setl_id);
    const shares = known?.kind === 'bill' ? known.settlement.shares : [];
    const turnAt = shares.find((share) => samePolicy(share, policy))?.pendingSince;
    if (turnAt === undefined) return difference;
    const same = claimClasses.map((one) => ({
      ...difference,
      ...claimDifference(setl_id, policy, { class: one, paidFen: otherFen, turnAt }),
    }));
    const unknown = await unknownDifferences(items, tables.settlements, same);
    return same.find((one) => !unknown.includes(one)) ?? difference;
  };
  return sideBySide(found, before);
}

const saidOfClaims: ReadonlySet<Difference['class']> = new Set(['late', 'insurer-only', 'amount-differs']);

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
