import type { Bill } from '../../../schemas/bill.ts';
import type { Benefits } from './compute-benefits.ts';

/** A bill that came with its fees only, with what every payer pays. What is left is cash, less what the account was to pay. */
export function billOfFees(fees: Bill, benefits: Benefits): Bill | undefined {
  const { explanation: _, counted: __, ...amounts } = benefits;
  const psn_part_amt = fees.medfee_sumamt - benefits.fund_pay_sumamt - fees.hosp_part_amt;
  const psn_cash_pay = psn_part_amt - fees.acct_pay - fees.acct_mulaid_pay;
  return psn_cash_pay < 0 ? undefined : { ...fees, ...amounts, psn_part_amt, psn_cash_pay };
}
