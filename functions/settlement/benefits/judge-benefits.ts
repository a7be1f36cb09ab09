import type { BenefitAccumulator, BenefitTable, JudgedBenefits } from '../../../schemas/benefits.ts';
import type { Bill } from '../../../schemas/bill.ts';
import { yuanOfFen } from '../../../schemas/money.ts';
import type { SettlementAnswer } from '../../../schemas/settlement.ts';
import { yearOf } from '../../../schemas/time.ts';
import { billOfFees } from './bill-of-fees.ts';
import { checkTiers } from './check-tiers.ts';
import { computeBenefits, type NotComputable } from './compute-benefits.ts';
import { countStatedTiers } from './count-stated-tiers.ts';

export type Judged = { readonly bill: Bill; readonly benefits?: JudgedBenefits };

/**
 * The tiers of a bill by the area's benefit table: worked out where it brings its fees only, else compared where the
 * area wants that. Either way the person's year counts what the funds pay.
 */
export function judgeBenefits(
  table: BenefitTable,
  bill: Bill,
  compute: boolean,
  accumulators: readonly BenefitAccumulator[],
): Judged | NotComputable | 'account-above-rest' {
  const [year, scheme] = [yearOf(bill.enddate), table.schemes[bill.insutype]];
  const before = accumulators.find((one) => one.year === year && one.scheme === scheme);
  if (!compute) return asItCame(table, bill, before);
  const computed = computeBenefits(table, bill, before);
  if (typeof computed === 'string') return computed;
  const whole = billOfFees(bill, computed);
  if (whole === undefined) return 'account-above-rest';
  const { explanation, counted } = computed;
  const benefits = { how: 'computed' as const, explanation: [...explanation], differs: [], counted };
  return { bill: whole, benefits: { ...benefits, from: yearBefore(before) } };
}

/** Its tiers stand, whatever the table makes of them; of such a bill the table need not know anything. */
function asItCame(table: BenefitTable, bill: Bill, before: BenefitAccumulator | undefined): Judged {
  const counted = countStatedTiers(table, bill);
  if (counted === undefined) return { bill };
  const computed = table.checkTiers ? computeBenefits(table, bill, before) : undefined;
  if (computed !== undefined && typeof computed !== 'string') {
    const [explanation, differs] = [[...computed.explanation], checkTiers(bill, computed)];
    return { bill, benefits: { how: 'compared', explanation, differs, counted, from: yearBefore(before) } };
  }
  if (counted.paidFen === 0 && counted.leftFen === 0) return { bill };
  return { bill, benefits: { how: 'stated', explanation: [], differs: [], counted } };
}

function yearBefore(before: BenefitAccumulator | undefined): NonNullable<JudgedBenefits['from']> {
  const { paidFen = 0, leftFen = 0, version = 0 } = before ?? {};
  return { paidFen, leftFen, version };
}

/** What the answer says of it. */
export function benefitsAnswer(benefits: JudgedBenefits | undefined): Pick<SettlementAnswer, 'benefits'> {
  if (benefits === undefined || benefits.how === 'stated') return {};
  const { how, explanation, differs } = benefits;
  return {
    benefits: {
      how,
      lines: explanation.map(({ baseFen, resultFen, ...line }) => ({
        ...line,
        base_amt: yuanOfFen(baseFen),
        result_amt: yuanOfFen(resultFen),
      })),
      differs: differs.map(({ field, statedFen, computedFen }) => ({
        field,
        stated: yuanOfFen(statedFen),
        computed: yuanOfFen(computedFen),
      })),
    },
  };
}
