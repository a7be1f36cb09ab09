import { createHash } from 'node:crypto';
import { isRefusal } from '../../schemas/errors.ts';
import type { Counted, KeptCount, LedgerFault, LedgerFaultCode } from '../../schemas/ledger.ts';
import type { LedgerEntry, Settlement } from '../../schemas/settlement.ts';
import type { Key } from '../runtime/items.ts';
import type { Outcome } from './change.ts';
import { accumulatorKey, benefitsKey } from './policies/policy-store.ts';
import { apply } from './settle.ts';
import type { History } from './settlement-store.ts';

/** Account → what it has paid in (negative) or is owed (positive), fen: a projection of the entries, never stored. */
export function balancesOf(entries: readonly LedgerEntry[]): Map<string, number> {
  const balances = new Map<string, number>();
  const add = (account: string, fen: number) => balances.set(account, (balances.get(account) ?? 0) + fen);
  for (const { kind, debit, credit, amount_fen } of entries) {
    if (kind !== 'post' && kind !== 'reverse') continue;
    add(debit, -amount_fen);
    add(credit, amount_fen);
  }
  return balances;
}

/**
 * Recomputes a settlement from its commands and compares everything that is kept of it.
 * @returns what does not balance, and what the settlement counts for policies.
 */
export function verifyHistory(setlId: string, history: History): { faults: LedgerFault[]; counted: Counted[] } {
  const { settlement, commands, entries } = history;
  const faults: LedgerFault[] = [];
  const fault = (code: LedgerFaultCode, detail: string) => void faults.push({ setl_id: setlId, code, detail });
  if (settlement === undefined) {
    if (commands.length > 0 || entries.length > 0) fault('orphan', `${commands.length} + ${entries.length}`);
    return { faults, counted: [] };
  }
  const replayed = replay(history);
  if (typeof replayed === 'string') fault('not-replayed', replayed);
  else {
    compareEntries(entries, replayed.entries, fault);
    if (hashOf(settlement) !== hashOf(replayed.state)) fault('state-differs', `v${settlement.version}`);
  }
  checkBalance(settlement, entries, fault);
  checkShares(settlement, entries, fault);
  return { faults, counted: countedOf(settlement) };
}

/** What the commands make, from empty; in words which of them does not apply. */
export function replay({ commands }: History): { state: Settlement; entries: LedgerEntry[] } | string {
  let state: Settlement | undefined;
  const entries: LedgerEntry[] = [];
  for (const [at, command] of commands.entries()) {
    const outcome: Outcome | ReturnType<typeof apply> = safely(state, command);
    if (outcome === undefined || isRefusal(outcome)) return `${at + 1}: ${command.kind}`;
    state = outcome.state;
    entries.push(...outcome.entries);
  }
  return state === undefined ? 'no commands' : { state, entries };
}

/**
 * Compares what all settlements count with what is kept beside the policies.
 * @param before What was kept before the settlements were read: what has changed since is not compared.
 */
export function verifyAccumulators(
  counted: ReadonlyMap<string, Counted>,
  before: readonly KeptCount[],
  kept: readonly KeptCount[],
): LedgerFault[] {
  const faults: LedgerFault[] = [];
  const versions = new Map(before.map(({ name, version }) => [name, version]));
  const fault = (name: string, one: unknown, other: unknown) =>
    void faults.push({ setl_id: '', code: 'accumulator-differs', detail: [name, one, other].map(canonical).join(' ') });
  for (const { name, version, sums } of kept) {
    const computed = counted.get(name)?.sums ?? {};
    if (versions.get(name) === version && !sameSums(sums, computed)) fault(name, sums, computed);
  }
  const names = new Set(kept.map(({ name }) => name));
  for (const [name, { sums }] of counted) if (!names.has(name) && !sameSums(sums, {})) fault(name, {}, sums);
  return faults;
}

