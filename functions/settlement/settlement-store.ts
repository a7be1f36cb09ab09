import { z } from 'zod';
import { Bill } from '../../schemas/bill.ts';
import {
  type Command,
  LedgerEntry,
  Command as Ordered,
  Settlement,
  SettlementAnswer,
} from '../../schemas/settlement.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { cancelWrite, outgoingWrite, stopWrite } from '../insurers/outbox.ts';
import type { Item, Items, Write } from '../runtime/items.ts';
import type { AccumulatorChange, BenefitsChange, Outcome } from './change.ts';
import {
  accumulatorGivenBack,
  accumulatorWrite,
  askedWrite,
  benefitsGivenBack,
  benefitsWrite,
  closedShareWrite,
  openShareWrite,
  policyUnchanged,
} from './policies/policy-store.ts';
import { differenceWrite, unknownDifferences } from './reconciliation/difference-store.ts';
import {
  byDue,
  changesOf,
  commandKey,
  commandPrefix,
  dueSettlements,
  entryKey,
  entryPrefix,
  settlementKey,
} from './settlements-table.ts';
import { nextLook } from './timers.ts';

/** What an id of the core system stands for here. `digest`: of the content that came under it, keyed. */
export type Known =
  | { readonly kind: 'bill'; readonly digest: string | undefined; readonly settlement: Settlement }
  | { readonly kind: 'reversal'; readonly digest: string; readonly reversal: Reversal };

/** A reversal under its own id: which settlement it names, and why it was refused where it was. */
export const Reversal = z.object({
  setl_id: z.string(),
  orig_setl_id: z.string(),
  receivedAt: z.iso.datetime(),
  bill: Bill,
  /** What was answered first; an answer like it came from then on. */
  answer: SettlementAnswer.optional(),
  refused: z.object({ code: z.string(), field: z.string() }).optional(),
});
export type Reversal = z.infer<typeof Reversal>;

export type Tables = { readonly settlements: string; readonly policies: string; readonly messages: string };

export type SettlementStore = {
  read(setlId: string): Promise<Known | undefined>;
  /** All that is kept of a settlement. */
  history(setlId: string): Promise<History>;
  /**
   * Writes what a command has made of a settlement, and whatever belongs to it, in one transaction.
   * @returns false when something is no longer as it was read.
   */
  commit(change: Commit): Promise<boolean>;
  /** Settlements that time has something to say to, the longest due first. */
  due(until: Date, limit: number): Promise<string[]>;
  /** Nothing to do yet: look again then. */
  lookAgain(settlement: Settlement, at: Date): Promise<void>;
};

export type Commit = {
  readonly before: Settlement | undefined;
  readonly command: Command;
  readonly outcome: Outcome;
  /** Of the content that came under its id; absent while only its reversal is known. */
  readonly digest: string | undefined;
  /** What belongs to the same transaction: the mark of the message that was handled, a reversal's own item. */
  readonly more?: readonly Write[];
};
export type History = {
  readonly settlement: Settlement | undefined;
  readonly commands: readonly Command[];
  readonly entries: readonly LedgerEntry[];
};

export function settlementStore(items: Items, tables: Tables): SettlementStore {
  const table = tables.settlements;
  return {
    async read(setlId) {
      const item = await items.get(table, settlementKey(setlId));
      return item && knownOf(item);
    },
    async history(setlId) {
      return historyOf(await items.query(table, { pk: setlId }));
    },
    async commit(change) {
      const { differences } = change.outcome;
      const unknown = differences.length === 0 ? [] : await unknownDifferences(items, table, differences);
      return items.write(transaction(tables, { ...change, outcome: { ...change.outcome, differences: unknown } }));
    },
    async due(until, limit) {
      const found = await items.queryIndex(table, byDue, { pk: dueSettlements, to: until.toISOString(), limit });
      return found.map(({ pk }) => pk);
    },
    async lookAgain({ setl_id, version }, at) {
      await items.write([
        { table, update: settlementKey(setl_id), set: { dueAt: at.toISOString() }, when: { version } },
      ]);
    },
  };
}

/** What the items of one settlement say, in the order in which it happened. */
export function historyOf(items: readonly Item[]): History {
  const starting = (prefix: string) => items.filter(({ sk }) => sk.startsWith(prefix));
  const settlement = items.find(({ sk, kind }) => sk === 'settlement' && kind === 'bill');
  return {
    settlement: settlement && Settlement.parse(settlement),
    commands: starting(commandPrefix).map((item) => Ordered.parse(item)),
    entries: starting(entryPrefix)
      .map((item) => LedgerEntry.parse(item))
      .sort((one, other) => one.n - other.n),
  };
}

