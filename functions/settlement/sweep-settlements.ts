import type { Settlement } from '../../schemas/settlement.ts';
import { closeWindow } from './accept.ts';
import { changeSettlement, coveragesNow } from './change-settlement.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import { takeOutgoing } from './take-insurer-event.ts';
import { nextLook, noticeCheckMs } from './timers.ts';

/** Of one firing; what is left over is next. */
const atMost = 500;

/** Does what time has made due: closes windows, expires shares, asks after notices that nothing was heard of. */
export async function sweepSettlements(dependencies: SettlementDependencies): Promise<number> {
  const due = await dependencies.store.due(dependencies.now(), atMost);
  for (const setlId of due) await look(dependencies, setlId);
  return due.length;
}

async function look(dependencies: SettlementDependencies, setlId: string): Promise<void> {
  const known = await dependencies.store.read(setlId);
  if (known?.kind !== 'bill') return;
  let { settlement } = known;
  if (isDue(settlement, dependencies.now()) && settlement.state === 'awaiting-insurers')
    settlement = await closeWindow(dependencies, setlId);
  const pending = settlement.shares.find(({ state }) => state === 'pending');
  if (pending === undefined || !isDue(settlement, dependencies.now())) return;
  if (pending.answerBy !== undefined) return expire(dependencies, setlId, pending.id);
  if (pending.noticeId !== undefined)
    await takeOutgoing(dependencies, { insurer: pending.insurer, id: pending.noticeId });
  await dependencies.store.lookAgain(settlement, new Date(dependencies.now().getTime() + noticeCheckMs));
}

async function expire(dependencies: SettlementDependencies, setlId: string, share: string): Promise<void> {
  await changeSettlement(dependencies, setlId, async (settlement) => {
    const at = dependencies.now();
    if (!isDue(settlement, at)) return undefined;
    const coverages = await coveragesNow(dependencies, settlement, at);
    return { id: `expire:${share}`, at: at.toISOString(), kind: 'expire', share, why: 'no-answer', coverages };
  });
}

function isDue(settlement: Settlement, now: Date): boolean {
  const at = nextLook(settlement);
  return at !== undefined && at <= now.toISOString();
}
