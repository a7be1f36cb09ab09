import { readMessage } from '../../functions/insurers/list-messages.ts';
import { byDue } from '../../functions/insurers/messages-table.ts';
import { type SignatureKey, verify } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { anInsurer, type World } from './world.ts';

// What can be seen of messages to insurers: at the hub, and by an insurer.

export const days = 86_400;

export const state = async (hub: World, id: string, of = anInsurer) => (await hub.outgoing(id, of))?.state;

export const attempts = async (hub: World, id: string) =>
  (await readMessage(hub.items, 'messages', 'out', anInsurer, id))!.attempts;

export const listed = (hub: World, list: string) => hub.items.queryIndex('messages', byDue, { pk: list });

/** What the insurer would say of a request. */
export function verdict(hub: World, keys: readonly SignatureKey[], n = 0) {
  const { headers, body, at } = hub.requests[n]!;
  const signed = {
    id: headers['webhook-id']!,
    timestamp: headers['webhook-timestamp']!,
    signature: headers['webhook-signature']!,
  };
  return verify(keys, signed, body, new Date(at));
}