/** The item that gives a reversal's own id away, once. */
export function reversalWrite(tables: Tables, reversal: Reversal, digest: string): Write {
  const { setl_id, receivedAt } = reversal;
  return {
    table: tables.settlements,
    put: { ...settlementKey(setl_id), kind: 'reversal', digest, ...reversal, ...ofDay(receivedAt, setl_id) },
    when: 'absent',
  };
}

function knownOf(item: Item): Known {
  if (item.kind === 'reversal')
    return { kind: 'reversal', digest: String(item.digest), reversal: Reversal.parse(item) };
  const digest = item.digest === undefined ? undefined : String(item.digest);
  return { kind: 'bill', digest, settlement: Settlement.parse(item) };
}

function transaction(tables: Tables, { before, command, outcome, digest, more = [] }: Commit): Write[] {
  const { settlements: table, messages, policies } = tables;
  const { state } = outcome;
  const { setl_id, version } = state;
  const personRef = state.bill?.person_ref ?? '';
  const own: Write[] = [
    {
      table,
      put: {
        ...settlementKey(setl_id),
        kind: 'bill',
        ...state,
        ...(digest === undefined ? {} : { digest }),
        ...ofDay(state.receivedAt, setl_id),
        ...dueOf(state),
      },
      when: before === undefined ? 'absent' : { version: before.version },
    },
    // What stands under a settlement is written with its next version and no other: none of it can be there before.
    { table, put: { ...commandKey(setl_id, version), ...command, ...changesOfDay(command.at, setl_id) } },
    ...outcome.entries.map(
      (entry): Write => ({ table, put: { ...entryKey(setl_id, entry.entry_id), ...entry, ...bookOf(entry) } }),
    ),
    ...outcome.differences.map((difference) => differenceWrite(table, difference, new Date(command.at))),
  ];
  const ofPolicies = [
    ...benefitsOf(policies, personRef, outcome.benefits),
    ...outcome.accumulators.map((change) => accumulatorOf(policies, personRef, change)),
    ...outcome.relied.flatMap(({ policy, version }) => [
      policyUnchanged(policies, { ...policy, person_ref: personRef, version }),
      askedWrite(policies, policy, setl_id),
    ]),
    ...outcome.opened.map(({ policy, ...open }) => openShareWrite(policies, policy, { setl_id, ...open })),
    ...outcome.closed.map((policy) => closedShareWrite(policies, policy, setl_id)),
  ];
  const ofMessages = [
    ...outcome.messages.map((message) => outgoingWrite(messages, message)),
    ...outcome.cancelled.map(({ insurer, id }) => cancelWrite(messages, insurer, id)),
    ...outcome.stopped.map(({ insurer, id, reason }) => stopWrite(messages, insurer, id, reason)),
  ];
  return [...own, ...ofPolicies, ...ofMessages, ...more];
}

function benefitsOf(table: string, personRef: string, benefits: BenefitsChange | undefined): Write[] {
  if (benefits === undefined) return [];
  const { counted } = benefits;
  if (benefits.kind === 'given-back') return [benefitsGivenBack(table, personRef, counted)];
  return [benefitsWrite(table, personRef, counted, 'version' in benefits ? benefits.version : undefined)];
}

function accumulatorOf(table: string, personRef: string, { policy, counted, from }: AccumulatorChange): Write {
  const holder = counted.firstHolder ?? personRef;
  if (from === undefined) return accumulatorGivenBack(table, holder, policy, counted);
  return accumulatorWrite(table, holder, policy, {
    year: counted.year,
    deductibleFen: from.deductibleFen + counted.deductibleFen,
    countedFen: from.countedFen + counted.countedFen,
    paidFen: from.paidFen + counted.paidFen,
    version: from.version + 1,
  });
}

const ofDay = (at: string, setlId: string) => ({ day: civilDateAt(new Date(at)), dayOrder: `${at}#${setlId}` });

/** Settlements that were changed on a day, for its seal. */
const changesOfDay = (at: string, setlId: string) => ({
  day: changesOf(civilDateAt(new Date(at))),
  dayOrder: `${at}#${setlId}`,
});

function dueOf(state: Settlement): { due?: string; dueAt?: string } {
  const at = nextLook(state);
  return at === undefined ? {} : { due: dueSettlements, dueAt: at };
}

/** Where an insurer's payment stands in its book of the day. */
function bookOf({ kind, policy, amount_fen, at, setl_id, n }: LedgerEntry): { book?: string; bookOrder?: string } {
  if (policy === undefined || amount_fen === 0 || (kind !== 'post' && kind !== 'reverse')) return {};
  const flag = kind === 'reverse' ? '1' : '0';
  return {
    book: `${policy.insurer}#${civilDateAt(new Date(at))}`,
    bookOrder: `${policy.product_code}#${flag}#${setl_id}#${String(n).padStart(4, '0')}`,
  };
}
