import { samePolicy } from '../../schemas/policy.ts';
import type { Share } from '../../schemas/settlement.ts';
import { mayGoOut, readOutgoing, stopWrite } from '../insurers/outbox.ts';
import { changeSettlement, coveragesNow } from './change-settlement.ts';
import { consentCovers } from './policies/policy-after.ts';
import { closedShareWrite, type OpenShare } from './policies/policy-store.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';

/**
 * A notice that its insurer has not accepted yet may go out only while the person's consent covers it. Revoked, ended,
 * left out by a newer statement, or of a policy that is another person's now: it is not tried again, the share is void.
 * A consent that was given since does not bring the one back that it was asked under.
 * @param cause The message that said so, or the notice.
 */
export async function holdToConsent(
  dependencies: SettlementDependencies,
  { setl_id, share, consent_no }: OpenShare,
  cause: string,
): Promise<void> {
  const { items, tables } = dependencies;
  await changeSettlement(dependencies, setl_id, async (settlement) => {
    const { bill, shares } = settlement;
    const asked = shares.find((one) => one.id === share && (one.state === 'pending' || isGivenUp(one)));
    if (bill === undefined || asked?.noticeId === undefined || asked.noticedAt !== undefined) return undefined;
    const now = dependencies.now();
    const { policies } = await dependencies.ofPerson(bill.person_ref);
    const policy = policies.find((one) => samePolicy(one, asked));
    const revoked = policy?.revoked[consent_no] !== undefined;
    if (!revoked && consentCovers(policy?.consent, now)) return undefined;
    const notice = await readOutgoing(items, tables.messages, asked.insurer, asked.noticeId);
    const at = now.toISOString();
    if (isGivenUp(asked)) {
      if (mayGoOut(notice?.state)) await endGivenUp(dependencies, setl_id, asked, asked.noticeId);
      return undefined;
    }
    // The insurer had it before: the share is answered all the same.
    if (notice?.acceptedAt !== undefined)
      return { id: `noticed:${asked.noticeId}`, at, kind: 'noticed', share, acceptedAt: notice.acceptedAt };
    return {
      id: `void:${cause}`,
      at,
      kind: 'void',
      share,
      why: revoked ? 'consent-revoked' : 'consent-ended',
      stop: mayGoOut(notice?.state),
      coverages: await coveragesNow(dependencies, settlement, now),
    };
  });
}

/** Nobody took its notice in time: the share is over, but an operator may send the notice once more. */
const isGivenUp = ({ state, reason }: Share): boolean => state === 'expired' && reason === 'not-sent';

/** It holds unless an insurer has just taken a replay of it. */
async function endGivenUp(
  { items, tables }: SettlementDependencies,
  setlId: string,
  share: Share,
  noticeId: string,
): Promise<void> {
  await items.write([
    stopWrite(tables.messages, share.insurer, noticeId, 'consent-ended'),
    closedShareWrite(tables.policies, share, setlId),
  ]);
}