export function addCounted(total: Map<string, Counted>, { name, sums }: Counted): void {
  const before = total.get(name)?.sums ?? {};
  const added = Object.entries(sums).map(([field, fen]) => [field, (before[field] ?? 0) + fen]);
  total.set(name, { name, sums: Object.fromEntries(added) });
}

type Fault = (code: LedgerFaultCode, detail: string) => void;

function safely(...[state, command]: Parameters<typeof apply>): ReturnType<typeof apply> {
  try {
    return apply(state, command);
  } catch {
    // A broken invariant: whatever was changed, this command cannot have been applied to it.
    return undefined;
  }
}

function compareEntries(kept: readonly LedgerEntry[], made: readonly LedgerEntry[], fault: Fault): void {
  for (let at = 0; at < Math.max(kept.length, made.length); at += 1) {
    if (hashOf(kept[at]) !== hashOf(made[at])) fault('entry-differs', `${at + 1}`);
  }
}

/** All that was posted for a bill is owed to its provider; after a reversal nothing is owed to anybody. */
function checkBalance({ bill, state, sums }: Settlement, entries: readonly LedgerEntry[], fault: Fault): void {
  const balances = balancesOf(entries);
  const owed = [...balances].reduce((sum, [account, fen]) => sum + (account.startsWith('provider:') ? fen : 0), 0);
  const due = bill === undefined || sums !== undefined || state === 'reversed' ? 0 : bill.medfee_sumamt;
  if (owed !== due) fault('not-balanced', `${owed} / ${due}`);
  if (state !== 'reversed') return;
  for (const [account, fen] of balances) if (fen !== 0) fault('not-balanced', `${account} ${fen}`);
}

function checkShares({ shares }: Settlement, entries: readonly LedgerEntry[], fault: Fault): void {
  for (const { id, state, paidFen = 0 } of shares) {
    const own = entries.filter(({ share }) => share === id);
    const pending = own.filter(({ kind }) => kind === 'pending').length;
    const ends = new Set(own.filter(({ kind }) => resolving.has(kind)).map(({ caused_by }) => causeOf(caused_by)));
    const posted = own.reduce((sum, { kind, amount_fen }) => sum + (kind === 'post' ? amount_fen : 0), 0);
    const open = state === 'pending' ? 1 : 0;
    const never = state === 'waiting' || (state === 'voided' && pending === 0);
    const right = never ? pending === 0 && ends.size === 0 : pending === 1 && ends.size === 1 - open;
    if (!right || posted !== paidFen) fault('not-resolved-once', `${id} ${state}: ${pending}, ${ends.size}, ${posted}`);
  }
}

const resolving: ReadonlySet<string> = new Set(['post', 'void', 'expire']);
const causeOf = (causedBy: string): string => causedBy.replace(/\/acct_pay$/, '');

function countedOf({ bill, shares, state, benefits }: Settlement): Counted[] {
  if (bill === undefined || state === 'reversed') return [];
  const ofPolicies = shares.flatMap((share): Counted[] => {
    if (share.counted === undefined) return [];
    const { year, firstHolder = bill.person_ref, ...sums } = share.counted;
    return [{ name: countName(accumulatorKey(firstHolder, share, year)), sums }];
  });
  if (benefits === undefined) return ofPolicies;
  const { year, scheme, ...sums } = benefits.counted;
  return [...ofPolicies, { name: countName(benefitsKey(bill.person_ref, { year, scheme })), sums }];
}

export const countName = ({ pk, sk }: Key): string => `${pk} ${sk}`;

function sameSums(one: Counted['sums'], other: Counted['sums']): boolean {
  return [...Object.keys(one), ...Object.keys(other)].every((field) => (one[field] ?? 0) === (other[field] ?? 0));
}

/** Of the content, whatever the order of the fields. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, one: unknown) =>
      one !== null && typeof one === 'object' && !Array.isArray(one)
        ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
        : one,
    ) ?? ''
  );
}
