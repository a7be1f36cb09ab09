import type { z } from 'zod';
import { StoredOutgoing } from '../../schemas/messages.ts';
import { attempt, postponeWrite, readDue } from './attempt.ts';
import { type KnownInsurer, readInsurer } from './insurer-store.ts';
import type { Judgement } from './judge-answer.ts';
import { enterLane, isResting, keepLane, leaveLane, paceLane, restSeconds } from './lane.ts';
import { aheadMs, byDue } from './messages-table.ts';
import { endIfOver } from './record-attempt.ts';
import type { Wire } from './wire.ts';

/** Attempts under way at a time, for one insurer. */
export const mostInFlight = 16;

/** While attempts are under way, what is due is looked at so often; so is whether keys or states have changed. */
const lookMs = 250;

/** Messages read from the list of what is due at a time. */
const aheadMessages = 64;

/** A worker this close to its own end begins nothing more: an attempt takes up to 15 s. */
const marginMs = 20_000;

/** A message that cannot even be tried is put off, so that it holds up nobody. */
const putOffSeconds = 60;
const mostUntried = 16;

/**
 * Sends what is due for an insurer until nothing is left, or the worker's time is over.
 * @throws when a message could not even be tried; the others were.
 */
export async function sendDue(wire: Wire, insurer: string, remainingMs: () => number): Promise<void> {
  const known = await readInsurer(wire.items, wire.insurers, insurer);
  if (known === undefined) return;
  if (!isSentTo(known)) return endOverdue(wire, insurer);
  // Whoever let it rest has seen to it that somebody comes when the rest is over.
  if (isResting(known.lane, wire.now())) return;
  const owner = wire.newId();
  if (!(await enterLane(wire, insurer, owner))) return;
  const untried = await work(wire, { known, knownAt: wire.now().getTime(), owner }, remainingMs);
  if (untried.length > 0) throw new Error(`${untried.length} messages could not be tried`, { cause: untried[0] });
}

const isSentTo = ({ insurer }: KnownInsurer): boolean => insurer.state === 'enabled' && insurer.channel === 'https';

/** What a worker knows of its lane, and since when. */
type Lane = { known: KnownInsurer; knownAt: number; readonly owner: string };

async function work(wire: Wire, lane: Lane, remainingMs: () => number): Promise<unknown[]> {
  const insurer = lane.known.insurer.id;
  const flying = new Map<string, Promise<void>>();
  const untried = new Map<string, unknown>();
  const list = dueList(wire, insurer);
  for (;;) {
    const ending = remainingMs() < marginMs || untried.size >= mostUntried;
    const room = ending ? 0 : capacity(lane.known, wire.now()) - flying.size;
    const busy = [...flying.keys(), ...untried.keys()];
    for (const id of room > 0 ? await list.next(room, busy, flying.size > 0) : []) {
      const tried = tryOne(wire, lane, id)
        .catch((fault) => void untried.set(id, fault))
        .finally(() => flying.delete(id));
      flying.set(id, tried);
    }
    if (flying.size > 0) {
      await Promise.race([...flying.values(), wire.pause(lookMs)]);
      if (await stillMine(wire, lane)) continue;
      await Promise.all(flying.values());
      break;
    }
    if (!ending && capacity(lane.known, wire.now()) > 0 && (await list.waitForNext(busy))) continue;
    if ((await leaveLane(wire, insurer, lane.owner)) === 'again') continue;
    if (ending) await wire.outbox.send([{ insurer }]);
    break;
  }
  return [...untried.values()];
}

/** One at a time while the insurer has not answered well since it asked for patience. */
function capacity(known: KnownInsurer, now: Date): number {
  if (!isSentTo(known) || isResting(known.lane, now)) return 0;
  return known.lane.slow > 0 ? 1 : mostInFlight;
}

async function tryOne(wire: Wire, lane: Lane, id: string): Promise<void> {
  const startedAt = wire.now();
  try {
    const result = await attempt(wire, lane.known, id);
    if (result.kind !== 'none') await pace(wire, lane, result, startedAt);
  } catch (fault) {
    await putOff(wire, lane.known.insurer.id, id);
    throw fault;
  }
}

