import { StoredOutgoing } from '../../schemas/messages.ts';
import type { Write } from '../runtime/items.ts';
import type { TransportAnswer } from '../runtime/ports.ts';
import { sign, toWire } from '../runtime/signatures/standard-webhooks.ts';
import type { KnownInsurer } from './insurer-store.ts';
import type { Judgement } from './judge-answer.ts';
import { messageKey } from './messages-table.ts';
import { endIfOver, type NoKey, noKey, record } from './record-attempt.ts';
import type { Wire } from './wire.ts';

/** What came of looking at a due message; `none`: another has it, it is not due, or it ended without an attempt. */
export type AttemptResult = Judgement | { readonly kind: 'none' };

export const timeoutMs = 15_000;

/** An attempt whose outcome nobody has recorded by then was lost with its worker. Longer than an attempt can take. */
export const claimSeconds = 30;

/**
 * One attempt to send a message: claim it, send it, record what came of it. Whoever is stopped in between leaves a claim
 * that ends by itself, and the next attempt carries the same id.
 */
export async function attempt(wire: Wire, to: KnownInsurer, id: string): Promise<AttemptResult> {
  const insurer = to.insurer.id;
  const stored = await readDue(wire, insurer, id);
  const now = wire.now();
  if (stored === undefined || stored.dueAt! > now.toISOString()) return none;
  if (await endIfOver(wire, stored, now)) return none;
  if (await waitsForAnother(wire, stored, now)) return none;
  const claimed = await claim(wire, stored, now);
  if (claimed === undefined) return none;
  const answer = await send(wire, to, claimed);
  return record(wire, claimed, now, answer);
}

const none: AttemptResult = { kind: 'none' };

/** A message that is due; undefined when it is not, or not any more. */
export async function readDue(
  wire: Pick<Wire, 'items' | 'messages'>,
  insurer: string,
  id: string,
): Promise<StoredOutgoing | undefined> {
  const item = await wire.items.get(wire.messages, messageKey('out', insurer, id));
  const stored = item && StoredOutgoing.parse(item);
  return stored?.state === 'due' ? stored : undefined;
}

/** Puts a message behind the one that has to be through first, as long as that is due. */
export async function waitsForAnother(wire: Wire, stored: StoredOutgoing, now: Date): Promise<boolean> {
  if (stored.after === undefined) return false;
  const first = await readDue(wire, stored.insurer, stored.after);
  if (first === undefined) return false;
  const behind = Math.max(Date.parse(first.dueAt!), now.getTime()) + 1000;
  await wire.items.write([postponeWrite(wire.messages, stored.insurer, stored.id, new Date(behind))]);
  return true;
}

export function postponeWrite(table: string, insurer: string, id: string, until: Date): Write {
  return {
    table,
    update: messageKey('out', insurer, id),
    set: { dueAt: until.toISOString() },
    when: { state: 'due', due: `out#${insurer}` },
  };
}

/** From here on somebody may have the message. @param seconds Until the claim ends by itself. */
export async function claim(
  wire: Wire,
  stored: StoredOutgoing,
  now: Date,
  seconds = claimSeconds,
): Promise<StoredOutgoing | undefined> {
  const { insurer, id, attempts, slot } = stored;
  const next = {
    attempts: attempts + 1,
    slot: slot + 1,
    dueAt: new Date(now.getTime() + seconds * 1000).toISOString(),
  };
  const made = await wire.items.write([
    {
      table: wire.messages,
      update: messageKey('out', insurer, id),
      set: next,
      when: { state: 'due', attempts, dueAt: stored.dueAt! },
    },
  ]);
  return made ? { ...stored, ...next } : undefined;
}

/** Signed anew: the same id, another time, the keys of this moment. */
async function send(wire: Wire, to: KnownInsurer, { id, body }: StoredOutgoing): Promise<TransportAnswer | NoKey> {
  const { url, schemes, ranges } = to.insurer;
  const keys = await wire.keyRing.open(to.keys, 'out');
  const bytes = Buffer.from(body);
  const signed = sign(
    keys.filter(({ scheme }) => schemes.includes(scheme)),
    id,
    wire.now(),
    bytes,
  );
  if (signed === undefined) return noKey;
  return wire.transport({
    url: url ?? '',
    headers: { 'content-type': 'application/json', 'user-agent': 'canbao/1', ...toWire(signed) },
    body: bytes,
    allowedRanges: ranges.filter(({ approvedBy }) => approvedBy !== undefined).map(({ range }) => range),
    timeoutMs,
  });
}
