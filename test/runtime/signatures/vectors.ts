import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyRefusal, KeyRole, Scheme } from '../../../functions/runtime/signatures/scheme.ts';
import type { SignatureFault, SignatureKey } from '../../../functions/runtime/signatures/standard-webhooks.ts';

type Message = { name: string; id: string; timestamp: string; body: string; signature: string };

/** The published vectors of a scheme, as an insurer's engineer finds them. */
export type Vectors = {
  scheme: Scheme;
  keys: {
    signing: string;
    verifying: string;
    signingPem?: string;
    verifyingPem?: string;
    signingSeedOnly?: string;
  };
  vectors: (Message & { source: string })[];
  refused: (Message & { reason: string; fault: SignatureFault; at: number })[];
  refusedKeys: { role: KeyRole; key: string; refusal: KeyRefusal; reason: string }[];
};

export function vectorsOf(scheme: Scheme): Vectors {
  const path = join(import.meta.dirname, '..', '..', 'fixtures', 'signatures', `${scheme}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Vectors;
}

/** A key that is valid from 1970 on, unless told otherwise. */
export function keyOf(scheme: Scheme, key: string, but: Partial<SignatureKey> = {}): SignatureKey {
  return { kid: `${scheme}-1`, scheme, key, notBefore: '1970-01-01T00:00:00Z', ...but };
}

export const at = (seconds: number | string): Date => new Date(Number(seconds) * 1000);
