import type { Attempt, OutgoingState, StoredOutgoing } from '../../schemas/messages.ts';
import type { Write } from '../runtime/items.ts';
import type { TransportAnswer } from '../runtime/ports.ts';
import { insurerWrite, readInsurer } from './insurer-store.ts';
import { type Accepted, type Failed, type Judgement, judgeAnswer } from './judge-answer.ts';
import { masked } from './masked.ts';
import { attemptKey, firstHandOnSeconds, messageKey } from './messages-table.ts';
import { refusedAnswerWrite } from './refused-answer.ts';
import { mostAttempts, waitSeconds } from './retry-schedule.ts';
import type { Wire } from './wire.ts';

/** There is no key to sign with at this moment: as good as no answer. */
export type NoKey = { readonly fault: 'no-valid-key'; readonly milliseconds: 0 };
export const noKey: NoKey = { fault: 'no-valid-key', milliseconds: 0 };

/** Writes down what came of an attempt, and in the same write what becomes of the message. */
export async function record(
  wire: Wire,
  claimed: StoredOutgoing,
  at: Date,
  answer: TransportAnswer | NoKey,
): Promise<Judgement> {
  const now = wire.now();
  const judged = judgeAnswer(claimed, answer, now);
  if (judged.gone) await closeEndpoint(wire, claimed.insurer);
  const made: Attempt = { n: claimed.attempts, at: at.toISOString(), ...attemptOf(answer) };
  const kept: Write = { table: wire.messages, put: { ...attemptKey(claimed.insurer, claimed.id, made.n), ...made } };
  if (judged.kind === 'accepted') await accept(wire, claimed, judged, now, kept);
  else await fail(wire, claimed, judged, now, kept);
  return judged;
}

function attemptOf(answer: TransportAnswer | NoKey): Omit<Attempt, 'n' | 'at'> {
  const { milliseconds } = answer;
  if (answer.fault !== undefined) return { milliseconds, fault: answer.fault };
  return { milliseconds, status: answer.status, answer: masked(answer.body) };
}

/** A 2xx counts whenever it is learnt of, even when the claim had ended and the message went on or was parked. */
async function accept(wire: Wire, claimed: StoredOutgoing, judged: Accepted, now: Date, kept: Write): Promise<void> {
  const { insurer, id, acceptedAt = now.toISOString() } = claimed;
  const { answer, answerIssues } = judged;
  if (answerIssues !== undefined) wire.measure('AnswerUnreadable', 1);
  const told = answerIssues === undefined ? [] : [refusedAnswerWrite(wire.messages, claimed, answerIssues, now)];
  const accepted: Write = {
    table: wire.messages,
    update: messageKey('out', insurer, id),
    set: {
      state: 'accepted' satisfies OutgoingState,
      resolvedAt: now.toISOString(),
      acceptedAt,
      ...(answer === undefined ? {} : { answer }),
      ...(answerIssues === undefined ? {} : { answerIssues }),
      ...newsOf(insurer, now),
    },
    remove: ['reason'],
    when: { state: { oneOf: ['due', 'parked'] satisfies OutgoingState[] } },
  };
  if (!(await wire.items.write([accepted, kept, ...told]))) await wire.items.write([kept]);
}

/** Put into a file for the gateway: as good as a 2xx, for nothing else will ever be heard of it. */
export async function acceptByFile(wire: Wire, stored: StoredOutgoing): Promise<void> {
  const now = wire.now();
  const { insurer, id, attempts: n } = stored;
  const made: Attempt = { n, at: now.toISOString(), milliseconds: 0, answer: '(file)' };
  const kept: Write = { table: wire.messages, put: { ...attemptKey(insurer, id, n), ...made } };
  await accept(wire, stored, { kind: 'accepted', gone: false }, now, kept);
}

async function fail(wire: Wire, claimed: StoredOutgoing, judged: Failed, now: Date, kept: Write): Promise<void> {
  const { insurer, id, slot } = claimed;
  const wait = waitSeconds(slot, wire.random, judged.retryAfterSeconds);
  if (wait === undefined) return end(wire, claimed, { state: 'parked', reason: 'attempts-spent' }, now, [kept]);
  const again: Write = {
    table: wire.messages,
    update: messageKey('out', insurer, id),
    set: { dueAt: new Date(now.getTime() + wait * 1000).toISOString() },
    when: { state: 'due', attempts: claimed.attempts },
  };
  if (!(await wire.items.write([again, kept]))) await wire.items.write([kept]);
  else if (wait <= longestWakeSeconds) await wire.outbox.send([{ insurer }], Math.ceil(wait));
}

/** The end of a message that was not accepted; one that had been accepted before a replay stays accepted. */
async function end(
  wire: Wire,
  { insurer, id, attempts, acceptedAt }: StoredOutgoing,
  { state, reason }: End,
  now: Date,
  kept: Write[] = [],
): Promise<void> {
  const again = acceptedAt !== undefined;
  const ended: Write = {
    table: wire.messages,
    update: messageKey('out', insurer, id),
    set: {
      state: again ? ('accepted' satisfies OutgoingState) : state,
      reason,
      resolvedAt: now.toISOString(),
      ...(again ? {} : newsOf(insurer, now)),
    },
    ...(again ? { remove: ['due', 'dueAt'] } : {}),
    when: { state: 'due', attempts },
  };
  if (await wire.items.write([ended, ...kept])) {
    if (state === 'parked') wire.measure('MessagesParked', 1);
  } else if (kept.length > 0) await wire.items.write(kept);
}

/** Settlement is to hear of it: through the table's stream, or the sweep. */
const newsOf = (insurer: string, now: Date) => ({
  due: `news#${insurer}`,
  dueAt: new Date(now.getTime() + firstHandOnSeconds * 1000).toISOString(),
});

/** 410: nothing more is sent there until an operator has spoken with the insurer. */
async function closeEndpoint(wire: Wire, id: string): Promise<void> {
  const known = await readInsurer(wire.items, wire.insurers, id);
  if (known?.insurer.state !== 'enabled') return;
  if (await wire.items.write([insurerWrite(wire.insurers, { ...known.insurer, state: 'gone' })]))
    wire.measure('EndpointGone', 1);
}

/** Longest delay of a queue; longer waits are the sweep's. */
const longestWakeSeconds = 900;

/** Ends a message for which no attempt is made any more. */
export async function endIfOver(wire: Wire, stored: StoredOutgoing, now: Date): Promise<boolean> {
  const over = endOf(stored, now);
  if (over !== undefined) await end(wire, stored, over, now);
  return over !== undefined;
}

type End = { readonly state: 'parked' | 'lapsed'; readonly reason: string };

/** Why no attempt is made any more. */
function endOf(stored: StoredOutgoing, now: Date): End | undefined {
  const at = now.toISOString();
  if (stored.sendBefore !== undefined && stored.sendBefore <= at && stored.acceptedAt === undefined)
    return { state: 'lapsed', reason: 'consent-ended' };
  if (stored.slot >= mostAttempts) return { state: 'parked', reason: 'attempts-spent' };
  if (stored.giveUpAt <= at) return { state: 'parked', reason: 'time-spent' };
  return undefined;
}
