import type { JudgedBenefits } from '../../schemas/benefits.ts';
import { type Refusal, refuse } from '../../schemas/errors.ts';
import type { Command, Coverage, Settlement, Share } from '../../schemas/settlement.ts';
import { Change, type Outcome } from './change.ts';
import { takeAnswer, takePaid } from './insurer-answers.ts';
import { enterPayers, reverseAll, voidShare } from './postings.ts';
import { reversalFault, reversalRefused, saidOtherwise } from './reversal-fault.ts';
import { sumDifferences } from './sums.ts';
import { firstAnswer, settleIfDone, takeTurns } from './turns.ts';

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/**
 * What a command makes of a settlement: the whole of settlement is this function folded over its commands, so that
 * they give the same ledger whenever they are replayed.
 * @returns undefined when the command changes nothing: it came before, or too late to matter.
 */
export function apply(state: Settlement | undefined, command: Command): Outcome | Refusal | undefined {
  switch (command.kind) {
    case 'accept':
      return accept(state, command);
    case 'reverse':
      return reverse(state, command);
    case 'noticed':
    case 'answer':
    case 'paid':
    case 'close-window':
    case 'expire':
    case 'void':
    case 'settle-by-hand':
      return state?.bill === undefined || state.terms === undefined
        ? refuse('settlement/no-such-settlement')
        : change(new Change(command, state.bill, state.terms, state), command);
    default:
      throw new Error(`No such command: ${(command satisfies never as Command).kind}`);
  }
}

/**
 * Reversals that came first wait in state `reversing`: the first of them that is the opposite of the bill reverses it,
 * before any insurer is asked; those that are not have reversed nothing.
 */
function accept(before: Settlement | undefined, command: Of<'accept'>): Outcome | Refusal {
  const { bill, terms, coverages } = command;
  if (before !== undefined && before.state !== 'reversing')
    return refuse('settlement/same-id-other-content', { setl_id: bill.setl_id });
  const waiting = waitingReversals(before);
  const reversal = waiting.find((one) => reversalFault(bill, one.bill) === undefined);
  const change = new Change(command, bill, terms, before);
  if (reversal === undefined) change.state = 'received';
  for (const one of waiting) {
    const fault = reversalFault(bill, one.bill);
    if (fault !== undefined) change.differ(reversalRefused(bill, one.bill, fault));
  }
  const decided = { reversal, alsoWaiting: undefined };
  const sums = sumDifferences(bill, terms.sums);
  if (sums.length > 0) {
    change.differ({ source: 'bill', class: 'sums-differ', key: bill.setl_id, hubFen: bill.medfee_sumamt });
    if (reversal !== undefined) change.moveTo('reversed');
    return change.outcome({ sums, notAsked: command.notAsked, ...decided });
  }
  enterPayers(change);
  if (reversal !== undefined) {
    reverseAll(change, reversal.setl_id, { unsent: [], untaken: [] });
    change.moveTo('reversed');
    const early = coverages.map(({ insurer, policy_no, policy_sub_no, product }) => ({
      insurer,
      policy_no,
      policy_sub_no,
      product_code: product.product.product_code,
      reason: 'reversed-before',
    }));
    const notAsked = [...command.notAsked, ...early];
    return change.outcome({ notAsked, ...decided, ...firstAnswer(change, notAsked) });
  }
  if (command.benefits !== undefined) judged(change, command.benefits);
  change.shares.push(...coverages.map(waitingShare));
  takeTurns(change, coverages);
  return settleIfDone(change, { notAsked: command.notAsked, ...decided, benefits: command.benefits });
}

/** The year of the person counts what the funds pay; tiers that came otherwise than the table has them are reported. */
function judged(change: Change, { counted, from, differs }: JudgedBenefits): void {
  change.countBenefits(
    from === undefined ? { kind: 'stated', counted } : { kind: 'worked-out', counted, version: from.version },
  );
  for (const { field, statedFen, computedFen } of differs) {
    const key = `${change.bill.setl_id}/${field}`;
    change.differ({ source: 'bill', class: 'tiers-differ', key, hubFen: computedFen, otherFen: statedFen });
  }
}

function reverse(before: Settlement | undefined, command: Of<'reverse'>): Outcome | Refusal | undefined {
  const reversal = { setl_id: command.bill.setl_id, at: command.at, bill: command.bill };
  if (before === undefined) return parked(command, reversal);
  const { setl_id: orig_setl_id, bill, terms } = before;
  const waiting = waitingReversals(before);
  if (before.state === 'reversing' && waiting.length < mostWaiting) return parkedToo(before, reversal);
  const [first] = waiting;
  const fault =
    bill === undefined ? first && saidOtherwise(first.bill, reversal.bill) : reversalFault(bill, reversal.bill);
  if (fault !== undefined) return refuse('settlement/reversal-differs', { orig_setl_id, field: fault });
  if (first !== undefined || before.state === 'reversed') return undefined;
  if (bill === undefined || terms === undefined) throw new Error(`Settlement ${orig_setl_id} has lost its bill.`);
  const change = new Change(command, bill, terms, before);
  if (before.sums === undefined) reverseAll(change, command.bill.setl_id, command);
  if (before.benefits !== undefined) change.countBenefits({ kind: 'given-back', counted: before.benefits.counted });
  change.moveTo('reversed');
  return change.outcome({ reversal, ...(before.sums === undefined ? firstAnswer(change) : {}) });
}

