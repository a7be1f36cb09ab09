import { samePolicy } from '../../schemas/policy.ts';
import { readOutgoing } from '../insurers/outbox.ts';
import { changeSettlement, coveragesNow } from './change-settlement.ts';
import { consentCovers } from './policies/policy-after.ts';
import type { OpenShare } from './policies/policy-store.ts';
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
    const asked = shares.find(({ id, state }) => id === share && state === 'pending');
    if (bill === undefined || asked?.noticeId === undefined || asked.noticedAt !== undefined) return undefined;
    const now = dependencies.now();
    const { policies } = await dependencies.ofPerson(bill.person_ref);
    const policy = policies.find((one) => samePolicy(one, asked));
    const revoked = policy?.revoked[consent_no] !== undefined;
    if (!revoked && consentCovers(policy?.consent, now)) return undefined;
    const notice = await readOutgoing(items, tables.messages, asked.insurer, asked.noticeId);
    const at = now.toISOString();
    // The insurer had it before: the share is answered all the same.
    if (notice?.acceptedAt !== undefined)
      return { id: `noticed:${asked.noticeId}`, at, kind: 'noticed', share, acceptedAt: notice.acceptedAt };
    return {
      id: `void:${cause}`,
      at,
      kind: 'void',
      share,
      why: revoked ? 'consent-revoked' : 'consent-ended',
      stop: notice?.state === 'due',
      coverages: await coveragesNow(dependencies, settlement, now),
    };
  });
}
