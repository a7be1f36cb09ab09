import { createHash } from 'node:crypto';
import { explain, refuse } from '../../schemas/errors.ts';
import { type Issue, outgoing, type StoredOutgoing } from '../../schemas/messages.ts';
import type { Write } from '../runtime/items.ts';
import { outgoingWrite } from './outbox.ts';

/** Issues told at a time: a message to an insurer has 20 kB at most. */
const mostIssues = 10;

/**
 * Tells an insurer that what stood in its answer was meant as a message and is none: its notice was accepted and does not
 * come again, so that it would wait for ever. Only of what asks for something: an insurer that answers everything
 * so, this included, would be told for ever.
 */
export function refusedAnswerWrites(
  table: string,
  { insurer, id, type, setl_id, body, attempts }: StoredOutgoing,
  issues: readonly Issue[],
  now: Date,
): Write[] {
  if (type !== 'settlement.notice' && type !== 'reconciliation.requested') return [];
  const code = 'messages/answer-not-valid';
  // Of each attempt once: a replay may be answered wrongly as well.
  const cause = createHash('sha256').update(JSON.stringify([insurer, id, attempts, code]));
  const write = outgoingWrite(table, {
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
  return [write];
}

function claimOf(type: 'settlement.notice' | 'reconciliation.requested', body: string) {
  if (type === 'reconciliation.requested') return { setl_id: '', policy_no: '', policy_sub_no: '' };
  const { setl_id, policy_no, policy_sub_no } = outgoing[type].parse(JSON.parse(body)).data;
  return { setl_id, policy_no, policy_sub_no };
}
