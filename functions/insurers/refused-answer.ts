import { createHash } from 'node:crypto';
import { explain, refuse } from '../../schemas/errors.ts';
import { type Issue, type OutgoingType, outgoing, type StoredOutgoing } from '../../schemas/messages.ts';
import type { Write } from '../runtime/items.ts';
import { outgoingWrite } from './outbox.ts';

/** Issues told at a time: a message to an insurer has 20 kB at most. */
const mostIssues = 10;

export const answerNotValid = 'messages/answer-not-valid';

/**
 * Tells an insurer that what stood in its answer was meant as a message and is none: what it answers was accepted and does
 * not come again, so that it would wait for ever.
 */
export function refusedAnswerWrite(
  table: string,
  { insurer, id, type, setl_id, body, attempts }: StoredOutgoing,
  issues: readonly Issue[],
  now: Date,
): Write {
  const code = answerNotValid;
  // Of each attempt once: a replay may be answered wrongly as well.
  const cause = createHash('sha256').update(JSON.stringify([insurer, id, attempts, code]));
  return outgoingWrite(table, {
    insurer,
    id: `msg_${cause.digest('hex').slice(0, 32)}`,
    type: 'claim.refused',
    ...(setl_id === undefined ? {} : { setl_id }),
    data: {
      ...claimOf(type, body),
      message_id: id,
      code,
      reason: explain(refuse(code)),
      issues: issues.slice(0, mostIssues),
    },
    at: now.toISOString(),
  });
}

/** The claim that a message is about; a request for a statement is about none. */
function claimOf(type: OutgoingType, body: string) {
  if (type !== 'settlement.notice' && type !== 'claim.refused')
    return { setl_id: '', policy_no: '', policy_sub_no: '' };
  const { setl_id, policy_no, policy_sub_no } = outgoing[type].parse(JSON.parse(body)).data;
  return { setl_id, policy_no, policy_sub_no };
}
