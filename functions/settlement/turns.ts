import type { OutgoingData } from '../../schemas/messages.ts';
import { type Accumulator, PolicyKey, samePolicy } from '../../schemas/policy.ts';
import type { BenefitRules } from '../../schemas/product.ts';
import type { Coverage, NotAsked, Settlement, Share } from '../../schemas/settlement.ts';
import { benefitsAnswer } from './benefits/judge-benefits.ts';
import type { Change, Outcome } from './change.ts';
import { answerOf } from './counter-answer.ts';
import { consentCovers, consentEndsAt } from './policies/policy-after.ts';
import { enterPending, isPayout, postShare, voidShare } from './postings.ts';
import { benefitYear, hubShare } from './shares.ts';
import { payersOf } from './sums.ts';

/**
 * Strictly one after the other: takes the turns of waiting shares until one has to be waited for.
 * @param coverages The person's policies as they are now.
 */
export function takeTurns(change: Change, coverages: readonly Coverage[]): void {
  for (;;) {
    const next = change.shares.find(({ state }) => state === 'pending' || state === 'waiting');
    if (next === undefined || next.state === 'pending') return;
    takeTurn(change, next, coverages);
  }
}

/** Settles a bill whose shares are all resolved, or whose patient has waited long enough. */
export function settleIfDone(change: Change, more: Partial<Settlement> = {}, windowOver = false): Outcome {
  const { terms, shares, command } = change;
  const arriving = command.kind === 'accept';
  if (!arriving && change.state !== 'awaiting-insurers') return change.outcome(more);
  const open = shares.some(({ state }) => state === 'pending' || state === 'waiting');
  if (!open || windowOver || terms.windowSeconds === 0) {
    change.moveTo('settled');
    return change.outcome({ ...more, ...firstAnswer(change, more.notAsked) });
  }
  if (!arriving) return change.outcome(more);
  change.moveTo('awaiting-insurers');
  const windowEnds = new Date(Date.parse(command.at) + terms.windowSeconds * 1000).toISOString();
  return change.outcome({ ...more, windowEnds });
}

/** What the counter is told; once told, it stays. */
export function firstAnswer(change: Change, notAsked?: readonly NotAsked[]): Pick<Settlement, 'settledAt' | 'answer'> {
  const { bill, terms, shares, state, command, settlement } = change;
  if (settlement?.answer !== undefined) return {};
  const reasons = notAsked ?? settlement?.notAsked ?? [];
  const benefits = command.kind === 'accept' ? command.benefits : settlement?.benefits;
  const answer = { ...answerOf(bill, terms, state, shares, reasons), ...benefitsAnswer(benefits) };
  return { settledAt: command.at, answer };
}

function takeTurn(change: Change, share: Share, coverages: readonly Coverage[]): void {
  const coverage = coverages.find((one) => samePolicy(one, share));
  if (coverage === undefined || !consentCovers(coverage.consent, new Date(change.command.at))) {
    voidShare(change, share, 'voided', 'no-longer-covered');
    return;
  }
  const { cashFen, acctFen } = change.left;
  const leftFen = cashFen + acctFen;
  if (leftFen === 0) {
    voidShare(change, share, 'voided', 'nothing-left');
    return;
  }
  change.relyOn(coverage, coverage.policyVersion);
  const { product, version } = coverage.product;
  const asked = change.amend(share, { mode: product.mode, productVersion: version, baseFen: leftFen });
  if (product.mode === 'hub') takeOver(change, asked, coverage, product.rules);
  else ask(change, asked, coverage);
}

/** Mode `hub`: computed here and posted at once; the insurer is told. */
function takeOver(change: Change, share: Share, coverage: Coverage, rules: BenefitRules): void {
  const { cashFen, acctFen } = change.insured;
  const turn = { leftFen: share.baseFen ?? 0, insuredFen: cashFen + acctFen };
  const { paidFen, explanation, ...computed } = hubShare(rules, coverage, change.bill, turn);
  const { firstHolder } = coverage;
  const counted = { ...computed.counted, ...(firstHolder === undefined ? {} : { firstHolder }) };
  enterPending(change, share, paidFen);
  const payout = isPayout(change, paidFen);
  const noticeId = notice(change, share, coverage, { share_amt: paidFen, ...(payout ? { payout } : {}) });
  const pending = change.setShare(share, 'pending', {
    reservedFen: paidFen,
    pendingSince: change.command.at,
    noticeId,
    counted,
  });
  postShare(change, pending, 'posted', paidFen, {}, explanation);
  const { version, deductibleFen, countedFen, paidFen: paidBefore } = coverage.accumulator ?? nothingPaid(change);
  change.count({
    policy: PolicyKey.parse(share),
    counted,
    from: { version, deductibleFen, countedFen, paidFen: paidBefore },
  });
}

/** Mode `insurer`: all that is left is reserved until the insurer has answered. */
function ask(change: Change, share: Share, coverage: Coverage): void {
  const { at } = change.command;
  const reservedFen = share.baseFen ?? 0;
  enterPending(change, share, reservedFen);
  const answerBy = new Date(Date.parse(at) + change.terms.answerWithinHours * 3_600_000).toISOString();
  const noticeId = notice(
    change,
    share,
    coverage,
    { answer_by: answerBy },
    { sendBefore: consentEndsAt(coverage.consent) },
  );
  change.setShare(share, 'pending', { reservedFen, pendingSince: at, noticeId });
  change.open(share, coverage.consent.consent_no);
}

type Notice = OutgoingData<'settlement.notice'>;

/** Thin: no name, no number, and only those further fields that product and consent both name. */
function notice(
  change: Change,
  share: Share,
  { insurer_person_ref, consent, product: { product } }: Coverage,
  more: Pick<Notice, 'share_amt' | 'payout' | 'answer_by'>,
  terms: { sendBefore?: string } = {},
): string {
  const { bill } = change;
  const allows = (field: 'diag_codes' | 'invoice_no') =>
    consent.fields.includes(field) && product.furtherFields.includes(field);
  const data: Notice = {
    setl_id: bill.setl_id,
    policy_no: share.policy_no,
    policy_sub_no: share.policy_sub_no,
    product_code: share.product_code,
    person_ref: insurer_person_ref,
    mode: share.mode,
    insutype: bill.insutype,
    med_type: bill.med_type,
    ...(bill.hosp_lv === undefined ? {} : { hosp_lv: bill.hosp_lv }),
    begndate: bill.begndate,
    enddate: bill.enddate,
    setl_time: bill.setl_time,
    medfee_sumamt: bill.medfee_sumamt,
    ...(bill.inscp_scp_amt === undefined ? {} : { inscp_scp_amt: bill.inscp_scp_amt }),
    payers: Object.fromEntries(payersOf(bill, change.terms.sums).map(({ field, fen }) => [field, fen])),
    base_amt: share.baseFen ?? 0,
    ...more,
    ...(bill.diag_codes !== undefined && allows('diag_codes') ? { diag_codes: bill.diag_codes } : {}),
    ...(bill.invoice_no !== undefined && allows('invoice_no') ? { invoice_no: bill.invoice_no } : {}),
  };
  return change.tell(share.insurer, 'settlement.notice', share.id, 'turn', data, terms);
}

const nothingPaid = ({ bill }: Change): Accumulator => ({
  year: benefitYear(bill),
  deductibleFen: 0,
  countedFen: 0,
  paidFen: 0,
  version: 0,
});
