import type { Bill } from '../../../schemas/bill.ts';
import type { Benefits } from './compute-benefits.ts';

/** An amount of a bill that is not what the benefit table gives. */
type TierDifference = { readonly field: TierField; readonly statedFen: number; readonly computedFen: number };

const tierFields = ['hifp_pay', 'hifmi_pay', 'hifob_pay', 'maf_pay'] as const;
type TierField = (typeof tierFields)[number];

/** Where the tiers of a bill that came computed differ from what the same engine gives. Payers it does not know count for nothing. */
export function checkTiers(bill: Pick<Bill, TierField>, computed: Benefits): TierDifference[] {
  return tierFields
    .filter((field) => bill[field] !== computed[field])
    .map((field) => ({ field, statedFen: bill[field], computedFen: computed[field] }));
}
