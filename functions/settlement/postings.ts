import { PolicyKey } from '../../schemas/policy.ts';
import type { Explanation, LedgerEntry, Share } from '../../schemas/settlement.ts';
import type { Change } from './change.ts';
import { payersOf } from './sums.ts';

/**
 * The accounts of the ledger. Money goes from who pays (debit) to the provider (credit); an insurer's share relieves
 * the patient's cash, then the personal account. So at any time the provider is owed the whole bill, by whomever.
 */
export const accounts = {
  patient: 'patient',
  payer: (field: string) => (field === 'psn_cash_pay' ? accounts.patient : `payer:${field}`),
  insurer: ({ insurer, product_code }: Pick<Share, 'insurer' | 'product_code'>) => `insurer:${insurer}:${product_code}`,
  provider: (code: string) => `provider:${code}`,
};

/** What every payer bears as the bill states it. */
export function enterPayers(change: Change): void {
  const { bill, terms } = change;
  for (const { field, fen } of payersOf(bill, terms.sums)) {
    change.enter({
      share: field,
      kind: 'post',
      debit: accounts.payer(field),
      credit: accounts.provider(bill.fixmedins_code),
      amount_fen: fen,
      ...basisOf(change, field),
    });
  }
}

/** How a fund's amount was worked out, where it was. */
function basisOf({ command }: Change, field: string): Pick<LedgerEntry, 'basis'> {
  const benefits = command.kind === 'accept' ? command.benefits : undefined;
  if (benefits?.how !== 'computed') return {};
  const explanation = benefits.explanation
    .filter(({ payer }) => payer === field)
    .map(({ zh, en, baseFen, resultFen }) => ({ zh, en, baseFen, resultFen }));
  const [first] = explanation;
  return first === undefined ? {} : { basis: { baseFen: first.baseFen, rule: 'benefits', explanation } };
}

export function enterPending(change: Change, share: Share, amountFen: number): void {
  change.enter({
    share: share.id,
    kind: 'pending',
    debit: accounts.insurer(share),
    credit: accounts.patient,
    amount_fen: amountFen,
    ...ofPolicy(share),
  });
}

/** The patient has paid at the counter what the insurer pays now. */
export const isPayout = (change: Change, paidFen: number): boolean => change.state === 'settled' && paidFen > 0;

/** Resolves a share with what the insurer pays: cash first, then the personal account. */
export function postShare(
  change: Change,
  share: Share,
  state: 'posted' | 'declined',
  paidFen: number,
  more: Partial<Share>,
  explanation?: readonly Explanation[],
): Share {
  const cashFen = Math.min(paidFen, change.left.cashFen);
  const acctFen = paidFen - cashFen;
  if (paidFen < 0 || acctFen > change.left.acctFen) throw new Error('A share is larger than what is left of its bill.');
  const payout = isPayout(change, paidFen);
  const basis = {
    baseFen: share.baseFen ?? 0,
    rule: payout ? 'payout' : `${share.mode}/v${share.productVersion}`,
    ...(explanation === undefined ? {} : { explanation: [...explanation] }),
  };
  const debit = accounts.insurer(share);
  const common = { share: share.id, kind: 'post' as const, debit, basis, ...ofPolicy(share) };
  change.enter({ ...common, credit: accounts.patient, amount_fen: cashFen });
  if (acctFen > 0) change.enter({ ...common, credit: accounts.payer('acct_pay'), amount_fen: acctFen }, acctPart);
  change.close(share);
  return change.setShare(share, state, { ...more, paidFen, cashFen, acctFen, ...(payout ? { payout } : {}) });
}

/** Resolves a share without money. */
export function voidShare(change: Change, share: Share, state: 'voided' | 'expired', reason: string): Share {
  if (share.state === 'pending') {
    change.enter({
      share: share.id,
      kind: state === 'voided' ? 'void' : 'expire',
      debit: accounts.patient,
      credit: accounts.insurer(share),
      amount_fen: share.reservedFen ?? 0,
      ...ofPolicy(share),
    });
    // A notice that was given up may be sent again by an operator: it hangs on the consent still.
    if (reason !== 'not-sent') change.close(share);
  }
  // What waits for its turn has nothing reserved that could expire.
  return change.setShare(share, share.state === 'waiting' ? 'voided' : state, { reason });
}

/**
 * Everything posted so far the other way round, in reverse order; what was open is void.
 * @param notices `unsent`: no attempt was made to send them; they are taken back, and no reversal follows them.
 * `untaken`: tried in vain; those that hang on a consent are given up, for nobody would hear of its end any more.
 */
export function reverseAll(change: Change, refdSetlId: string, notices: Notices): void {
  for (const share of [...change.shares].reverse()) reverseShare(change, share, refdSetlId, notices);
  const { bill, terms } = change;
  for (const { field, fen } of payersOf(bill, terms.sums).reverse()) {
    change.enter({
      share: field,
      kind: 'reverse',
      debit: accounts.provider(bill.fixmedins_code),
      credit: accounts.payer(field),
      amount_fen: fen,
    });
  }
}

type Notices = { readonly unsent: readonly string[]; readonly untaken: readonly string[] };

function reverseShare(change: Change, share: Share, refdSetlId: string, { unsent, untaken }: Notices): void {
  const { insurer, policy_no, policy_sub_no, noticeId, cashFen = 0, acctFen = 0 } = share;
  if (share.state === 'pending' || share.state === 'waiting') voidShare(change, share, 'voided', 'reversed');
  const common = { share: share.id, kind: 'reverse' as const, credit: accounts.insurer(share), ...ofPolicy(share) };
  if (acctFen > 0) change.enter({ ...common, debit: accounts.payer('acct_pay'), amount_fen: acctFen }, acctPart);
  if (cashFen > 0) change.enter({ ...common, debit: accounts.patient, amount_fen: cashFen });
  if (share.counted !== undefined) change.count({ policy: PolicyKey.parse(share), counted: share.counted });
  if (noticeId === undefined) return;
  // What stands in the insurer's book it hears of, though both come at once.
  if (unsent.includes(noticeId) && share.mode === 'insurer') {
    change.cancel(insurer, noticeId);
    // Unless it has answered all the same: then the claim stands in its book.
    if (share.answeredBy === undefined) return;
  }
  if (share.mode === 'insurer' && untaken.includes(noticeId)) change.stop(insurer, noticeId, 'reversed');
  change.tell(
    insurer,
    'settlement.reversed',
    share.id,
    refdSetlId,
    {
      setl_id: change.bill.setl_id,
      policy_no,
      policy_sub_no,
      refd_setl_id: refdSetlId,
      reversed_amt: cashFen + acctFen,
    },
    { after: noticeId },
  );
}

/** Tells the personal account's part of a share from its cash part. */
const acctPart = '/acct_pay';

function ofPolicy({ insurer, policy_no, policy_sub_no, product_code }: Share): Pick<LedgerEntry, 'policy'> {
  return { policy: { insurer, policy_no, policy_sub_no, product_code } };
}
