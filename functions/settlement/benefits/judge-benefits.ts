import type { BenefitAccumulator, BenefitTable, JudgedBenefits } from '../../../schemas/benefits.ts';
import type { Bill } from '../../../schemas/bill.ts';
import { yuanOfFen } from '../../../schemas/money.ts';
import type { SettlementAnswer } from '../../../schemas/settlement.ts';
import { yearOf } from '../../../schemas/time.ts';
import { billOfFees } from './bill-of-fees.ts';
import { checkTiers } from './check-tiers.ts';
import { computeBenefits, type NotComputable } from './compute-benefits.ts';

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
  if (!compute && !table.checkTiers) return { bill };
  const year = yearOf(bill.enddate);
  const scheme = table.schemes[bill.insutype];
  const before = accumulators.find((one) => one.year === year && one.scheme === scheme);
  const computed = computeBenefits(table, bill, before);
  // Of a bill that came with its tiers, the table need not know anything.
  if (typeof computed === 'string') return compute ? computed : { bill };
  const from = { paidFen: before?.paidFen ?? 0, leftFen: before?.leftFen ?? 0, version: before?.version ?? 0 };
  const common = { explanation: [...computed.explanation], from };
  if (compute) {
    const whole = billOfFees(bill, computed);
    if (whole === undefined) return 'account-above-rest';
    return { bill: whole, benefits: { ...common, how: 'computed', differs: [], counted: computed.counted } };
  }
  const counted = {
    ...computed.counted,
    paidFen: bill.hifp_pay + bill.hifmi_pay + bill.hifob_pay,
    leftFen: Math.max(0, computed.inscp_scp_amt - bill.hifp_pay),
  };
  return { bill, benefits: { ...common, how: 'compared', differs: checkTiers(bill, computed), counted } };
}

/** What the answer says of it. */
export function benefitsAnswer(benefits: JudgedBenefits | undefined): Pick<SettlementAnswer, 'benefits'> {
  if (benefits === undefined) return {};
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
