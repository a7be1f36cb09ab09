import type { Bill } from '../../schemas/bill.ts';
import { type Refusal, refuse } from '../../schemas/errors.ts';
import { civilDateAt } from '../../schemas/time.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';

/** An id is given away once: what else comes under it is reported, not taken. */
export async function otherContent(
  { openDifferences, now }: Pick<SettlementDependencies, 'openDifferences' | 'now'>,
  { setl_id, medfee_sumamt, refd_setl_flag }: Bill,
): Promise<Refusal> {
  const at = now();
  const day = civilDateAt(at);
  const what = { source: 'core' as const, class: 'same-id-other-content' as const, key: setl_id };
  await openDifferences([{ day, ...what, setl_id, refd_setl_flag, otherFen: medfee_sumamt }], at);
  return refuse('settlement/same-id-other-content', { setl_id });
}
