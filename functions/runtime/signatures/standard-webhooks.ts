import { signerOf, verifierOf } from './keys.ts';
import type { Scheme, Verifier } from './scheme.ts';

/**
 * Standard Webhooks 1.0.0 in both directions, and for machine clients of the API: signed is `id.timestamp.body` over
 * the raw bytes. Sources: standardwebhooks.com, and for the schemes beside v1 and v1a domain/settlement.md.
 */
export type SignedHeaders = { readonly id: string; readonly timestamp: string; readonly signature: string };

export type SignatureKey = {
  readonly kid: string;
  readonly scheme: Scheme;
  /** In its text form: to sign, the secret or private key; to verify, the secret or public key. */
  readonly key: string;
  /** Instants in ISO 8601: valid from `notBefore` on, until just before `notAfter`. */
  readonly notBefore: string;
  readonly notAfter?: string | undefined;
  /** A key that has this is dead, whatever the clock says. */
  readonly revokedAt?: string | undefined;
};

/** Why a message is not let in. What its sender is told is one and the same for all of them. */
export type SignatureFault =
  | 'malformed-id'
  | 'malformed-timestamp'
  | 'malformed-signature'
  | 'stale'
  | 'no-valid-key'
  | 'no-configured-scheme'
  | 'wrong-signature';

/** The key whose signature fits, or what is wrong. */
export type Verdict = { readonly kid: string; readonly fault?: undefined } | { readonly fault: SignatureFault };

/** Header names on the wire. */
export const signatureHeaders = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;

export const defaultToleranceSeconds = 300;
const mostSignatures = 10;
// Visible ASCII without the dot, which separates the parts of what is signed.
const idForm = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;
const timestampForm = /^\d{10}$/;

/**
 * One signature for each key that is valid at that moment, the newest first: so a receiver follows a rotation whenever
 * it likes. Undefined when no key is valid: there is nothing to sign with.
 * @throws for an id that no receiver would take, and for a text that is not a key.
 */
export function sign(keys: readonly SignatureKey[], id: string, at: Date, body: Uint8Array): SignedHeaders | undefined {
  if (!idForm.test(id)) throw new Error('The id of a message is visible ASCII without a dot.');
  const timestamp = String(Math.floor(at.getTime() / 1000));
  if (!timestampForm.test(timestamp)) throw new Error('The time of a message has ten digits.');
  const valid = keys.filter((key) => isValid(key, at)).sort((a, b) => startOf(b) - startOf(a));
  if (valid.length === 0) return undefined;
  const content = { prefix: `${id}.${timestamp}.`, body };
  const signatures = valid
    .slice(0, mostSignatures)
    .map(({ scheme, key }) => `${scheme},${signerOf(scheme, key)(content)}`);
  return { id, timestamp, signature: signatures.join(' ') };
}

/**
 * Lets a message in when one signature of its list was made with one of the keys, and its time is within the tolerance.
 * Signatures of a scheme for which there is no key are passed over: what a sender has is what was agreed with it.
 */
export function verify(
  keys: readonly SignatureKey[],
  headers: Partial<SignedHeaders>,
  body: Uint8Array,
  at: Date,
  toleranceSeconds = defaultToleranceSeconds,
): Verdict {
  const { id = '', timestamp = '', signature = '' } = headers;
  if (!idForm.test(id)) return { fault: 'malformed-id' };
  if (!timestampForm.test(timestamp)) return { fault: 'malformed-timestamp' };
  // Nearly always it is one: that way costs no list.
  const offered = signature.includes(' ') ? signature.split(' ') : [signature];
  if (signature === '' || offered.length > mostSignatures) return { fault: 'malformed-signature' };
  if (!(Math.abs(at.getTime() - Number(timestamp) * 1000) <= toleranceSeconds * 1000)) return { fault: 'stale' };
  const content = { prefix: `${id}.${timestamp}.`, body };
  let [valid, compared] = [0, 0];
  let kid: string | undefined;
  // Every pair is compared, so that the time taken does not tell which key or signature was close.
  for (const key of keys) {
    if (!isValid(key, at)) continue;
    valid += 1;
    const label = `${key.scheme},`;
    let fits: ReturnType<Verifier> | undefined;
    for (const one of offered) {
      if (!one.startsWith(label)) continue;
      fits ??= verifierOf(key.scheme, key.key)(content);
      compared += 1;
      if (fits(one.slice(label.length))) kid ??= key.kid;
    }
  }
  if (kid !== undefined) return { kid };
  if (valid === 0) return { fault: 'no-valid-key' };
  return { fault: compared === 0 ? 'no-configured-scheme' : 'wrong-signature' };
}

/** The headers of a request to send. */
export function toWire(signed: SignedHeaders): Record<string, string> {
  return {
    [signatureHeaders.id]: signed.id,
    [signatureHeaders.timestamp]: signed.timestamp,
    [signatureHeaders.signature]: signed.signature,
  };
}

/** @param header The value of a header of the request, by its name in small letters. */
export function fromWire(header: (name: string) => string | undefined): Partial<SignedHeaders> {
  const read = (name: keyof typeof signatureHeaders) => {
    const value = header(signatureHeaders[name]);
    return value === undefined ? {} : { [name]: value };
  };
  return { ...read('id'), ...read('timestamp'), ...read('signature') };
}

export function isValid(key: SignatureKey, at: Date): boolean {
  if (key.revokedAt !== undefined || !(startOf(key) <= at.getTime())) return false;
  return key.notAfter === undefined || at.getTime() < Date.parse(key.notAfter);
}

function startOf(key: SignatureKey): number {
  return Date.parse(key.notBefore);
}
