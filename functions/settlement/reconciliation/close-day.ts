import type { Insurer } from '../../../schemas/insurer.ts';
import type { ProductVersion } from '../../../schemas/product.ts';
import { StatementScope, scopeName } from '../../../schemas/reconciliation.ts';
import { addDays, civilDateAt, daysBetween } from '../../../schemas/time.ts';
import { type OutgoingMessage, outgoingWrite } from '../../insurers/outbox.ts';
import type { Measure } from '../../runtime/ports.ts';
import { digestId } from '../digest-id.ts';
import { totalsOf } from './compare-books.ts';
import { differenceStore } from './difference-store.ts';
import { bookScopes, hubBooks } from './hub-books.ts';
import { type ReconcileDependencies, reconcileScope, reconcileStatements } from './reconcile.ts';
import { statementStore } from './statement-store.ts';

export type CloseDayDependencies = ReconcileDependencies & {
  readonly insurers: () => Promise<readonly Insurer[]>;
  readonly products: () => Promise<readonly ProductVersion[]>;
  readonly measure: Measure;
  /** Signs and keeps the seal of a day that is closed; nothing happens where it has one. */
  readonly seal: (day: string) => Promise<void>;
};

/** Days that a hub that was down catches up with. */
const lookBackDays = 14;
/** A difference that nobody has cleared up for so long is an alarm. */
export const oldAfterDays = 3;
const counted = 1000;

/**
 * Closes every day that is over and not closed: insurers are asked for their statements, and the day is sealed. Then
 * looks after statements that are missing and differences that grow old. It may run at any time, any number of times.
 */
export async function closeDays(dependencies: CloseDayDependencies): Promise<void> {
  const { items, tables, now, measure } = dependencies;
  const statements = statementStore(items, tables.settlements);
  const today = civilDateAt(now());
  const past = Array.from({ length: lookBackDays }, (_, n) => addDays(today, n - lookBackDays));
  const begun = await Promise.all(past.map((day) => statements.isBegun(day)));
  // A hub that never began to close a day begins with yesterday.
  const known = past.slice(begun.includes(true) ? begun.indexOf(true) : -1);
  const closed = await Promise.all(known.map((day) => statements.closedAt(day)));
  const over = known.filter((_, n) => closed[n] === undefined);
  for (const day of over) {
    await statements.begin(day);
    await askForStatements(dependencies, day);
    await reconcileStatements(dependencies, day);
    await dependencies.seal(day);
    await statements.close(day, now().toISOString());
  }
  if (over.length > 0) await lookAgain(dependencies, past);
  let missing = 0;
  for (const day of past) missing += (await missingStatements(dependencies, day)).filter(({ due }) => due).length;
  measure('MissingStatements', missing);
  const open = await differenceStore(items, tables.settlements).list('open', counted);
  const old = open.filter(({ openedAt }) => daysBetween(civilDateAt(new Date(openedAt)), today) >= oldAfterDays);
  measure('OpenDifferences', open.length);
  measure('OldDifferences', old.length);
}

/** What only the other side had may have come to the hub since: a late answer, or one that was posted the day after. */
async function lookAgain(dependencies: CloseDayDependencies, days: readonly string[]): Promise<void> {
  const { items, tables } = dependencies;
  const open = await differenceStore(items, tables.settlements).openSince(days[0]!);
  const scopes = open
    .filter(({ class: kind, day }) => kind === 'insurer-only' && days.includes(day))
    .map(({ day, ...difference }) => ({ day, scope: StatementScope.parse(difference) }));
  const each = new Map(scopes.map((one) => [`${one.day}#${scopeName(one.scope)}`, one]));
  for (const { day, scope } of each.values()) await reconcileScope(dependencies, day, scope);
}

export type MissingStatement = StatementScope & { readonly dueBy: string; readonly due: boolean };

/** Statements that are not there as a whole; `due`: insurers were asked for them, and they should be. */
export async function missingStatements(dependencies: CloseDayDependencies, day: string): Promise<MissingStatement[]> {
  const { items, tables, now } = dependencies;
  const statements = statementStore(items, tables.settlements);
  const asked = (await statements.closedAt(day)) !== undefined;
  const missing: MissingStatement[] = [];
  for (const insurer of await insurersOn(dependencies, day)) {
    const dueBy = new Date(`${addDays(day, 1)}T${insurer.statementDueBy}:00+08:00`).toISOString();
    for (const scope of await scopesOf(dependencies, insurer.id, day)) {
      if ((await statements.whole(day, scope)) !== undefined) continue;
      missing.push({ ...scope, dueBy, due: asked && now().toISOString() > dueBy });
    }
  }
  return missing;
}

async function askForStatements(dependencies: CloseDayDependencies, day: string): Promise<void> {
  const { items, tables, now } = dependencies;
  for (const insurer of await insurersOn(dependencies, day)) {
    for (const scope of await scopesOf(dependencies, insurer.id, day)) {
      const { count, fen } = totalsOf(await hubBooks(items, tables, scope).linesOf(day));
      const { product_code, refd_setl_flag } = scope;
      const request: OutgoingMessage<'reconciliation.requested'> = {
        insurer: insurer.id,
        id: `msg_${digestId('reconciliation.requested', day, scopeName(scope))}`,
        type: 'reconciliation.requested',
        data: { day, product_code, refd_setl_flag, count, amount: fen },
        at: now().toISOString(),
      };
      // Asked before: once is enough.
      await items.write([outgoingWrite(tables.messages, request)]);
    }
  }
}

/** Those that the hub has to do with, and had at the end of the day. */
async function insurersOn({ insurers }: CloseDayDependencies, day: string): Promise<Insurer[]> {
  const all = await insurers();
  return all.filter(({ state, createdAt }) => state !== 'disabled' && civilDateAt(new Date(createdAt)) <= day);
}

/**
 * What an insurer is asked about: every product of its own that there was at the end of the day, settlements and
 * reversals, though the hub has nothing: the insurer may.
 */
async function scopesOf(
  { items, tables, products }: CloseDayDependencies,
  insurer: string,
  day: string,
): Promise<StatementScope[]> {
  const own = (await products()).filter(({ product, version, addedAt }) => {
    return product.insurer === insurer && (version > 1 || civilDateAt(new Date(addedAt)) <= day);
  });
  const declared = own.flatMap(({ product: { product_code } }) =>
    (['0', '1'] as const).map((refd_setl_flag) => ({
      source: 'insurer' as const,
      insurer,
      product_code,
      refd_setl_flag,
    })),
  );
  const booked = await bookScopes(items, tables.settlements, insurer, day);
  return [...new Map([...declared, ...booked].map((scope) => [scopeName(scope), scope])).values()];
}
