import { newKeys } from '../runtime/signatures/keys.ts';
import { schemes } from '../runtime/signatures/scheme.ts';
import type { SignatureKey } from '../runtime/signatures/standard-webhooks.ts';

let made: readonly SignatureKey[] | undefined;

/** A key of every scheme that belongs to nobody. What is held against them takes its time and fits none. */
export function decoyKeys(): readonly SignatureKey[] {
  made ??= schemes.map((scheme) => ({
    kid: `decoy-${scheme}`,
    scheme,
    key: newKeys(scheme).verifying,
    notBefore: '1970-01-01T00:00:00.000Z',
  }));
  return made;
}
