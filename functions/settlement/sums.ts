import { type Bill, type PayerField, sumFields } from '../../schemas/bill.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import type { SumDifference } from '../../schemas/settlement.ts';
import { payersIn, type SumProfile } from '../../schemas/sum-profile.ts';

/** The sums of a bill that are not what their parts make, to the fen. */
export function sumDifferences(bill: Bill, profile: SumProfile): SumDifference[] {
  return sumFields.flatMap((field) => {
    const computed = profile[field].reduce((sum, part) => sum + bill[part], 0);
    if (computed === bill[field]) return [];
    return [{ field, stated: yuanOfFen(bill[field]), computed: yuanOfFen(computed), of: [...profile[field]] }];
  });
}

/** Who pays a bill before any insurer does, in the profile's order; those who pay nothing left out. */
export function payersOf(bill: Bill, profile: SumProfile): { field: PayerField; fen: number }[] {
  return payersIn(profile)
    .map((field) => ({ field, fen: bill[field] }))
    .filter(({ fen }) => fen !== 0);
}
