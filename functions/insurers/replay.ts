import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import { type OutgoingState, StoredOutgoing } from '../../schemas/messages.ts';
import type { Write } from '../runtime/items.ts';
import { readDue } from './attempt.ts';
import { laneKey, readInsurer } from './insurer-store.ts';
import { listMessages } from './list-messages.ts';
import { attemptKey, messageKey } from './messages-table.ts';
import { latestDueSeconds, scheduleSeconds } from './retry-schedule.ts';
import type { Wire } from './wire.ts';

/** Messages of one insurer that go out again in a second, however many are ordered and by whomever. */
const replaysPerSecond = 10;

type Replayer = Pick<Wire, 'items' | 'messages' | 'insurers' | 'outbox' | 'now'>;

export type ReplayOrder = {
  readonly insurer: string;
  /** Instants of creation. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** `missing`: those that were never accepted; `all`: also those that were, for an insurer that has lost them. */
  readonly which: 'missing' | 'all';
  readonly after?: string | undefined;
};

/**
 * Sends one message again: the same id, the same bytes, a schedule from the beginning. One that waits for its next
 * attempt has that now, and what it must follow before it.
 */
export async function replayOne(wire: Replayer, insurer: string, id: string): Promise<StoredOutgoing | Refusal> {
  const item = await wire.items.get(wire.messages, messageKey('out', insurer, id));
  if (item === undefined) return refuse('messages/no-such-message');
  const stored = StoredOutgoing.parse(item);
  if (stored.state === 'cancelled' || stored.state === 'lapsed')
    return refuse('messages/not-to-be-replayed', { state: stored.state });
  const before = stored.after === undefined ? undefined : await readDue(wire, insurer, stored.after);
  const wanted = [...(before === undefined ? [] : [before]), stored].filter(isReplayable('all', wire.now()));
  const replayed = await replay(wire, insurer, wanted);
  return isRefusal(replayed) ? replayed : stored;
}

/** Sends a page of messages again, spread over time. @returns how many; `next` asks for the page after it. */
export async function replayRange(
  wire: Replayer,
  { which, ...range }: ReplayOrder,
): Promise<{ replayed: number; next?: string } | Refusal> {
  const page = await listMessages(wire.items, wire.messages, { ...range, box: 'out', limit: 500 });
  const wanted = (page.messages as StoredOutgoing[]).filter(isReplayable(which, wire.now()));
  const replayed = await replay(wire, range.insurer, wanted);
  if (isRefusal(replayed)) return replayed;
  return { replayed, ...(page.next === undefined ? {} : { next: page.next }) };
}

/** What was taken back, or whose consent has ended, never goes out again; what is due by now is on its way already. */
function isReplayable(which: ReplayOrder['which'], now: Date): (stored: StoredOutgoing) => boolean {
  return ({ state, dueAt }) =>
    state === 'parked' || (which === 'all' && state === 'accepted') || (state === 'due' && dueAt! > now.toISOString());
}

async function replay(wire: Replayer, insurer: string, messages: readonly StoredOutgoing[]): Promise<number | Refusal> {
  if (messages.length === 0) return 0;
  const start = await reserve(wire, insurer, messages.length);
  if (isRefusal(start)) return start;
  const underWay = await attemptsUnderWay(wire, messages);
  const written = await Promise.all(
    messages.map((stored, index) => {
      const at = new Date(start + (index * 1000) / replaysPerSecond);
      if (stored.state !== 'due') return wire.items.write([replayWrite(wire.messages, stored, at)]);
      return !underWay.has(stored.id) && wire.items.write([forwardWrite(wire.messages, stored, at)]);
    }),
  );
  const delaySeconds = Math.ceil((start - wire.now().getTime()) / 1000);
  // Later than a queue can wait, the sweep is there.
  if (delaySeconds <= 900) await wire.outbox.send([{ insurer }], Math.max(0, delaySeconds));
  return written.filter(Boolean).length;
}

/** A stretch of time for so many replays, behind those ordered before. @returns its beginning. */
async function reserve(wire: Replayer, insurer: string, count: number): Promise<number | Refusal> {
  for (;;) {
    const known = await readInsurer(wire.items, wire.insurers, insurer);
    if (known === undefined) return refuse('insurer/no-such-insurer');
    const { replayUntil } = known.lane;
    const now = wire.now().getTime();
    const ordered = Date.parse(replayUntil);
    const start = ordered > now + latestDueSeconds * 1000 ? now : Math.max(now, ordered);
    const end = new Date(start + (count * 1000) / replaysPerSecond).toISOString();
    const reserved: Write = {
      table: wire.insurers,
      update: laneKey(insurer),
      set: { replayUntil: end },
      when: { replayUntil },
    };
    if (await wire.items.write([reserved])) return start;
  }
}

/** Holds while nothing has happened to the message meanwhile. That it was accepted once is never forgotten. */
function replayWrite(table: string, { insurer, id, state, attempts }: StoredOutgoing, at: Date): Write {
  return {
    table,
    update: messageKey('out', insurer, id),
    set: {
      state: 'due' satisfies OutgoingState,
      slot: 0,
      due: `out#${insurer}`,
      dueAt: at.toISOString(),
      giveUpAt: new Date(at.getTime() + scheduleSeconds * 1000).toISOString(),
    },
    remove: ['reason', 'resolvedAt'],
    when: { state, attempts },
  };
}

/** Its next attempt is now, unless it was to be sooner: one of its schedule, which goes on from there and ends as before. */
function forwardWrite(table: string, { insurer, id, attempts, dueAt = '' }: StoredOutgoing, at: Date): Write {
  const sooner = at.toISOString() < dueAt ? at.toISOString() : dueAt;
  const when = { state: 'due' satisfies OutgoingState, attempts, dueAt };
  return { table, update: messageKey('out', insurer, id), set: { dueAt: sooner }, when };
}

/** Those due whose last attempt nobody knows the end of: it has its time, and the next one comes within half a minute. */
async function attemptsUnderWay(wire: Replayer, messages: readonly StoredOutgoing[]): Promise<ReadonlySet<string>> {
  const tried = messages.filter(({ state, attempts }) => state === 'due' && attempts > 0);
  const keys = tried.map(({ insurer, id, attempts }) => attemptKey(insurer, id, attempts));
  const ended = await wire.items.getMany(wire.messages, keys);
  return new Set(tried.filter((_, at) => ended[at] === undefined).map(({ id }) => id));
}
