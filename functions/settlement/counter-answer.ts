import type { Bill } from '../../schemas/bill.ts';
import { fenOfYuan, yuanOfFen } from '../../schemas/money.ts';
import type { NotAsked, Settlement, SettlementAnswer, SettlementTerms, Share } from '../../schemas/settlement.ts';
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
    shares: shares.map(shareAnswer),
    not_asked: [...notAsked],
    acct_pay: yuanOfFen(bill.acct_pay - relieved('acctFen')),
    acct_mulaid_pay: yuanOfFen(bill.acct_mulaid_pay),
    psn_cash_pay: yuanOfFen(bill.psn_cash_pay - relieved('cashFen')),
  };
}

function shareAnswer(share: Share): SettlementAnswer['shares'][number] {
  const { insurer, policy_no, policy_sub_no, product_code, state, baseFen, paidFen, reason } = share;
  return {
    insurer,
    policy_no,
    policy_sub_no,
    product_code,
    state,
    ...(baseFen === undefined ? {} : { base_amt: yuanOfFen(baseFen) }),
    paid_amt: yuanOfFen(paidFen ?? 0),
    ...(reason === undefined ? {} : { reason }),
  };
}

/**
 * What a reversal gives back, each amount the opposite of what was paid at the counter. Of the shares it says what came
 * of them in the end, as the statement does: what nobody answered is void, and what insurers have paid to the patient
 * since the counter stands apart, for the hospital has never had it.
 */
export function answerOfReversal(setl_id: string, { state, answer, shares }: Settlement): SettlementAnswer {
  if (state !== 'reversed' || answer === undefined) return { ...nothing, setl_id, state };
  const ended = (which: (share: Share) => boolean) =>
    shares
      .filter(which)
      .map(shareAnswer)
      .map((share) => ({ ...share, paid_amt: opposite(share.paid_amt) }));
  const payouts = ended(({ payout }) => payout === true);
  return {
    ...answer,
    setl_id,
    state,
    medfee_sumamt: opposite(answer.medfee_sumamt),
    payers: Object.fromEntries(Object.entries(answer.payers).map(([field, amount]) => [field, opposite(amount)])),
    shares: ended(({ payout }) => payout !== true),
    ...(payouts.length === 0 ? {} : { payouts }),
    acct_pay: opposite(answer.acct_pay),
    acct_mulaid_pay: opposite(answer.acct_mulaid_pay),
    psn_cash_pay: opposite(answer.psn_cash_pay),
  };
}

const opposite = (amount: string): string => yuanOfFen(-(fenOfYuan(amount) ?? 0));

/** Where its settlement is to come, or was never posted. */
const nothing = {
  medfee_sumamt: '0.00',
  payers: {},
  shares: [],
  not_asked: [],
  acct_pay: '0.00',
  acct_mulaid_pay: '0.00',
  psn_cash_pay: '0.00',
};

const patientFields: ReadonlySet<string> = new Set(['acct_pay', 'acct_mulaid_pay', 'psn_cash_pay']);
