import { type Refusal, refuse } from '../../schemas/errors.ts';
import type { SettlementAnswer } from '../../schemas/settlement.ts';
import { reversalFault } from './reversal-fault.ts';
import type { Known, Reversal } from './settlement-store.ts';

/**
 * Why a reversal has reversed nothing: known at once where its settlement was there; where it came first, ever since
 * its settlement came. So both orders of arrival end in the same.
 * @param named What is known under the id that it names.
 */
export function refusalOf(
  { refused, answer, bill, orig_setl_id }: Reversal,
  named: Known | undefined,
): Refusal | undefined {
  const settled = named?.kind === 'bill' && waits(answer) ? named.settlement.bill : undefined;
  const field = refused?.field ?? (settled && reversalFault(settled, bill));
  return field === undefined ? undefined : refuse('settlement/reversal-differs', { orig_setl_id, field });
}

/** It came before its settlement: the answer left open what would become of it. */
export const waits = (answer: SettlementAnswer | undefined): boolean => answer?.state === 'reversing';
