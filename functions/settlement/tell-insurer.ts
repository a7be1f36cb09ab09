import { explain, type Refusal, type RefusalCode, refuse } from '../../schemas/errors.ts';
import type { IncomingMessage } from '../../schemas/messages.ts';
import { outgoingWrite } from '../insurers/outbox.ts';
import type { Write } from '../runtime/items.ts';
import { digestId } from './digest-id.ts';
import type { PolicyMessage } from './policies/take-policy-message.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';

/** What an insurer's message led to is told to the insurer, in the transaction that notes it: a 202 alone says nothing. */
type Teller = Pick<SettlementDependencies, 'tables' | 'now'>;
type From = { readonly insurer: string; readonly id: string };
type Claim = { readonly setl_id: string; readonly policy_no: string; readonly policy_sub_no: string };
type Statement = Extract<IncomingMessage, { type: 'reconciliation.statement' }>;

/** It was not taken. A policy has no `setl_id`: it is empty. */
export function refusedWrite({ tables, now }: Teller, { insurer, id }: From, claim: Claim, refusal: Refusal): Write {
  const { setl_id, policy_no, policy_sub_no } = claim;
  const { code } = refusal;
  return outgoingWrite(tables.messages, {
    insurer,
    id: `msg_${digestId(setl_id, policy_no, 'claim.refused', id)}`,
    type: 'claim.refused',
    setl_id,
    data: { setl_id, policy_no, policy_sub_no, message_id: id, code, reason: explain(refusal) },
    at: now().toISOString(),
  });
}

/** What was said of a policy is kept, and does not do what its sender may think. */
export function policyWaitsWrite(
  { tables, now }: Teller,
  { insurer, id }: From,
  message: PolicyMessage,
  code: RefusalCode,
): Write {
  const { policy_no, policy_sub_no } = message.data;
  const product = message.type === 'policy.upserted' ? { product_code: message.data.product_code } : {};
  return outgoingWrite(tables.messages, {
    insurer,
    id: `msg_${digestId(policy_no, 'policy.waiting', code, id)}`,
    type: 'policy.waiting',
    data: { policy_no, policy_sub_no, ...product, message_id: id, code, reason: explain(refuse(code)) },
    at: now().toISOString(),
  });
}

/** A statement is kept, though its day or its product looks like a slip. */
export function statementWaitsWrite(
  { tables, now }: Teller,
  { insurer, id }: From,
  { data: { day, product_code, refd_setl_flag } }: Statement,
  code: RefusalCode,
): Write {
  return outgoingWrite(tables.messages, {
    insurer,
    id: `msg_${digestId(day, 'statement.waiting', code, id)}`,
    type: 'statement.waiting',
    data: { day, product_code, refd_setl_flag, message_id: id, code, reason: explain(refuse(code)) },
    at: now().toISOString(),
  });
}
