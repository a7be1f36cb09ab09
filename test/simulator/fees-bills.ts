import { fenOfYuan, yuanOfFen } from '../../schemas/money.ts';
import type { SettlementAnswer } from '../../schemas/settlement.ts';
import { wireBill } from '../settlement/wire-bill.ts';

/** What a bill that brings its fees only comes to is worked out by the hub. Fen. */
export type Fees = { readonly medfeeFen: number; readonly scopeFen: number; readonly acctFen: number };
/** What the funds have paid for a person in a year, and left within the scope. */
export type FundYear = { readonly paidFen: number; readonly leftFen: number };
/** What worlds differ in of the table of the area. */
export type FundTerms = { readonly capFen: number; readonly deductibleFen: number };

export function feesBill(setl_id: string, person: object, { medfeeFen, scopeFen, acctFen }: Fees) {
  return {
    ...factsOf(setl_id, person),
    compute: true,
    medfee_sumamt: yuanOfFen(medfeeFen),
    inscp_scp_amt: yuanOfFen(scopeFen),
    acct_pay: yuanOfFen(acctFen),
  };
}

/** The same bill as its answer makes it, for whoever takes it back. */
export function withTiers(setl_id: string, person: object, fees: Fees, { payers }: SettlementAnswer, sign: 1 | -1 = 1) {
  const fundFen = Object.values(payers).reduce((sum, amount) => sum + (fenOfYuan(amount) ?? 0), 0);
  const ownFen = fees.medfeeFen - fundFen;
  const amount = (fen: number) => yuanOfFen(sign * fen);
  return {
    ...factsOf(setl_id, person),
    ...Object.fromEntries(Object.entries(payers).map(([field, text]) => [field, amount(fenOfYuan(text) ?? 0)])),
    fund_pay_sumamt: amount(fundFen),
    medfee_sumamt: amount(fees.medfeeFen),
    inscp_scp_amt: amount(fees.scopeFen),
    psn_part_amt: amount(ownFen),
    acct_pay: amount(fees.acctFen),
    psn_cash_pay: amount(ownFen - fees.acctFen),
  };
}

/** The opposite of such a bill, as far as its answer says what it is. */
export function reversalOfFees(setl_id: string, orig_setl_id: string, ...of: [object, Fees, SettlementAnswer]) {
  return { ...withTiers(setl_id, ...of, -1), refd_setl_flag: '1', orig_setl_id };
}

/**
 * Basic insurance and serious illness of a resident in a hospital of level 2, by the plan of Zhanjiang: 70 % above 300
 * yuan of the stay, then 60 % of what is left of the year above its deductible, together up to the cap of the year.
 */
export function tiersOf({ scopeFen }: Fees, before: FundYear, { capFen, deductibleFen }: FundTerms) {
  const room = Math.max(0, capFen - before.paidFen);
  const basicFen = Math.min(room, Math.round((Math.max(0, scopeFen - 30_000) * 7) / 10));
  const left = scopeFen - basicFen;
  const above = (fen: number) => Math.max(0, fen - deductibleFen);
  const serious = Math.round(((above(before.leftFen + left) - above(before.leftFen)) * 6) / 10);
  return { hifp_pay: basicFen, hifmi_pay: Math.min(room - basicFen, serious) };
}

function factsOf(setl_id: string, person: object) {
  const { mdtrt_id, insutype, fixmedins_code, hosp_lv, med_type, begndate, enddate, setl_time } = wireBill();
  const facts = { setl_id, mdtrt_id, insutype, fixmedins_code, hosp_lv, med_type, begndate, enddate, setl_time };
  return { ...facts, ...person };
}
