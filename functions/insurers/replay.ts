import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import { type OutgoingState, StoredOutgoing } from '../../schemas/messages.ts';
import type { Write } from '../runtime/items.ts';
import { laneKey, readInsurer } from './insurer-store.ts';
import { listMessages } from './list-messages.ts';
import { messageKey } from './messages-table.ts';
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

/** Sends one message again: the same id, the same bytes, a schedule from the beginning. */
export async function replayOne(wire: Replayer, insurer: string, id: string): Promise<StoredOutgoing | Refusal> {
  const item = await wire.items.get(wire.messages, messageKey('out', insurer, id));
  if (item === undefined) return refuse('messages/no-such-message');
  const stored = StoredOutgoing.parse(item);
  if (!isReplayable(stored, 'all')) return refuse('messages/not-to-be-replayed', { state: stored.state });
  const replayed = await replay(wire, insurer, [stored]);
  return isRefusal(replayed) ? replayed : stored;
}

/** Sends a page of messages again, spread over time. @returns how many; `next` asks for the page after it. */
export async function replayRange(
  wire: Replayer,
  { which, ...range }: ReplayOrder,
): Promise<{ replayed: number; next?: string } | Refusal> {
  const page = await listMessages(wire.items, wire.messages, { ...range, box: 'out', limit: 500 });
  const wanted = (page.messages as StoredOutgoing[]).filter((stored) => isReplayable(stored, which));
  const replayed = await replay(wire, range.insurer, wanted);
  if (isRefusal(replayed)) return replayed;
  return { replayed, ...(page.next === undefined ? {} : { next: page.next }) };
}

/** What was taken back, or whose consent has ended, never goes out again; what is due is on its way already. */
function isReplayable({ state }: StoredOutgoing, which: ReplayOrder['which']): boolean {
  return state === 'parked' || (which === 'all' && state === 'accepted');
}

async function replay(wire: Replayer, insurer: string, messages: readonly StoredOutgoing[]): Promise<number | Refusal> {
  if (messages.length === 0) return 0;
  const start = await reserve(wire, insurer, messages.length);
  if (isRefusal(start)) return start;
  const written = await Promise.all(
    messages.map((stored, index) =>
      wire.items.write([replayWrite(wire.messages, stored, new Date(start + (index * 1000) / replaysPerSecond))]),
    ),
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
