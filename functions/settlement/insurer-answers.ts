import { explain, type RefusalCode, refuse } from '../../schemas/errors.ts';
import { type PolicyKey, samePolicy } from '../../schemas/policy.ts';
import type { Command, Share } from '../../schemas/settlement.ts';
import type { Change, Outcome } from './change.ts';
import type { ClaimClass } from './claim-difference.ts';
import { postShare, voidShare } from './postings.ts';
import { settleIfDone, takeTurns } from './turns.ts';

type Answer = Extract<Command, { kind: 'answer' }>;
type Paid = Extract<Command, { kind: 'paid' }>;

/**
 * `claim.adjudicated`. An answer is good from the moment the notice is written, whether or not its sending is noted
 * yet: it proves that the notice arrived. Every answer is told what became of it.
 */
export function takeAnswer(change: Change, answer: Answer): Outcome | undefined {
  const found = shareOf(change, answer.policy);
  const inBody = found !== undefined && found.noticeId === answer.messageId;
  if (inBody && found.answeredInBody) return undefined;
  const share = inBody ? change.amend(found, { answeredInBody: true }) : found;
  if (share === undefined) return no(change, answer, 'settlement/no-such-share', { differs: 'answer-refused' });
  switch (share.state) {
    case 'waiting':
      return no(change, answer, 'settlement/not-asked-yet', { share, differs: 'answer-refused' });
    case 'voided':
      return voided(change, answer, share);
    case 'expired':
      return late(change, answer, share);
    case 'posted':
    case 'declined':
      return again(change, answer, share);
    case 'pending':
      return resolve(change, answer, share);
    default:
      throw new Error(`No such state: ${share.state satisfies never}`);
  }
}

/** `claim.paid`: what the insurer says it has transferred is compared with what was posted. */
export function takePaid(change: Change, paid: Paid): Outcome {
  const share = shareOf(change, paid.policy);
  if (share === undefined) return no(change, paid, 'settlement/no-such-share', { differs: 'answer-refused' });
  const reversed = change.state === 'reversed';
  const right = share.state === 'posted' && !reversed && share.paidFen === paid.paidFen;
  const noted =
    share.paidOut === undefined
      ? change.amend(share, { paidOut: { paidFen: paid.paidFen, at: paid.paidAt, messageId: paid.messageId } })
      : share;
  if (!right) return no(change, paid, 'settlement/paid-differs', { share: noted, differs: 'amount-differs' });
  return yes(change, paid, noted);
}

/** The answer decides, unless it came after its time or asks for more than there is. */
function resolve(change: Change, answer: Answer, share: Share): Outcome {
  const { decision, paidFen, reason_code, insurer_claim_no, messageId, receivedAt } = answer;
  if (share.answerBy !== undefined && receivedAt > share.answerBy) {
    const expired = voidShare(change, share, 'expired', 'no-answer');
    takeTurns(change, answer.coverages);
    return late(change, answer, expired);
  }
  if (paidFen < 0 || (decision === 'declined' && paidFen !== 0))
    return no(change, answer, 'settlement/amount-not-allowed', { share, differs: 'answer-refused' });
  if (paidFen > (share.reservedFen ?? 0))
    return no(change, answer, 'settlement/above-remainder', { share, differs: 'answer-above-remainder' });
  const posted = postShare(change, share, decision === 'approved' ? 'posted' : 'declined', paidFen, {
    insurer_claim_no,
    answeredBy: messageId,
    ...(reason_code === undefined ? {} : { reason: reason_code }),
  });
  sayPosted(change, answer, posted);
  takeTurns(change, answer.coverages);
  return settleIfDone(change);
}

/** The share was resolved before: the same answer in another message has no second effect, another one none at all. */
function again(change: Change, answer: Answer, share: Share): Outcome {
  const decision = share.state === 'declined' ? 'declined' : 'approved';
  const same = answer.decision === decision && answer.paidFen === share.paidFen;
  if (change.state === 'reversed')
    return no(change, answer, 'settlement/share-voided', { share, details: { reason: 'reversed' } });
  if (same) return yes(change, answer, share);
  return share.mode === 'hub'
    ? no(change, answer, 'settlement/disputed', { share, differs: 'dispute' })
    : no(change, answer, 'settlement/already-answered', { share, differs: 'answer-refused' });
}

/** It will not be paid; only a reversal takes it back in the insurer's books as well. */
function voided(change: Change, answer: Answer, share: Share): Outcome {
  const details = { reason: share.reason ?? '' };
  const owed = change.state !== 'reversed' && answer.paidFen !== 0;
  return no(change, answer, 'settlement/share-voided', {
    share,
    details,
    ...(owed ? { differs: 'answer-refused' } : {}),
  });
}

function late(change: Change, answer: Answer, share: Share): Outcome {
  const { messageId, decision, paidFen, receivedAt } = answer;
  const noted =
    share.late === undefined ? change.amend(share, { late: { messageId, decision, paidFen, at: receivedAt } }) : share;
  return no(change, answer, 'settlement/answer-late', { share: noted, differs: 'late' });
}

function yes(change: Change, said: Answer | Paid, share: Share): Outcome {
  sayPosted(change, said, share);
  return change.outcome();
}

function sayPosted(change: Change, { kind, messageId }: Answer | Paid, share: Share): void {
  const { policy_no, policy_sub_no, paidFen = 0, payout = false } = share;
  change.tell(share.insurer, 'claim.posted', share.id, messageId, {
    setl_id: change.bill.setl_id,
    policy_no,
    policy_sub_no,
    message_id: messageId,
    message_type: kind === 'paid' ? 'claim.paid' : 'claim.adjudicated',
    decision: share.state === 'declined' ? 'declined' : 'approved',
    posted_amt: paidFen,
    payout,
  });
}

function no(
  change: Change,
  said: Answer | Paid,
  code: RefusalCode,
  more: { share?: Share; differs?: ClaimClass; details?: Record<string, string> },
): Outcome {
  const { policy, messageId, paidFen } = said;
  const { share, differs, details } = more;
  const pending = share?.state === 'pending' ? share.reservedFen : undefined;
  change.tell(policy.insurer, 'claim.refused', share?.id ?? policy.policy_no, messageId, {
    setl_id: change.bill.setl_id,
    policy_no: policy.policy_no,
    policy_sub_no: policy.policy_sub_no,
    message_id: messageId,
    code,
    reason: explain(refuse(code, details)),
    ...(pending === undefined ? {} : { remaining_amt: pending }),
  });
  if (differs !== undefined) change.differOnClaim(differs, policy, paidFen, share);
  return settleIfDone(change);
}

const shareOf = ({ shares }: Change, policy: PolicyKey): Share | undefined =>
  shares.find((share) => samePolicy(share, policy));
