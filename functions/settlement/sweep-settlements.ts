import type { Settlement } from '../../schemas/settlement.ts';
import { closeWindow } from './accept.ts';
import { changeSettlement, coveragesNow } from './change-settlement.ts';
import { lookAtCorrected } from './corrected-policies.ts';
import { holdToConsent } from './hold-to-consent.ts';
import { policyStore } from './policies/policy-store.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import { takeOutgoing } from './take-insurer-event.ts';
import { nextLook, noticeCheckMs } from './timers.ts';

/** Of one firing; what is left over is next. */
const atMost = 500;
const correctedAtMost = 100;
const lines = 8;

/**
 * Does what time has made due: closes windows, expires shares, asks after notices that nothing was heard of; and looks
 * at what was settled for people whose policy was corrected since.
 * @throws when one of them failed; all others are done.
 */
export async function sweepSettlements(dependencies: SettlementDependencies): Promise<number> {
  const { items, tables, store, now } = dependencies;
  const due = await store.due(now(), atMost);
  const left = due.values();
  const faults: unknown[] = [];
  const failed = (fault: unknown): void => void faults.push(fault);
  const line = async (): Promise<void> => {
    for (const setlId of left) await look(dependencies, setlId).catch(failed);
  };
  await Promise.all(Array.from({ length: lines }, line));
  for (const corrected of await policyStore(items, tables.policies).corrected(correctedAtMost))
    await lookAtCorrected(dependencies, corrected).catch(failed);
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} settlements could not be looked after`);
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
  if (pending.noticeId !== undefined) {
    await takeOutgoing(dependencies, { insurer: pending.insurer, id: pending.noticeId });
    // A roster says of a consent what a message would have said.
    const { items, tables } = dependencies;
    const open = await policyStore(items, tables.policies).openShares(pending);
    for (const one of open) if (one.setl_id === setlId) await holdToConsent(dependencies, one, pending.noticeId);
  }
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
