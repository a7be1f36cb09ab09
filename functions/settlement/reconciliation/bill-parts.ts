/** Amounts of a bill that must agree with the core system's, beside its total. */
export const billParts = ['fund_pay_sumamt', 'psn_part_amt', 'acct_pay', 'psn_cash_pay'] as const;
