import { type Refusal, refuse } from '../../schemas/errors.ts';
import { GatewayLine, mostLines } from '../../schemas/messages.ts';
import { sign, toWire } from '../runtime/signatures/standard-webhooks.ts';
import { claim, readDue, waitsForAnother } from './attempt.ts';
import { type KnownInsurer, readInsurer } from './insurer-store.ts';
import { byDue } from './messages-table.ts';
import { type ReceiveAnswer, receive } from './receive.ts';
import { acceptByFile, endIfOver } from './record-attempt.ts';
import type { Wire } from './wire.ts';

/** A line that was given out and not confirmed by then is given out again. */
const confirmSeconds = 900;

/**
 * The next messages for an insurer that no connection leads to, signed as they would be on the wire. They count as sent
 * when `confirmExport` says that they are in a file; until then they come again.
 */
export async function exportMessages(wire: Wire, insurer: string): Promise<{ lines: GatewayLine[] } | Refusal> {
  const known = await readInsurer(wire.items, wire.insurers, insurer);
  if (known === undefined) return refuse('insurer/no-such-insurer');
  if (known.insurer.channel !== 'file') return refuse('messages/not-by-file');
  const lines: GatewayLine[] = [];
  if (known.insurer.state !== 'enabled') return { lines };
  const now = wire.now();
  const to = now.toISOString();
  const due = await wire.items.queryIndex(wire.messages, byDue, { pk: `out#${insurer}`, to, limit: mostLines });
  for (const { id } of due) {
    const line = await exportOne(wire, known, String(id), now, lines);
    if (line !== undefined) lines.push(line);
  }
  return { lines };
}

async function exportOne(
  wire: Wire,
  known: KnownInsurer,
  id: string,
  now: Date,
  given: readonly GatewayLine[],
): Promise<GatewayLine | undefined> {
  const insurer = known.insurer.id;
  const stored = await readDue(wire, insurer, id);
  if (stored === undefined || stored.dueAt! > now.toISOString()) return undefined;
  // What follows a line of this export stays due: it is in the next one, when that line is confirmed.
  if (given.some(({ headers }) => headers['webhook-id'] === stored.after)) return undefined;
  if ((await endIfOver(wire, stored, now)) || (await waitsForAnother(wire, stored, now))) return undefined;
  const keys = await wire.keyRing.open(known.keys, 'out');
  const own = keys.filter(({ scheme }) => known.insurer.schemes.includes(scheme));
  const signed = sign(own, id, now, Buffer.from(stored.body));
  if (signed === undefined) return undefined;
  // Given out, it may be on its way: from here on it cannot be taken back.
  if ((await claim(wire, { ...stored, slot: -1 }, now, confirmSeconds)) === undefined) return undefined;
  return { insurer, headers: toWire(signed) as GatewayLine['headers'], body: stored.body };
}

/** The lines are in a file: for the hub, these messages are accepted. @returns how many were. */
export async function confirmExport(wire: Wire, insurer: string, ids: readonly string[]): Promise<number> {
  let confirmed = 0;
  for (const id of ids.slice(0, mostLines)) {
    const stored = await readDue(wire, insurer, id);
    if (stored === undefined || stored.attempts === 0) continue;
    await acceptByFile(wire, stored);
    confirmed += 1;
  }
  return confirmed;
}

export type ImportAnswer = { readonly id: string; readonly insurer: string } & Pick<ReceiveAnswer, 'status' | 'body'>;

/** Messages of insurers that came as a file: each is taken as if it had come on the wire. */
export async function importMessages(wire: Wire, lines: readonly unknown[]): Promise<ImportAnswer[]> {
  const answers: ImportAnswer[] = [];
  for (const given of lines.slice(0, mostLines)) {
    const line = GatewayLine.safeParse(given);
    if (!line.success) {
      answers.push({
        id: '',
        insurer: '',
        status: 400,
        body: { code: 'not-a-line', detail: '不是报文行 · no message line' },
      });
      continue;
    }
    const { insurer, headers, body, bodyBase64 } = line.data;
    const answer = await receive(wire, {
      insurer,
      headers: {
        id: headers['webhook-id'],
        timestamp: headers['webhook-timestamp'],
        signature: headers['webhook-signature'],
      },
      body: Buffer.from(bodyBase64 ?? body ?? '', bodyBase64 === undefined ? 'utf8' : 'base64'),
      channel: 'file',
    });
    answers.push({ id: headers['webhook-id'], insurer, status: answer.status, body: answer.body });
  }
  return answers;
}