/** After an answer that asks for patience the insurer rests, the longer the more of them come in a row. */
async function pace(wire: Wire, lane: Lane, result: Judgement, startedAt: Date): Promise<void> {
  const { insurer, lane: state } = lane.known;
  const change = (next: { slow: number; restUntil: string }) => {
    lane.known = { ...lane.known, lane: { ...lane.known.lane, ...next } };
    return paceLane(wire, insurer.id, lane.owner, next);
  };
  if (result.kind === 'accepted' && state.slow > 0) await change({ slow: 0, restUntil: state.restUntil });
  // Those that were under way together count once.
  if (result.kind !== 'slow' || isResting(state, startedAt)) return;
  const slow = state.slow + 1;
  const seconds = restSeconds(slow, result.retryAfterSeconds);
  await change({ slow, restUntil: new Date(wire.now().getTime() + seconds * 1000).toISOString() });
  await wire.outbox.send([{ insurer: insurer.id }], Math.ceil(seconds));
}

/** Reads keys, state and lane again when it was a while ago, and prolongs the lease. */
async function stillMine(wire: Wire, lane: Lane): Promise<boolean> {
  const now = wire.now().getTime();
  if (now - lane.knownAt < lookMs) return true;
  const known = await readInsurer(wire.items, wire.insurers, lane.known.insurer.id);
  if (known === undefined || known.lane.owner !== lane.owner) return false;
  lane.known = known;
  lane.knownAt = now;
  return keepLane(wire, known, lane.owner);
}

/**
 * What is due, read some at a time, and while attempts are under way not more often than `lookMs`. The index may be
 * behind: a row of it that was given out says nothing new as long as it names the same time, for whatever becomes of a
 * message takes it off the list or gives it another. So a worker looks at each row once, however far the index is behind.
 */
function dueList(wire: Wire, insurer: string) {
  let ahead: DueMessage[] = [];
  let emptySince: number | undefined;
  /** Rows that were given out and may be listed still: message → its time. */
  const givenOut = new Map<string, string>();
  const read = async (by: Date, busy: readonly string[], limit: number): Promise<DueMessage[]> => {
    const due = await dueMessages(wire, insurer, by, limit + busy.length + givenOut.size);
    const listed = new Map(due.map(({ id, dueAt }) => [id, dueAt]));
    for (const [id, dueAt] of givenOut) if (listed.get(id) !== dueAt) givenOut.delete(id);
    return due.filter(({ id }) => !busy.includes(id) && !givenOut.has(id));
  };
  return {
    /** @param isFlying Somebody comes back to look again. */
    async next(room: number, busy: readonly string[], isFlying: boolean): Promise<string[]> {
      const now = wire.now();
      if (ahead.length === 0) {
        const lately = emptySince !== undefined && now.getTime() - emptySince < lookMs;
        if (lately && isFlying) return [];
        ahead = await read(now, busy, aheadMessages);
        emptySince = ahead.length === 0 ? now.getTime() : undefined;
      }
      const given = ahead.splice(0, room);
      for (const { id, dueAt } of given) givenOut.set(id, dueAt);
      return given.map(({ id }) => id);
    },
    /** A message that comes due in a moment is waited for rather than left to another worker. */
    async waitForNext(busy: readonly string[]): Promise<boolean> {
      const now = wire.now();
      const [next] = await read(new Date(now.getTime() + aheadMs), busy, 1);
      if (next === undefined) return false;
      await wire.pause(Math.max(1, Date.parse(next.dueAt) - now.getTime()));
      return true;
    },
  };
}

/** Best effort: what keeps it from being tried may also keep it from being put off. */
async function putOff(wire: Wire, insurer: string, id: string): Promise<void> {
  wire.measure('MessageUntried', 1);
  const until = new Date(wire.now().getTime() + putOffSeconds * 1000);
  await wire.items.write([postponeWrite(wire.messages, insurer, id, until)]).catch(() => false);
}

/** Nothing is sent to it at the moment; but what nobody could send in the time of its schedule ends all the same. */
async function endOverdue(wire: Wire, insurer: string): Promise<void> {
  const due = await dueMessages(wire, insurer, wire.now(), 1000);
  const now = wire.now();
  for (const { id, giveUpAt } of due) {
    if (giveUpAt > now.toISOString()) continue;
    const stored = await readDue(wire, insurer, id);
    if (stored !== undefined) await endIfOver(wire, stored, now);
  }
}

/** Those due by then, the longest waiting first. The index may be a moment behind: who acts on it reads the message. */
async function dueMessages(wire: Wire, insurer: string, by: Date, limit: number): Promise<DueMessage[]> {
  const items = await wire.items.queryIndex(wire.messages, byDue, {
    pk: `out#${insurer}`,
    to: by.toISOString(),
    limit,
  });
  return items.map((item) => DueMessage.parse(item));
}

const DueMessage = StoredOutgoing.pick({ id: true, dueAt: true, giveUpAt: true }).required();
type DueMessage = z.infer<typeof DueMessage>;
