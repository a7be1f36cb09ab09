import type { Bill } from '../../schemas/bill.ts';
import type { Accumulator } from '../../schemas/policy.ts';
import type { BenefitRules } from '../../schemas/product.ts';
import type { Contribution, Coverage, Explanation } from '../../schemas/settlement.ts';
import { addDays, yearOf } from '../../schemas/time.ts';

export type HubShare = {
  readonly paidFen: number;
  readonly counted: Contribution;
  readonly explanation: readonly Explanation[];
};

/** The year whose accumulators a bill counts for: that of the stay's end. */
export const benefitYear = (bill: Pick<Bill, 'enddate'>): string => yearOf(bill.enddate);

/** Why a product with rules declared here does not cover a bill at all; undefined when it does. */
export function notCovered(
  rules: BenefitRules,
  coverage: Pick<Coverage, 'begn_date' | 'wait_end'>,
  bill: Bill,
): string | undefined {
  if (rules.excludedMedTypes.includes(bill.med_type)) return 'excluded-med-type';
  const waitEnd = coverage.wait_end ?? addDays(coverage.begn_date, rules.waitingDays);
  if (bill.begndate < waitEnd) return 'waiting-period';
  if (rules.counts === 'within-policy' && bill.inscp_scp_amt === undefined) return 'no-scope-amount';
  return undefined;
}

/** Where a share's turn finds a bill: what is left of it, and what insurers before have taken over. */
export type Turn = { readonly leftFen: number; readonly insuredFen: number };

/**
 * What a `hub` product pays of what the payers before left of a bill: the deductible of the year, then the
 * bands by what was counted above it this year, then the cap of the year. Rounded once, half a fen up.
 */
export function hubShare(
  rules: BenefitRules,
  { pre_existing, accumulator }: Pick<Coverage, 'pre_existing' | 'accumulator'>,
  bill: Bill,
  { leftFen, insuredFen }: Turn,
): HubShare {
  const year = benefitYear(bill);
  const before: Accumulator = accumulator ?? { year, deductibleFen: 0, countedFen: 0, paidFen: 0, version: 0 };
  const explanation: Explanation[] = [];
  const step = (zh: string, en: string, baseFen: number, resultFen: number): number => {
    explanation.push({ zh, en, baseFen, resultFen });
    return resultFen;
  };
  const inScopeFen = (bill.inscp_scp_amt ?? 0) - bill.fund_pay_sumamt - insuredFen;
  const baseFen =
    rules.counts === 'all'
      ? leftFen
      : step('政策范围内自付', 'Within the scope, not yet paid', leftFen, Math.max(0, Math.min(leftFen, inScopeFen)));
  const deductibleFen = Math.min(baseFen, Math.max(0, rules.deductible - before.deductibleFen));
  const countedFen = step('扣除年度起付线', 'Less the deductible of the year', baseFen, baseFen - deductibleFen);
  const factor = pre_existing ? rules.preExistingFactor : 1;
  const bandedFen = throughBands(rules, factor, before.countedFen, countedFen, step);
  const leftOfCap = rules.annualCap === undefined ? bandedFen : Math.max(0, rules.annualCap - before.paidFen);
  const paidFen =
    bandedFen > leftOfCap ? step('年度限额', 'Up to the cap of the year', bandedFen, leftOfCap) : bandedFen;
  return { paidFen, counted: { year, deductibleFen, countedFen, paidFen }, explanation };
}

type Step = (zh: string, en: string, baseFen: number, resultFen: number) => number;

function throughBands(rules: BenefitRules, factor: number, fromFen: number, countedFen: number, step: Step): number {
  const to = fromFen + countedFen;
  let start = 0;
  let sum = 0n;
  for (const { upTo = Number.POSITIVE_INFINITY, ratio } of rules.bands) {
    const inBand = Math.max(0, Math.min(to, upTo) - Math.max(fromFen, start));
    if (inBand > 0) {
      const exact = BigInt(inBand) * millionths(ratio) * millionths(factor);
      const percent = `${Number((ratio * factor * 100).toFixed(4))}%`;
      step(`按 ${percent} 赔付`, `At ${percent}`, inBand, roundHalfUp(exact));
      sum += exact;
    }
    start = upTo;
  }
  return roundHalfUp(sum);
}

const scale = 1_000_000n;
const millionths = (ratio: number): bigint => BigInt(Math.round(ratio * Number(scale)));
const roundHalfUp = (exact: bigint): number => Number((exact + (scale * scale) / 2n) / (scale * scale));
