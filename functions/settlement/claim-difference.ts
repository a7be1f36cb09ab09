import type { Difference } from '../../schemas/difference.ts';
import type { PolicyKey } from '../../schemas/policy.ts';
import { civilDateAt } from '../../schemas/time.ts';

/** Ways in which what an insurer says that it pays is not what the hub has. */
export const claimClasses = [
  'late',
  'dispute',
  'answer-refused',
  'answer-above-remainder',
  'amount-differs',
] as const satisfies readonly Difference['class'][];
export type ClaimClass = (typeof claimClasses)[number];

/**
 * Which difference what an insurer says is. It is about the claim, the amount and the day on which the share's turn
 * came, not about a message: said again, in another message or in a statement, it is the same difference.
 */
export function claimDifference(
  setl_id: string,
  { insurer, policy_no, policy_sub_no }: PolicyKey,
  said: { readonly class: ClaimClass; readonly paidFen: number; readonly turnAt: string },
): Pick<Difference, 'day' | 'source' | 'class' | 'key'> {
  return {
    day: civilDateAt(new Date(said.turnAt)),
    source: 'insurer',
    class: said.class,
    key: JSON.stringify([setl_id, insurer, policy_no, policy_sub_no, said.paidFen]),
  };
}
