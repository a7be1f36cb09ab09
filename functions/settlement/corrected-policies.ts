import type { Difference } from '../../schemas/difference.ts';
import { PolicyKey, samePolicy } from '../../schemas/policy.ts';
import type { Settlement } from '../../schemas/settlement.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { holdToConsent } from './hold-to-consent.ts';
import { policyOf } from './policies/policy-after.ts';
import { type Corrected, lookedAtWrite, policyStore } from './policies/policy-store.ts';
import { differenceId, differenceStore } from './reconciliation/difference-store.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';

/**
 * A policy that an insurer has corrected to another person, by a message or a roster. What it was asked or has paid for
 * the first one is not taken back in silence: every such bill is a difference, so that people decide. Every step may be
 * repeated, for a difference has one id however often it is found; corrected once more meanwhile, it stays noted.
 */
export async function lookAtCorrected(dependencies: SettlementDependencies, corrected: Corrected): Promise<void> {
  const { items, tables, store, now } = dependencies;
  const policy = PolicyKey.parse(corrected);
  const policies = policyStore(items, tables.policies);
  const differences = differenceStore(items, tables.settlements);
  // What no insurer has accepted goes out no more, and is void.
  for (const open of await policies.openShares(policy))
    await holdToConsent(dependencies, open, `corrected:${open.share}`);
  const record = await policies.record(policy);
  const holder = record && policyOf(record)?.person_ref;
  for (const setlId of await policies.askedFor(policy)) {
    const known = await store.read(setlId);
    if (known?.kind !== 'bill') continue;
    const { settlement } = known;
    const found = otherPerson(settlement, policy);
    if (found === undefined) continue;
    if (settlement.bill?.person_ref === holder)
      await differences.overtake(differenceId(found), now(), '保单又更正回本人 · The policy was corrected back');
    // What has come to nothing needs nobody's decision.
    else if (found.hubFen > 0 && settlement.state !== 'reversed') await differences.ensure([found], now());
  }
  await items.write([lookedAtWrite(tables.policies, corrected)]);
}

/** A bill's share of a policy that is said to be another person's; none where its turn never came. */
function otherPerson(
  { setl_id, shares }: Settlement,
  policy: PolicyKey,
): (Difference & { readonly hubFen: number }) | undefined {
  const share = shares.find((one) => samePolicy(one, policy));
  if (share?.pendingSince === undefined) return undefined;
  const fen = (share.state === 'pending' ? share.reservedFen : share.paidFen) ?? 0;
  return {
    day: civilDateAt(new Date(share.pendingSince)),
    source: 'insurer',
    class: 'other-person',
    key: JSON.stringify([setl_id, policy.insurer, policy.policy_no, policy.policy_sub_no]),
    ...policy,
    product_code: share.product_code,
    setl_id,
    hubFen: fen,
    note: {
      zh: '该保单已更正为他人；原份额未自动收回。确有误的，请整单退费后重新结算；同一人换证的，注明后办结',
      en: 'The policy was corrected to another person; its share stands. If that is right, reverse the bill and settle it anew; if it is one person with a new certificate, say so and resolve this',
    },
  };
}
