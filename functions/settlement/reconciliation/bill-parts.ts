import { type Bill, type PayerField, payerFields } from '../../../schemas/bill.ts';
import { fenOfYuan } from '../../../schemas/money.ts';
import type { SettlementAnswer } from '../../../schemas/settlement.ts';

/** Its sums, and every payer: an amount that stands under the wrong fund offsets itself in the sums. */
const ofBill = ['fund_pay_sumamt', 'psn_part_amt', ...(Object.keys(payerFields) as PayerField[])] as const;

/**
 * Amounts that must agree with the core system's, beside the total, as far as its file has them. `insurer_pay_sumamt`:
 * what the counter was told that insurers pay.
 */
export const billParts = [...ofBill, 'insurer_pay_sumamt'] as const;

/** @param answer What the counter was told first; none where that left open what would become of it. */
export function partsOf(bill: Bill, answer: SettlementAnswer | undefined): Partial<Record<BillPart, number>> {
  const parts = ofBill.map((name) => [name, Math.abs(bill[name])] as const);
  const insured = answer?.shares.reduce((sum, { paid_amt }) => sum + Math.abs(fenOfYuan(paid_amt) ?? 0), 0);
  return { ...Object.fromEntries(parts), ...(insured === undefined ? {} : { insurer_pay_sumamt: insured }) };
}

type BillPart = (typeof billParts)[number];
