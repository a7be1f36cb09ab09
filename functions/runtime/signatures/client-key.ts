import { createHmac } from 'node:crypto';
import type { SignatureKey } from './standard-webhooks.ts';

/** The key of a machine client, made from the hub's secret: nothing to store, the same on every instance. */
export function clientKey(secret: string, client: string): string {
  return `whsec_${createHmac('sha256', secret).update(`client:${client}`).digest('base64')}`;
}

/** A machine client, such as `core`, or an operator with a key of their own: `operator/li`. */
export const clientName = /^(core|operator(\/[a-z0-9][a-z0-9.-]{0,29})?)$/;

/** Whether a name is one person's: what it signs, nobody else did. */
export const isPersonal = (client: string): boolean => client.includes('/');

/** A client's key as keys to sign and verify with: it does not end. */
export function clientKeys(client: string, key: string): readonly SignatureKey[] {
  return [{ kid: client, scheme: 'v1', key, notBefore: '1970-01-01T00:00:00Z' }];
}
