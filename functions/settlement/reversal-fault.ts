import { type Bill, payerFields, sumFields } from '../../schemas/bill.ts';
import type { Difference } from '../../schemas/difference.ts';

/** The field in which a reversal is not the opposite of its settlement: a bill is reversed as a whole or not at all. */
export const reversalFault = (bill: Bill, reversal: Bill): string | undefined => differingField(bill, reversal, -1);

/** The field in which a reversal says otherwise than the one that waits for the same settlement. */
export const saidOtherwise = (waiting: Bill, reversal: Bill): string | undefined =>
  differingField(waiting, reversal, 1);

/**
 * A reversal that has reversed nothing, as a difference of the bill that it names: the same whichever of the two came
 * first, but for its day.
 * @param bill Absent where only another reversal of it is known.
 */
export function reversalRefused(
  bill: Bill | undefined,
  reversal: Bill,
  field: string,
): Omit<Difference, 'day' | 'setl_id'> {
  const { setl_id, orig_setl_id, medfee_sumamt } = reversal;
  return {
    source: 'bill',
    class: 'amount-differs',
    key: reversalKey(orig_setl_id ?? '', setl_id),
    refd_setl_flag: '1',
    hubFen: bill?.medfee_sumamt ?? 0,
    otherFen: -medfee_sumamt,
    note: {
      zh: `退费结算 ${setl_id} 未予退费：${field} 不符`,
      en: `Reversal ${setl_id} was refused and reversed nothing: ${field} does not match`,
    },
  };
}

export const reversalKey = (origSetlId: string, setlId: string): string => `${origSetlId}/${setlId}`;

function differingField(one: Bill, other: Bill, sign: 1 | -1): string | undefined {
  if (one.person_ref !== other.person_ref) return 'certno';
  if (one.fixmedins_code !== other.fixmedins_code) return 'fixmedins_code';
  const amounts = [...(Object.keys(payerFields) as (keyof typeof payerFields)[]), ...sumFields];
  return amounts.find((field) => one[field] !== sign * other[field]);
}