function change(
  change: Change,
  command: Exclude<Command, Of<'accept'> | Of<'reverse'>>,
): Outcome | Refusal | undefined {
  if (command.kind === 'answer') return takeAnswer(change, command);
  if (command.kind === 'paid') return takePaid(change, command);
  if (command.kind === 'close-window') {
    if (change.state !== 'awaiting-insurers') return undefined;
    return settleIfDone(change, {}, true);
  }
  if (command.kind === 'settle-by-hand') return settleByHand(change, command);
  const share = change.shares.find(({ id }) => id === command.share);
  if (share === undefined) throw new Error(`Settlement ${change.bill.setl_id} has no share of that name.`);
  if (command.kind === 'noticed') return noticed(change, share, command.acceptedAt);
  if (command.kind === 'expire') {
    if (share.state !== 'pending') return undefined;
    voidShare(change, share, 'expired', command.why);
  } else {
    // A notice that was accepted before the consent ended is answered all the same.
    if (share.state !== 'pending' || share.noticedAt !== undefined) return undefined;
    voidShare(change, share, 'voided', command.why);
    if (share.noticeId !== undefined && command.stop) change.stop(share.insurer, share.noticeId, command.why);
  }
  takeTurns(change, command.coverages);
  return settleIfDone(change);
}

/** The notice was accepted for the first time: the answer's time begins. */
function noticed(change: Change, share: Share, acceptedAt: string): Outcome | undefined {
  if (share.state !== 'pending' || share.noticedAt !== undefined) return undefined;
  const answerBy = new Date(Date.parse(acceptedAt) + change.terms.answerWithinHours * 3_600_000).toISOString();
  change.amend(share, { noticedAt: acceptedAt, answerBy });
  change.close(share);
  return change.outcome();
}

/** People have taken the matter into their hands: nobody is waited for any more. */
function settleByHand(change: Change, { unsent, untaken }: Of<'settle-by-hand'>): Outcome | Refusal {
  const open = change.shares.filter(({ state }) => state === 'pending' || state === 'waiting');
  if (open.length === 0 || change.state === 'reversed') return refuse('settlement/nothing-open');
  for (const share of open) {
    voidShare(change, share, 'voided', 'settled-by-hand');
    if (share.noticeId === undefined) continue;
    if (unsent.includes(share.noticeId)) change.cancel(share.insurer, share.noticeId);
    else if (untaken.includes(share.noticeId)) change.stop(share.insurer, share.noticeId, 'settled-by-hand');
  }
  change.moveTo('settled-by-hand');
  return change.outcome(firstAnswer(change));
}

/** Reversals of a settlement whose bill has not come. */
const waitingReversals = (before: Settlement | undefined): ReversalOf[] =>
  before?.state === 'reversing' && before.reversal !== undefined
    ? [before.reversal, ...(before.alsoWaiting ?? [])]
    : [];
type ReversalOf = NonNullable<Settlement['reversal']>;

/** Each may become a difference in the transaction that accepts the bill, beside up to ten insurers. */
const mostWaiting = 5;

function parked(command: Of<'reverse'>, reversal: ReversalOf): Outcome {
  const state: Settlement = {
    setl_id: command.bill.orig_setl_id as string,
    state: 'reversing',
    version: 1,
    entries: 0,
    shares: [],
    notAsked: [],
    receivedAt: command.at,
    reversal,
  };
  return { ...nothingElse, state };
}

/** Whether it is the opposite of the bill nobody knows yet, whatever those before it say. */
function parkedToo(before: Settlement, reversal: ReversalOf): Outcome {
  const alsoWaiting = [...(before.alsoWaiting ?? []), reversal];
  return { ...nothingElse, state: { ...before, alsoWaiting, version: before.version + 1 } };
}

const nothingElse: Omit<Outcome, 'state'> = {
  ...{ entries: [], messages: [], cancelled: [], stopped: [], accumulators: [] },
  ...{ relied: [], opened: [], closed: [], differences: [] },
};

function waitingShare({ insurer, policy_no, policy_sub_no, product: { version, product } }: Coverage): Share {
  const { product_code, mode } = product;
  return {
    id: [insurer, product_code, policy_no, policy_sub_no].join('/'),
    insurer,
    policy_no,
    policy_sub_no,
    product_code,
    productVersion: version,
    mode,
    state: 'waiting',
  };
}
