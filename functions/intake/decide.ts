import { Acknowledgement, type Delivery } from '../../schemas/delivery.ts';
import { explain, refuse } from '../../schemas/errors.ts';
import { isPersonal } from '../runtime/signatures/client-key.ts';
import { deliveryStore } from './delivery-store.ts';
import type { Intake } from './dependencies.ts';
import { resumeDeliveries } from './intake-queue.ts';

export type HeldDecision = 'released' | 'refused' | 'absent' | 'wrong-state' | 'own-key-needed' | 'same-person';

/**
 * A second person's decision on a held delivery; the same decision again is sent on again. What follows, the
 * snapshot or the acknowledgement, comes by way of the intake queue. Who releases signs with a key of their own and did
 * not bring the file; to refuse it, which changes nothing, anybody will do.
 * @param by Whose key signed.
 * @param at UTC instant.
 */
export async function decideHeld(
  decision: 'release' | 'refuse',
  deliveryId: string,
  by: string,
  at: string,
  { deliveries, resume }: Pick<Intake, 'deliveries' | 'resume'> = {
    deliveries: deliveryStore,
    resume: resumeDeliveries,
  },
): Promise<HeldDecision> {
  const state = decision === 'release' ? 'released' : 'refused';
  const held = await deliveries.read(deliveryId);
  if (held === undefined) return 'absent';
  if (decision === 'release') {
    if (!isPersonal(by)) return 'own-key-needed';
    if ((await deliveries.announcers(held)).includes(by)) return 'same-person';
  }
  if (held.state === 'held') {
    const decided: Delivery = { ...held, state, decidedBy: by, decidedAt: at };
    const outcome = {
      delivery: state === 'refused' ? toldRefused(decided) : decided,
      prior: held,
      head: { version: 0 },
    };
    if (!(await deliveries.settle(outcome))) return decideHeld(decision, deliveryId, by, at, { deliveries, resume });
  } else if (held.state !== state || held.decidedBy !== by) return 'wrong-state';
  await resume([deliveryId]);
  return state;
}

function toldRefused(delivery: Delivery): Delivery {
  const { acknowledgement, decidedAt } = delivery;
  const refusal = refuse('operator-refused', { by: delivery.decidedBy ?? '' });
  const ack: Acknowledgement = {
    ...Acknowledgement.parse(JSON.parse(acknowledgement!)),
    state: 'refused',
    decidedAt: decidedAt!,
    refusal: { code: refusal.code, ...explain(refusal) },
    notices: [],
  };
  return { ...delivery, acknowledgement: `${JSON.stringify(ack, null, 2)}\n` };
}
