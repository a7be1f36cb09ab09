import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import { samePolicy } from '../../schemas/policy.ts';
import type { Command, Coverage, Settlement } from '../../schemas/settlement.ts';
import type { Write } from '../runtime/items.ts';
import { askedPolicies } from './asked-policies.ts';
import type { Outcome } from './change.ts';
import { coveragesOf } from './coverages.ts';
import { apply } from './settle.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import type { Tables } from './settlement-store.ts';

/** How often a change is tried that somebody else came before. */
const maxTries = 20;

/** What became of a change: the settlement as it is now, and what the command did; no outcome: it changed nothing. */
export type Changed = { readonly settlement: Settlement; readonly outcome: Outcome | undefined };

/**
 * Applies a command to a settlement that is there, in one transaction.
 * @param order Makes the command of the settlement as it is; undefined when there is nothing to order any more.
 * @param more What belongs to the same transaction.
 * @throws when others kept changing the same things.
 */
export async function changeSettlement(
  dependencies: SettlementDependencies,
  setlId: string,
  order: (settlement: Settlement) => Promise<Command | undefined>,
  more: (tables: Tables) => readonly Write[] = () => [],
): Promise<Changed | Refusal> {
  const { store, tables } = dependencies;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const known = await store.read(setlId);
    if (known?.kind !== 'bill') return refuse('settlement/no-such-settlement');
    const { settlement, digest } = known;
    const command = await order(settlement);
    if (command === undefined) return { settlement, outcome: undefined };
    const outcome = apply(settlement, command);
    if (isRefusal(outcome)) return outcome;
    if (outcome === undefined) return { settlement, outcome };
    if (await store.commit({ before: settlement, command, outcome, digest, more: more(tables) }))
      return { settlement: outcome.state, outcome };
    if (tries > 0) await dependencies.pause(2 ** Math.min(tries, 6));
  }
  throw new Error(`Settlement ${setlId} kept changing`);
}

/** The person's policies as they are now, for the shares that still wait for their turn. */
export async function coveragesNow(
  dependencies: SettlementDependencies,
  { bill, shares }: Settlement,
  moment: Date,
): Promise<Coverage[]> {
  const waiting = shares.filter(({ state }) => state === 'waiting');
  if (bill === undefined || waiting.length === 0) return [];
  const [{ policies, accumulators }, products, settings] = await Promise.all([
    dependencies.ofPerson(bill.person_ref),
    dependencies.products(),
    dependencies.settings(),
  ]);
  // Whatever policy the person has got since: who is asked was decided when the bill was accepted.
  const asked = policies.filter((policy) =>
    waiting.some((share) => samePolicy(share, policy) && share.product_code === policy.product_code),
  );
  const known = { policies: asked, accumulators };
  const { coverages } = await askedPolicies(dependencies, products, (newest) =>
    coveragesOf(bill, known, newest, settings.payerOrder, moment),
  );
  return coverages;
}
