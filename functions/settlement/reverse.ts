import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import type { Settlement, SettlementAnswer } from '../../schemas/settlement.ts';
import { civilDateAt } from '../../schemas/time.ts';
import type { Accepted } from './accept.ts';
import { answerOfReversal } from './counter-answer.ts';
import { openNotices } from './open-notices.ts';
import { otherContent } from './other-content.ts';
import type { BillRead } from './read-bill.ts';
import { refusalOf } from './refused-reversal.ts';
import { reversalRefused } from './reversal-fault.ts';
import { apply } from './settle.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import { type Known, type Reversal, reversalWrite } from './settlement-store.ts';

const maxTries = 20;

/**
 * A bill with `refd_setl_flag` 1: reverses the settlement that it names, once. One that comes first is kept until its
 * settlement comes.
 */
export async function takeReversal(
  dependencies: SettlementDependencies,
  { bill, digest }: BillRead,
): Promise<Accepted | Refusal> {
  const { store, tables } = dependencies;
  const orig = bill.orig_setl_id as string;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const [known, named] = await Promise.all([store.read(bill.setl_id), store.read(orig)]);
    if (known !== undefined)
      return known.digest === digest && known.kind === 'reversal'
        ? again(known.reversal, named)
        : otherContent(dependencies, bill);
    if (named?.kind === 'reversal') return refuse('settlement/no-such-settlement');
    const before = named?.settlement;
    const at = dependencies.now();
    const command = {
      id: `reverse:${bill.setl_id}`,
      at: at.toISOString(),
      kind: 'reverse' as const,
      bill,
      ...(before === undefined ? { unsent: [], untaken: [] } : await openNotices(dependencies, before)),
    };
    const outcome = apply(before, command);
    const reversal = { setl_id: bill.setl_id, orig_setl_id: orig, receivedAt: command.at, bill };
    if (isRefusal(outcome)) {
      const field = String(outcome.details.field ?? '');
      const refused = { ...reversal, refused: { code: outcome.code, field } };
      const what = { day: civilDateAt(at), setl_id: orig, ...reversalRefused(before?.bill, bill, field) };
      await dependencies.openDifferences([what], at);
      if (await dependencies.items.write([reversalWrite(tables, refused, digest)])) return outcome;
    } else if (outcome === undefined) {
      const first = await firstReversal(dependencies, before);
      const answered = { ...reversal, answer: first };
      if (await dependencies.items.write([reversalWrite(tables, answered, digest)])) return again(answered, named);
    } else {
      const answer = answerOfReversal(bill.setl_id, outcome.state);
      const more = [reversalWrite(tables, { ...reversal, answer }, digest)];
      if (await store.commit({ before, command, outcome, digest: named?.digest, more })) return { first: true, answer };
    }
    await dependencies.pause(2 ** Math.min(tries, 6));
  }
  return refuse('settlement/busy');
}

function again(reversal: Reversal, named: Known | undefined): Accepted | Refusal {
  const refusal = refusalOf(reversal, named);
  if (refusal !== undefined) return refusal;
  if (reversal.answer === undefined) throw new Error(`Reversal of ${reversal.orig_setl_id} was never answered.`);
  return { first: false, answer: reversal.answer };
}

/** What was answered to the reversal that came before this one. */
async function firstReversal(
  { store }: SettlementDependencies,
  settlement: Settlement | undefined,
): Promise<SettlementAnswer> {
  const first = settlement?.reversal && (await store.read(settlement.reversal.setl_id));
  if (first?.kind !== 'reversal' || first.reversal.answer === undefined)
    throw new Error(`Settlement ${settlement?.setl_id} was reversed by nobody.`);
  return first.reversal.answer;
}
