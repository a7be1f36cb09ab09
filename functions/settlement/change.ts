import type { BenefitCount } from '../../schemas/benefits.ts';
import type { Bill } from '../../schemas/bill.ts';
import type { Difference } from '../../schemas/difference.ts';
import type { OutgoingData, OutgoingType } from '../../schemas/messages.ts';
import { PolicyKey } from '../../schemas/policy.ts';
import type {
  Command,
  Contribution,
  EntryKind,
  LedgerEntry,
  Settlement,
  SettlementState,
  SettlementTerms,
  Share,
  ShareState,
} from '../../schemas/settlement.ts';
import { settlementTransitions, shareTransitions } from '../../schemas/settlement.ts';
import { civilDateAt } from '../../schemas/time.ts';
import type { OutgoingMessage } from '../insurers/outbox.ts';
import { type ClaimClass, claimDifference } from './claim-difference.ts';
import { digestId } from './digest-id.ts';

/** What a command makes of a settlement: all of it is written in one transaction. */
export type Outcome = {
  readonly state: Settlement;
  readonly entries: readonly LedgerEntry[];
  readonly messages: readonly OutgoingMessage[];
  /** Notices that no attempt was made to send, and must not be. */
  readonly cancelled: readonly { readonly insurer: string; readonly id: string }[];
  /** Notices that may have gone out unanswered, and are not tried again. */
  readonly stopped: readonly { readonly insurer: string; readonly id: string; readonly reason: string }[];
  readonly accumulators: readonly AccumulatorChange[];
  /** Policies that shares took their turn by, as they were read: changed since, nothing of all this is written. */
  readonly relied: readonly { readonly policy: PolicyKey; readonly version: number }[];
  /** Shares whose notice hangs on the person's consent from now on, and those that no longer do. */
  readonly opened: readonly { readonly policy: PolicyKey; readonly share: string; readonly consent_no: string }[];
  readonly closed: readonly PolicyKey[];
  readonly differences: readonly Difference[];
  readonly benefits?: BenefitsChange;
};

/**
 * What the public funds pay in the person's year: worked out from this version of it, as the bill states it, or not any
 * more.
 */
export type BenefitsChange = { readonly counted: BenefitCount } & (
  | { readonly kind: 'worked-out'; readonly version: number }
  | { readonly kind: 'stated' | 'given-back' }
);

export type AccumulatorChange = {
  readonly policy: PolicyKey;
  readonly counted: Contribution;
  /** A share that is posted was computed from this version; what a reversal gives back needs none. */
  readonly from?: {
    readonly version: number;
    readonly deductibleFen: number;
    readonly countedFen: number;
    readonly paidFen: number;
  };
};

/** A settlement being changed by one command: shares, entries and messages are added, then `outcome` is taken. */
export class Change {
  readonly command: Command;
  readonly bill: Bill;
  readonly terms: SettlementTerms;
  readonly shares: Share[];
  state: SettlementState;
  private readonly before: Settlement | undefined;
  private readonly entries: LedgerEntry[] = [];
  private readonly messages: OutgoingMessage[] = [];
  private readonly cancelled: { insurer: string; id: string }[] = [];
  private readonly stopped: { insurer: string; id: string; reason: string }[] = [];
  private readonly accumulators: AccumulatorChange[] = [];
  private readonly relied: { policy: PolicyKey; version: number }[] = [];
  private readonly opened: { policy: PolicyKey; share: string; consent_no: string }[] = [];
  private readonly closed: PolicyKey[] = [];
  private readonly differences: Difference[] = [];
  private benefits: BenefitsChange | undefined;

  constructor(command: Command, bill: Bill, terms: SettlementTerms, before: Settlement | undefined) {
    this.command = command;
    this.bill = bill;
    this.terms = terms;
    this.before = before;
    this.shares = (before?.shares ?? []).map((share) => ({ ...share }));
    this.state = before?.state ?? 'received';
  }

  /** As it was before the command. */
  get settlement(): Settlement | undefined {
    return this.before;
  }

  /** What insurers' shares have taken over so far. */
  get insured(): { readonly cashFen: number; readonly acctFen: number } {
    const sum = (field: 'cashFen' | 'acctFen') => this.shares.reduce((total, share) => total + (share[field] ?? 0), 0);
    return { cashFen: sum('cashFen'), acctFen: sum('acctFen') };
  }

  /** What an insurer may still relieve: the patient's cash, then the personal account where it is not yet debited. */
  get left(): { readonly cashFen: number; readonly acctFen: number } {
    const { cashFen, acctFen } = this.insured;
    return {
      cashFen: this.bill.psn_cash_pay - cashFen,
      acctFen: this.terms.acctDebited ? 0 : this.bill.acct_pay - acctFen,
    };
  }

