import { isRefusal, type Refusal } from '../../schemas/errors.ts';
import type { Settlement } from '../../schemas/settlement.ts';
import { changeSettlement } from './change-settlement.ts';
import { openNotices } from './open-notices.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';

/** An operator ends the waiting: open shares are void, the patient pays and claims by hand. */
export async function settleByHand(
  dependencies: SettlementDependencies,
  setlId: string,
  { by, reason, requestId }: { by: string; reason: string; requestId: string },
): Promise<Settlement | Refusal> {
  const changed = await changeSettlement(dependencies, setlId, async (settlement) => ({
    id: `by-hand:${requestId}`,
    at: dependencies.now().toISOString(),
    kind: 'settle-by-hand',
    by,
    reason,
    ...(await openNotices(dependencies, settlement)),
  }));
  return isRefusal(changed) ? changed : changed.settlement;
}
