import { hmacScheme } from './hmac.ts';
import type { KeyRefusal, KeyRole, NewKeys, Scheme, SchemeRule, Signer, Verifier } from './scheme.ts';
import { sm2 } from './sm2.ts';
import { v1a } from './v1a.ts';

const rules: Record<Scheme, SchemeRule> = { v1: hmacScheme('sha256'), v1a, sm2, sm3: hmacScheme('sm3') };

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
  return kept(signers, `${scheme} ${text}`, () => rules[scheme].signer(text));
}

/** @throws when the text is no verifying key: keys are checked when they are set up. */
export function verifierOf(scheme: Scheme, text: string): Verifier {
  return kept(verifiers, `${scheme} ${text}`, () => rules[scheme].verifier(text));
}

// Reading a key costs more than using it (SM2: 7 ms against 0.6), so those used last stay read.
const most = 500;
const signers = new Map<string, Signer>();
const verifiers = new Map<string, Verifier>();

function kept<T extends Signer | Verifier>(cache: Map<string, T>, name: string, read: () => T | KeyRefusal): T {
  const found = cache.get(name);
  if (found !== undefined) return found;
  const made = read();
  if (typeof made === 'string') throw new Error(`A key of the scheme ${name.split(' ')[0]} cannot be read: ${made}.`);
  if (cache.size >= most) cache.delete(cache.keys().next().value!);
  cache.set(name, made);
  return made;
}
