import type { Settlement } from '../../schemas/settlement.ts';
import { mayGoOut, readOutgoing } from '../insurers/outbox.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';

/** Notices of a settlement that can still be kept from going out: those never tried, and those tried in vain. */
export async function openNotices(
  { items, tables }: SettlementDependencies,
  { shares }: Settlement,
): Promise<{ unsent: string[]; untaken: string[] }> {
  const unsent: string[] = [];
  const untaken: string[] = [];
  for (const { insurer, noticeId, noticedAt } of shares) {
    if (noticeId === undefined || noticedAt !== undefined) continue;
    const notice = await readOutgoing(items, tables.messages, insurer, noticeId);
    if (notice === undefined || !mayGoOut(notice.state)) continue;
    (notice.attempts === 0 && notice.state === 'due' ? unsent : untaken).push(noticeId);
  }
  return { unsent, untaken };
}
