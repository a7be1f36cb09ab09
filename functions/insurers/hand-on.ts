import { z } from 'zod';
import type { InsurerEvent } from '../../schemas/messages.ts';
import type { Write } from '../runtime/items.ts';
import { aheadMs, type Box, messageKey } from './messages-table.ts';
import type { Wire } from './wire.ts';

/** What of a message tells where it belongs next. */
const Changed = z.object({
  sk: z.literal('message'),
  insurer: z.string(),
  id: z.string(),
  due: z.string(),
  dueAt: z.string(),
  /** Of messages that came in. */
  handed: z.int().optional(),
  /** Of messages that go out. */
  slot: z.int().optional(),
});

/**
 * Takes what the table's stream tells of: new messages of insurers go to settlement, new messages to insurers wake the
 * wire, and settlement hears what became of those. Nothing depends on it being done once, or at all: the sweep does the
 * same for what was missed.
 */
export async function handOn(
  wire: Pick<Wire, 'items' | 'messages' | 'events' | 'outbox' | 'now'>,
  changed: readonly unknown[],
): Promise<void> {
  // Clocks differ a little: what is due in a moment is waited for.
  const soon = new Date(wire.now().getTime() + aheadMs).toISOString();
  const messages = changed.flatMap((one) => {
    const parsed = Changed.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
  const listed = (list: string) => messages.filter(({ due }) => due.startsWith(`${list}#`));
  // What the sweep has put before settlement it has sent by itself.
  const incoming = listed('in').filter(({ handed }) => handed === 0);
  const outgoing = listed('out').filter(({ slot, dueAt }) => slot === 0 && dueAt <= soon);
  const news = listed('news');
  const wakes = [...new Set(outgoing.map(({ insurer }) => insurer))].map((insurer) => ({ insurer }));
  if (wakes.length > 0) await wire.outbox.send(wakes);
  await tell(wire, [...incoming.map(eventOf('in')), ...news.map(eventOf('out'))]);
  await Promise.all(news.map(({ insurer, id }) => wire.items.write([toldWrite(wire.messages, insurer, id)])));
}

export async function tell(wire: Pick<Wire, 'events'>, events: readonly InsurerEvent[]): Promise<void> {
  if (events.length > 0) await wire.events.send(events);
}

export const eventOf =
  (box: Box) =>
  ({ insurer, id }: { insurer: string; id: string }): InsurerEvent => ({ box, insurer, id });

/** The queue has it: nothing more is to be said of this message. */
export function toldWrite(table: string, insurer: string, id: string): Write {
  return {
    table,
    update: messageKey('out', insurer, id),
    remove: ['due', 'dueAt'],
    when: { due: `news#${insurer}` },
  };
}
