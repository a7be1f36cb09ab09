import type { BenefitCount, BenefitTable } from '../../../schemas/benefits.ts';
import type { Bill } from '../../../schemas/bill.ts';
import { yearOf } from '../../../schemas/time.ts';
import { statedScope } from './compute-benefits.ts';

/**
 * What a bill that came with its tiers counts for the person's year, so that cap and deductible are one, whoever
 * computed which bill. As it states it: where it does not say what lies within the scope, nothing is taken to be left
 * there, for a guess would bring the deductible of serious illness nearer than it is.
 */
export function countStatedTiers(table: BenefitTable, bill: Bill): BenefitCount | undefined {
  const scheme = table.schemes[bill.insutype];
  if (scheme === undefined || !table.medTypes.includes(bill.med_type)) return undefined;
  const { hifp_pay, hifmi_pay, hifob_pay, medfee_sumamt, enddate } = bill;
  const scopeFen = Math.min(medfee_sumamt, statedScope(bill) ?? 0);
  return {
    year: yearOf(enddate),
    scheme,
    paidFen: hifp_pay + hifmi_pay + hifob_pay,
    leftFen: Math.max(0, scopeFen - hifp_pay),
  };
}
