import type { Settlement, Share } from '../../schemas/settlement.ts';

/**
 * What of the shares of a settlement is not as settlement.md says: strictly one after the other, out of the patient's
 * cash first, and each in its time.
 * @param clockIsTrue No clock was ever set.
 */
export function shareFaults({ shares, bill, terms }: Settlement, clockIsTrue: boolean): string[] {
  const faults: string[] = [];
  const open = shares.findIndex(({ state }) => state === 'pending' || state === 'waiting');
  if (open !== -1 && shares.slice(open + 1).some(({ state }) => state !== 'waiting'))
    faults.push('a share was before its turn');
  for (const share of shares) faults.push(...faultsOf(share, terms?.answerWithinHours ?? 0, clockIsTrue));
  if (bill === undefined || terms === undefined) return faults;
  const sum = (field: 'cashFen' | 'acctFen') => shares.reduce((total, share) => total + (share[field] ?? 0), 0);
  const [cash, account] = [sum('cashFen'), sum('acctFen')];
  if (cash > bill.psn_cash_pay) faults.push('shares relieve more cash than there is');
  if (account > (terms.acctDebited ? 0 : bill.acct_pay)) faults.push('shares relieve an account that was debited');
  if (account > 0 && cash < bill.psn_cash_pay) faults.push('an account was relieved before the cash');
  return faults;
}

function faultsOf({ state, mode, reason, ...at }: Share, hours: number, clockIsTrue: boolean): string[] {
  const { noticedAt, answerBy, resolvedAt } = at;
  const faults: string[] = [];
  if (mode === 'hub' && ['pending', 'declined', 'expired'].includes(state)) faults.push(`a hub's share is ${state}`);
  if (answerBy !== undefined && Date.parse(answerBy) - Date.parse(noticedAt ?? '') !== hours * 3_600_000)
    faults.push('an answer has another time than was set');
  const isExpired = state === 'expired' && reason === 'no-answer';
  if (isExpired && clockIsTrue && !(String(resolvedAt) > String(answerBy)))
    faults.push('a share expired before its time');
  return faults;
}