  moveTo(state: SettlementState): void {
    const allowed = settlementTransitions[this.state] as readonly SettlementState[];
    if (!allowed.includes(state)) throw new Error(`A settlement that is ${this.state} never becomes ${state}.`);
    this.state = state;
  }

  setShare(share: Share, state: ShareState, more: Partial<Share> = {}): Share {
    const allowed = shareTransitions[share.state] as readonly ShareState[];
    if (!allowed.includes(state)) throw new Error(`A share that is ${share.state} never becomes ${state}.`);
    const resolved = state === 'pending' ? {} : { resolvedAt: this.command.at };
    return this.amend(share, { ...more, ...resolved, state });
  }

  amend(share: Share, more: Partial<Share>): Share {
    const next = { ...share, ...more };
    this.shares[this.shares.findIndex(({ id }) => id === share.id)] = next;
    return next;
  }

  enter(
    entry: Pick<LedgerEntry, 'share' | 'debit' | 'credit' | 'amount_fen' | 'basis' | 'policy'> & { kind: EntryKind },
    /** Tells entries of one share and kind apart that have the same cause. */
    part = '',
  ): void {
    const { command, bill } = this;
    const caused_by = `${command.id}${part}`;
    this.entries.push({
      entry_id: digestId(bill.setl_id, entry.share, entry.kind, caused_by),
      setl_id: bill.setl_id,
      n: (this.before?.entries ?? 0) + this.entries.length + 1,
      ...entry,
      caused_by,
      at: command.at,
    });
  }

  tell<Type extends OutgoingType>(
    insurer: string,
    type: Type,
    share: string,
    cause: string,
    data: OutgoingData<Type>,
    terms: Pick<OutgoingMessage, 'sendBefore' | 'after'> = {},
  ): string {
    const id = `msg_${digestId(this.bill.setl_id, share, type, cause)}`;
    const message: OutgoingMessage<Type> = {
      insurer,
      id,
      type,
      setl_id: this.bill.setl_id,
      data,
      at: this.command.at,
      ...terms,
    };
    this.messages.push(message as OutgoingMessage);
    return id;
  }

  cancel(insurer: string, id: string): void {
    this.cancelled.push({ insurer, id });
  }

  stop(insurer: string, id: string, reason: string): void {
    this.stopped.push({ insurer, id, reason });
  }

  count(change: AccumulatorChange): void {
    this.accumulators.push(change);
  }

  countBenefits(benefits: BenefitsChange): void {
    this.benefits = benefits;
  }

  relyOn(policy: PolicyKey, version: number): void {
    this.relied.push({ policy: PolicyKey.parse(policy), version });
  }

  open(share: Share, consent_no: string): void {
    this.opened.push({ policy: PolicyKey.parse(share), share: share.id, consent_no });
  }

  /** The share's notice no longer hangs on the consent. */
  close(share: Share): void {
    if (share.mode === 'insurer') this.closed.push(PolicyKey.parse(share));
  }

  differ(difference: Omit<Difference, 'day' | 'setl_id'>): void {
    const day = civilDateAt(new Date(this.command.at));
    this.differences.push({ ...difference, day, setl_id: this.bill.setl_id });
  }

  /** What an insurer says that it pays is not what the hub has. */
  differOnClaim(of: ClaimClass, policy: PolicyKey, paidFen: number, share: Share | undefined): void {
    const { setl_id } = this.bill;
    const posted = this.state === 'reversed' ? 0 : (share?.paidFen ?? 0);
    const turnAt = share?.pendingSince ?? this.command.at;
    this.differences.push({
      ...claimDifference(setl_id, policy, { class: of, paidFen, turnAt }),
      setl_id,
      ...PolicyKey.parse(policy),
      ...(share === undefined ? {} : { product_code: share.product_code }),
      hubFen: share?.state === 'pending' ? (share.reservedFen ?? 0) : posted,
      otherFen: paidFen,
    });
  }

  outcome(more: Partial<Settlement> = {}): Outcome {
    const { before, command, bill, terms, shares, state } = this;
    const entries = (before?.entries ?? 0) + this.entries.length;
    return {
      state: {
        ...(before ?? { setl_id: bill.setl_id, notAsked: [], receivedAt: command.at }),
        bill,
        terms,
        shares,
        ...more,
        state,
        version: (before?.version ?? 0) + 1,
        entries,
      },
      entries: this.entries,
      messages: this.messages,
      cancelled: this.cancelled,
      stopped: this.stopped,
      accumulators: this.accumulators,
      relied: this.relied,
      opened: this.opened,
      closed: this.closed,
      differences: this.differences,
      ...(this.benefits === undefined ? {} : { benefits: this.benefits }),
    };
  }
}
