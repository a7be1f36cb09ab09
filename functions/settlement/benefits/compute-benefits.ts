import type {
  BasicRule,
  BenefitAccumulator,
  BenefitCount,
  BenefitLine,
  BenefitScheme,
  BenefitTable,
} from '../../../schemas/benefits.ts';
import type { Bill } from '../../../schemas/bill.ts';
import { yuanOfFen } from '../../../schemas/money.ts';
import { yearOf } from '../../../schemas/time.ts';

/** What of a bill the engine looks at. */
export type Fees = Pick<Bill, 'insutype' | 'med_type' | 'hosp_lv' | 'enddate' | 'medfee_sumamt'> &
  Partial<
    Pick<Bill, 'inscp_scp_amt' | 'fulamt_ownpay_amt' | 'overlmt_selfpay' | 'preselfpay_amt'> & {
      readonly psn_type: string | undefined;
      readonly out_of_area: 'none' | 'referred' | 'other' | undefined;
      readonly idet_types: readonly string[] | undefined;
    }
  >;

/** Which field of a bill pays serious illness in a scheme. */
const seriousIllnessField = { resident: 'hifmi_pay', employee: 'hifob_pay' } as const;

export type Benefits = {
  readonly inscp_scp_amt: number;
  readonly act_pay_dedc: number;
  readonly hifp_pay: number;
  readonly hifmi_pay: number;
  readonly hifob_pay: number;
  readonly maf_pay: number;
  readonly fund_pay_sumamt: number;
  readonly explanation: readonly BenefitLine[];
  /** What the person's year counts more because of this bill. */
  readonly counted: BenefitCount;
};

/** Why the table says nothing of a bill. */
export type NotComputable =
  | 'no-scheme'
  | 'not-in-hospital'
  | 'no-level'
  | 'no-psn-type'
  | 'no-rule'
  | 'scope-above-fees';

/**
 * What the public funds pay of a bill: basic insurance, serious illness, assistance, each of what the one before
 * left. Every payer's amount is rounded once, half a fen up; whatever rounding leaves stays with the patient.
 */
export function computeBenefits(
  table: BenefitTable,
  fees: Fees,
  before: Pick<BenefitAccumulator, 'paidFen' | 'leftFen'> | undefined,
): Benefits | NotComputable {
  const scheme = table.schemes[fees.insutype];
  if (scheme === undefined) return 'no-scheme';
  if (!table.medTypes.includes(fees.med_type)) return 'not-in-hospital';
  const rule = ruleOf(table, scheme, fees);
  if (typeof rule === 'string') return rule;
  const scopeFen = statedScope(fees) ?? fees.medfee_sumamt;
  if (scopeFen < 0 || scopeFen > fees.medfee_sumamt) return 'scope-above-fees';
  const lines = new Lines();
  lines.add('政策范围内费用', 'Fees within the scope', fees.medfee_sumamt, scopeFen);
  const capFen = table.annualCapFen[scheme];
  const room = (paidFen: number) =>
    capFen === undefined ? Number.MAX_SAFE_INTEGER : Math.max(0, capFen - (before?.paidFen ?? 0) - paidFen);

  const deductibleFen = Math.min(scopeFen, rule.deductibleFen);
  const aboveFen = lines.add(
    `扣除起付线 ${yuanOfFen(rule.deductibleFen)} 元`,
    `Less the deductible of ${yuanOfFen(rule.deductibleFen)} yuan`,
    scopeFen,
    scopeFen - deductibleFen,
  );
  const basicFen = capped(lines, room(0), basicPay(table, rule, fees, aboveFen, lines));

  const leftFen = scopeFen - basicFen;
  lines.payer = seriousIllnessField[scheme];
  const seriousFen = capped(lines, room(basicFen), seriousIllnessPay(table, leftFen, before?.leftFen ?? 0, lines));

  const restFen = leftFen - seriousFen;
  lines.payer = 'maf_pay';
  const assistanceFen = assistancePay(table, fees, restFen, lines);

  const serious = { hifmi_pay: 0, hifob_pay: 0, [seriousIllnessField[scheme]]: seriousFen };
  return {
    inscp_scp_amt: scopeFen,
    act_pay_dedc: deductibleFen,
    hifp_pay: basicFen,
    ...serious,
    maf_pay: assistanceFen,
    fund_pay_sumamt: basicFen + seriousFen + assistanceFen,
    explanation: lines.all,
    counted: { year: yearOf(fees.enddate), scheme, paidFen: basicFen + seriousFen, leftFen },
  };
}

