import type { Bill } from '../../schemas/bill.ts';
import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import type { Command, Settlement, SettlementAnswer } from '../../schemas/settlement.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { askedPolicies } from './asked-policies.ts';
import { judgeBenefits } from './benefits/judge-benefits.ts';
import { changeSettlement } from './change-settlement.ts';
import { coveragesOf } from './coverages.ts';
import { otherContent } from './other-content.ts';
import { type BillRead, readBill } from './read-bill.ts';
import { takeReversal } from './reverse.ts';
import { apply } from './settle.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';

/** What the door answers. `first`: whether this very request has settled it. */
export type Accepted = { readonly first: boolean; readonly answer: SettlementAnswer };

const maxTries = 20;
/** How often the counter asks whether the insurers have answered. */
const lookEveryMs = 100;
/** A window longer than windows are was opened by a clock that ran ahead: it is over, the patient has waited. */
const longestWindowMs = 60_000;

/**
 * `POST /v1/settlements`: a bill is settled once, however often it comes. Where an insurer is asked, the answer waits
 * for it until the window of the counter closes.
 */
export async function acceptSettlement(
  dependencies: SettlementDependencies,
  bytes: Uint8Array,
): Promise<Accepted | Refusal> {
  const read = readBill(bytes, await dependencies.secret());
  if (isRefusal(read)) return read;
  if (read.bill.refd_setl_flag === '1') return takeReversal(dependencies, read);
  const taken = await take(dependencies, read);
  if (isRefusal(taken)) return taken;
  const settlement = await untilSettled(dependencies, taken.settlement);
  return settlement.answer === undefined ? sumsDiffer(settlement) : { first: taken.first, answer: settlement.answer };
}

/** `POST /v1/settlements/preview`: the same answer, no effect. What an insurer would be asked for counts as unpaid. */
export async function previewSettlement(
  dependencies: SettlementDependencies,
  bytes: Uint8Array,
): Promise<SettlementAnswer | Refusal> {
  const read = readBill(bytes, await dependencies.secret());
  if (isRefusal(read)) return read;
  if (read.bill.refd_setl_flag === '1') return refuse('settlement/no-preview-of-reversal');
  const command = await acceptance(dependencies, read);
  if (isRefusal(command)) return command;
  const accepted = apply(undefined, command);
  if (accepted === undefined || isRefusal(accepted)) throw new Error('A new bill was not accepted.');
  const { state } = accepted;
  if (state.sums !== undefined) return sumsDiffer(state);
  if (state.answer !== undefined) return state.answer;
  const closed = apply(state, { id: 'preview', at: state.receivedAt, kind: 'close-window' });
  if (closed === undefined || isRefusal(closed) || closed.state.answer === undefined)
    throw new Error('A window was not closed.');
  return closed.state.answer;
}

/** Writes first and reads only where somebody was there before: most bills are new. */
async function take(
  dependencies: SettlementDependencies,
  read: BillRead,
): Promise<{ first: boolean; settlement: Settlement } | Refusal> {
  const { store } = dependencies;
  const { bill, digest } = read;
  let before: Settlement | undefined;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const command = await acceptance(dependencies, read);
    if (isRefusal(command)) return notComputable(dependencies, bill, command);
    const outcome = apply(before, command);
    if (outcome === undefined || isRefusal(outcome)) throw new Error('A new bill was not accepted.');
    if (await store.commit({ before, command, outcome, digest })) return { first: true, settlement: outcome.state };
    const known = await store.read(bill.setl_id);
    if (known?.kind === 'bill' && known.settlement.state === 'reversing') before = known.settlement;
    else if (known !== undefined && known.digest !== digest) return otherContent(dependencies, bill);
    else if (known?.kind === 'bill') return { first: false, settlement: known.settlement };
    // Else a policy has changed, or another bill of the person came before: read and compute again.
    await dependencies.pause(2 ** Math.min(tries, 6));
  }
  return refuse('settlement/busy');
}

async function acceptance(dependencies: SettlementDependencies, read: BillRead): Promise<Command | Refusal> {
  // Before anything is read: a consent that is revoked meanwhile covered this moment.
  const at = dependencies.now();
  const [policies, products, settings] = await Promise.all([
    dependencies.ofPerson(read.bill.person_ref),
    dependencies.products(),
    dependencies.settings(),
  ]);
  const judged = judgeBenefits(settings.benefits, read.bill, read.compute, policies.benefits);
  if (typeof judged === 'string') return refuse('settlement/not-computable', { why: judged });
  const { bill } = judged;
  const { sums, windowSeconds, answerWithinHours, acctDebited, payerOrder } = settings;
  const asked = await askedPolicies(dependencies, products, (known) =>
    coveragesOf(bill, policies, known, payerOrder, at),
  );
  return {
    id: `accept:${bill.setl_id}`,
    at: at.toISOString(),
    kind: 'accept',
    ...judged,
    ...asked,
    terms: { sums, windowSeconds, answerWithinHours, acctDebited },
  };
}

/** Reported, so that somebody looks at it; its id is not given away. */
async function notComputable(
  { openDifferences, now }: SettlementDependencies,
  { setl_id, medfee_sumamt }: Bill,
  refusal: Refusal,
): Promise<Refusal> {
  const at = now();
  const what = { source: 'bill' as const, class: 'not-computable' as const, key: setl_id };
  await openDifferences([{ day: civilDateAt(at), ...what, setl_id, otherFen: medfee_sumamt }], at);
  return refusal;
}

/** The patient waits at the counter until the insurers have answered or the window closes. */
async function untilSettled(dependencies: SettlementDependencies, settlement: Settlement): Promise<Settlement> {
  let current = settlement;
  while (current.state === 'awaiting-insurers') {
    const left = Date.parse(current.windowEnds ?? current.receivedAt) - dependencies.now().getTime();
    if (left <= 0 || left > longestWindowMs) return closeWindow(dependencies, current.setl_id);
    await dependencies.pause(Math.min(left, lookEveryMs));
    const known = await dependencies.store.read(current.setl_id);
    if (known?.kind !== 'bill') throw new Error(`Settlement ${current.setl_id} is gone.`);
    current = known.settlement;
  }
  return current;
}

/** The patient pays what insurers have not answered for; their later answers are paid out. */
export async function closeWindow(dependencies: SettlementDependencies, setlId: string): Promise<Settlement> {
  const closed = await changeSettlement(dependencies, setlId, async () => ({
    id: `close-window:${setlId}`,
    at: dependencies.now().toISOString(),
    kind: 'close-window',
  }));
  if (isRefusal(closed)) throw new Error(`Settlement ${setlId} is gone.`);
  return closed.settlement;
}

/** Kept for people to compare, and said with its sums. */
function sumsDiffer({ setl_id, sums = [] }: Settlement): Refusal & { sums: Settlement['sums'] } {
  return { ...refuse('settlement/sums-differ', { setl_id }), sums };
}
