import { hmacScheme } from './hmac.ts';
import type { KeyRefusal, KeyRole, NewKeys, Scheme, SchemeRule, Signer, Verifier } from './scheme.ts';
import { sm2 } from './sm2.ts';
import { v1a } from './v1a.ts';

const rules: Record<Scheme, SchemeRule> = { v1: hmacScheme('sha256'), v1a, sm2, sm3: hmacScheme('sm3') };

const secretForm = 'whsec_ + base64, 24-64 bytes';
/** Texts that are keys, for people: what to give where one was refused. */
export const keyForms: Record<Scheme, Record<KeyRole, string>> = {
  v1: { signing: secretForm, verifying: secretForm },
  sm3: { signing: secretForm, verifying: secretForm },
  v1a: {
    signing: 'PEM (PKCS #8) | whsk_ + base64, 32 | 64 bytes',
    verifying: 'PEM (SPKI) | whpk_ + base64, 32 bytes',
  },
  sm2: { signing: 'PEM (PKCS #8) | hex, 64', verifying: 'PEM (SPKI) | hex, 04 + 128' },
};

export function newKeys(scheme: Scheme): NewKeys {
  return rules[scheme].newKeys();
}

/** Undefined when the text is a key of that scheme for that role; else why not. */
export function checkKey(scheme: Scheme, role: KeyRole, text: string): KeyRefusal | undefined {
  const read = role === 'signing' ? rules[scheme].signer(text) : rules[scheme].verifier(text);
  return typeof read === 'string' ? read : undefined;
}

/** @throws when the text is no signing key: keys are checked when they are set up. */
export function signerOf(scheme: Scheme, text: string): Signer {
  return signers[scheme].get(text) ?? keep(signers, scheme, text, rules[scheme].signer(text));
}

/** @throws when the text is no verifying key: keys are checked when they are set up. */
export function verifierOf(scheme: Scheme, text: string): Verifier {
  return verifiers[scheme].get(text) ?? keep(verifiers, scheme, text, rules[scheme].verifier(text));
}

// Reading a key costs more than using it (SM2: 14 ms against 0.6), so those read last stay read.
type Kept<T> = Record<Scheme, Map<string, T>>;
const most = 200;
const empty = <T>(): Kept<T> => ({ v1: new Map(), v1a: new Map(), sm2: new Map(), sm3: new Map() });
const signers = empty<Signer>();
const verifiers = empty<Verifier>();

function keep<T extends Signer | Verifier>(kept: Kept<T>, scheme: Scheme, text: string, read: T | KeyRefusal): T {
  if (typeof read === 'string') throw new Error(`A key of the scheme ${scheme} cannot be read: ${read}.`);
  const cache = kept[scheme];
  if (cache.size >= most) cache.delete(cache.keys().next().value!);
  cache.set(text, read);
  return read;
}
