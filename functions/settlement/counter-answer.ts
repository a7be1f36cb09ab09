import type { Bill } from '../../schemas/bill.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import type { NotAsked, SettlementAnswer, SettlementTerms, Share } from '../../schemas/settlement.ts';
import { payersOf } from './sums.ts';

/** What a settlement comes to: who pays what, and what is left to the patient. Payouts change no bill. */
export function answerOf(
  bill: Bill,
  terms: SettlementTerms,
  state: string,
  shares: readonly Share[],
  notAsked: readonly NotAsked[],
): SettlementAnswer {
  const atCounter = shares.filter(({ payout }) => payout !== true);
  const relieved = (field: 'cashFen' | 'acctFen') => atCounter.reduce((sum, share) => sum + (share[field] ?? 0), 0);
  const payers = payersOf(bill, terms.sums).filter(({ field }) => !patientFields.has(field));
  return {
    setl_id: bill.setl_id,
    state,
    medfee_sumamt: yuanOfFen(bill.medfee_sumamt),
    payers: Object.fromEntries(payers.map(({ field, fen }) => [field, yuanOfFen(fen)])),
    shares: shares.map(({ insurer, policy_no, policy_sub_no, product_code, state, baseFen, paidFen, reason }) => ({
      insurer,
      policy_no,
      policy_sub_no,
      product_code,
      state,
      ...(baseFen === undefined ? {} : { base_amt: yuanOfFen(baseFen) }),
      paid_amt: yuanOfFen(paidFen ?? 0),
      ...(reason === undefined ? {} : { reason }),
    })),
    not_asked: [...notAsked],
    acct_pay: yuanOfFen(bill.acct_pay - relieved('acctFen')),
    acct_mulaid_pay: yuanOfFen(bill.acct_mulaid_pay),
    psn_cash_pay: yuanOfFen(bill.psn_cash_pay - relieved('cashFen')),
  };
}

const patientFields: ReadonlySet<string> = new Set(['acct_pay', 'acct_mulaid_pay', 'psn_cash_pay']);
