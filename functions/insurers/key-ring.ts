import { createHash } from 'node:crypto';
import type { InsurerKey } from '../../schemas/insurer.ts';
import type { Sealer } from '../runtime/sealed.ts';
import type { SignatureKey } from '../runtime/signatures/standard-webhooks.ts';

/** Keys are sealed for the insurer they belong to. */
export const keyContext = (insurer: string) => ({ purpose: 'insurer-key', insurer });

export type KeyRing = {
  /** The keys of one direction, opened. */
  open(keys: readonly InsurerKey[], direction: InsurerKey['direction']): Promise<SignatureKey[]>;
};

const most = 2000;

/**
 * Opens sealed keys, and keeps those that were used last: what is sealed never changes. Whether a key is valid or revoked
 * stands beside it and is read anew every time.
 */
export function keyRing(sealer: Pick<Sealer, 'open'>): KeyRing {
  const opened = new Map<string, string>();
  const open = async ({ insurer, sealed }: InsurerKey): Promise<string> => {
    const name = `${insurer} ${createHash('sha256').update(sealed).digest('base64')}`;
    const known = opened.get(name);
    if (known !== undefined) return known;
    const text = (await sealer.open(sealed, keyContext(insurer))).toString('utf8');
    if (opened.size >= most) opened.delete(opened.keys().next().value!);
    opened.set(name, text);
    return text;
  };
  return {
    open: (keys, direction) =>
      Promise.all(
        keys
          .filter((key) => key.direction === direction)
          .map(async (key) => {
            const { kid, scheme, notBefore, notAfter, revokedAt } = key;
            return { kid, scheme, key: await open(key), notBefore, notAfter, revokedAt };
          }),
      ),
  };
}
