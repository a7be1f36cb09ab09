import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Standard Webhooks 1.0.0, scheme v1 (HMAC-SHA-256): signed content is `id.timestamp.body` over the raw bytes.
 * Source: standardwebhooks.com and domain/settlement.md, Signatures.
 */
export type SignedHeaders = { readonly id: string; readonly timestamp: string; readonly signature: string };

/** Header names on the wire. */
export const signatureHeaders = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;

/** Why a request is not let in. What the caller is told is one and the same for all of them. */
export type SignatureFault =
  | 'malformed-id'
  | 'malformed-timestamp'
  | 'stale'
  | 'malformed-signature'
  | 'wrong-signature';

/** @param key `whsec_` + base64 of 24 to 64 bytes. @param atSeconds Unix time. */
export function sign(key: string, id: string, atSeconds: number, body: Uint8Array): SignedHeaders {
  const timestamp = String(atSeconds);
  return { id, timestamp, signature: `v1,${digest(key, id, timestamp, body).toString('base64')}` };
}

/** Undefined when one signature of the list was made with one of the keys within the tolerance; else what is wrong. */
export function verify(
  keys: readonly string[],
  headers: Partial<SignedHeaders>,
  body: Uint8Array,
  atSeconds: number,
  toleranceSeconds = 300,
): SignatureFault | undefined {
  const { id = '', timestamp = '', signature = '' } = headers;
  if (id === '' || id.includes('.') || id.length > 256) return 'malformed-id';
  if (!/^\d{10}$/.test(timestamp)) return 'malformed-timestamp';
  if (Math.abs(atSeconds - Number(timestamp)) > toleranceSeconds) return 'stale';
  const given = signature.split(' ');
  if (signature === '' || given.length > 10) return 'malformed-signature';
  const offered = given.filter((one) => one.startsWith('v1,')).map((one) => Buffer.from(one.slice(3), 'base64'));
  const expected = keys.map((key) => digest(key, id, timestamp, body));
  // Every pair is compared, so that the time taken does not tell which key or signature was close.
  const matches = expected.flatMap((one) =>
    offered.map((other) => other.length === one.length && timingSafeEqual(one, other)),
  );
  return matches.includes(true) ? undefined : 'wrong-signature';
}

/** The key of a machine client, made from the hub's secret: nothing to store, the same on every instance. */
export function clientKey(secret: string, client: string): string {
  return `whsec_${createHmac('sha256', secret).update(`client:${client}`).digest('base64')}`;
}

function digest(key: string, id: string, timestamp: string, body: Uint8Array): Buffer {
  return createHmac('sha256', bytesOf(key)).update(`${id}.${timestamp}.`).update(body).digest();
}

function bytesOf(key: string): Buffer {
  const bytes = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  if (!key.startsWith('whsec_') || bytes.length < 24 || bytes.length > 64)
    throw new Error('A v1 key is whsec_ and base64 of 24 to 64 bytes.');
  return bytes;
}