/** This share of an amount, half a fen up. Ratios have at most four decimals; integers all the way. */
export function shareOf(fen: number, ratio: number): number {
  return Number((BigInt(fen) * BigInt(Math.round(ratio * 10_000)) + 5_000n) / 10_000n);
}

/** What lies within the scope: as stated, else the fees without what is paid by the person alone, where that is stated. */
export function statedScope(fees: Fees): number | undefined {
  const { inscp_scp_amt, medfee_sumamt, fulamt_ownpay_amt, overlmt_selfpay, preselfpay_amt } = fees;
  if (inscp_scp_amt !== undefined) return inscp_scp_amt;
  const alone = [fulamt_ownpay_amt, overlmt_selfpay, preselfpay_amt].filter((fen) => fen !== undefined);
  return alone.length === 0 ? undefined : alone.reduce((rest, fen) => rest - fen, medfee_sumamt);
}

/** The scheme's line for the institution's level and, where it matters, for whether the person has retired. */
function ruleOf(table: BenefitTable, scheme: BenefitScheme, fees: Fees): BasicRule | NotComputable {
  if (fees.hosp_lv === undefined) return 'no-level';
  const ofLevel = table.basic.filter((rule) => rule.scheme === scheme && rule.level === fees.hosp_lv);
  if (ofLevel.length === 0) return 'no-rule';
  const forAll = ofLevel.find(({ retired }) => retired === undefined);
  if (fees.psn_type === undefined) return forAll ?? 'no-psn-type';
  const hasRetired = fees.psn_type.startsWith('12');
  return ofLevel.find(({ retired }) => retired === hasRetired) ?? forAll ?? 'no-rule';
}

function basicPay(table: BenefitTable, rule: BasicRule, fees: Fees, aboveFen: number, lines: Lines): number {
  const { out_of_area = 'none' } = fees;
  const less = out_of_area === 'none' ? 0 : table.outOfArea[out_of_area];
  const ratio = Math.max(0, rule.ratio - less);
  const lower = less === 0 ? { zh: '', en: '' } : outOfAreaWords(less);
  return lines.add(
    `基本医保按 ${percent(ratio)} 支付${lower.zh}`,
    `Basic insurance pays ${percent(ratio)}${lower.en}`,
    aboveFen,
    shareOf(aboveFen, ratio),
  );
}

/** Of what basic insurance has left this year, only what lies above the deductible of the year and is new. */
function seriousIllnessPay(table: BenefitTable, leftFen: number, leftBeforeFen: number, lines: Lines): number {
  const { deductibleFen, ratio } = table.seriousIllness;
  const above = (fen: number) => Math.max(0, fen - deductibleFen);
  const newFen = above(leftBeforeFen + leftFen) - above(leftBeforeFen);
  return lines.add(
    `大病保险按 ${percent(ratio)} 支付（年度起付线 ${yuanOfFen(deductibleFen)} 元，已累计 ${yuanOfFen(leftBeforeFen)} 元）`,
    `Serious illness pays ${percent(ratio)} above ${yuanOfFen(deductibleFen)} yuan a year, ${yuanOfFen(leftBeforeFen)} so far`,
    newFen,
    shareOf(newFen, ratio),
  );
}

function assistancePay(table: BenefitTable, fees: Fees, restFen: number, lines: Lines): number {
  const entitled = (fees.idet_types ?? []).some((type) => table.assistance.groups.includes(type));
  if (!entitled) return 0;
  const { ratio } = table.assistance;
  return lines.add(
    `医疗救助按 ${percent(ratio)} 支付，不设起付线`,
    `Medical assistance pays ${percent(ratio)}, without a deductible`,
    restFen,
    shareOf(restFen, ratio),
  );
}

function capped(lines: Lines, roomFen: number, fen: number): number {
  if (fen <= roomFen) return fen;
  return lines.add('年度最高支付限额', 'Up to the cap of the year', fen, roomFen);
}

const outOfAreaWords = (less: number) => ({
  zh: `（异地就医，降低 ${percent(less)}）`,
  en: `, ${percent(less)} less outside the area`,
});

const percent = (ratio: number): string => `${Math.round(ratio * 10_000) / 100}%`;

/** How the amounts came about, line by line. */
class Lines {
  readonly all: BenefitLine[] = [];
  payer: BenefitLine['payer'] = 'hifp_pay';

  add(zh: string, en: string, baseFen: number, resultFen: number): number {
    this.all.push({ payer: this.payer, zh, en, baseFen, resultFen });
    return resultFen;
  }
}
