import { z } from 'zod';
import { type PayerField, payerFields, type SumField, sumFields } from './bill.ts';

const Payer = z.enum(Object.keys(payerFields) as [PayerField, ...PayerField[]]);
const Sum = z.enum(['fund_pay_sumamt', 'psn_part_amt']);

/** Which fields stand in which sum of a bill: regions differ. */
export const SumProfile = z.strictObject({
  fund_pay_sumamt: z.array(Payer),
  psn_part_amt: z.array(Payer),
  medfee_sumamt: z.array(z.union([Payer, Sum])),
});
export type SumProfile = z.infer<typeof SumProfile>;

/** Who bears the whole of a bill, in order: its sums taken apart into what they are made of. */
export function payersIn(profile: SumProfile, sum: SumField = 'medfee_sumamt'): PayerField[] {
  return profile[sum].flatMap((part) => (isSum(part) ? payersIn(profile, part) : [part]));
}

/** The field that is wrong with a profile: every payer counts once, the patient's cash among them. */
export function profileFault(profile: SumProfile): string | undefined {
  const fields = payersIn(profile);
  if (!fields.includes('psn_cash_pay')) return 'psn_cash_pay';
  return fields.find((field, at) => fields.indexOf(field) !== at);
}

const isSum = (field: string): field is SumField => (sumFields as readonly string[]).includes(field);
