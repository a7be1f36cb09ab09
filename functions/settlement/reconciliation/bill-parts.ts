import { type PayerField, payerFields } from '../../../schemas/bill.ts';

/**
 * Amounts of a bill that must agree with the core system's, beside its total: its sums, and every payer, for an amount
 * that stands under the wrong fund offsets itself in the sums.
 */
export const billParts = ['fund_pay_sumamt', 'psn_part_amt', ...(Object.keys(payerFields) as PayerField[])] as const;
