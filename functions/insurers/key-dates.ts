import type { InsurerKey } from '../../schemas/insurer.ts';
import type { Scheme } from '../runtime/signatures/scheme.ts';

const warnDays = 30;

/**
 * Keys that are the last of their scheme and direction and end within 30 days: whoever sees this has that long to rotate
 * them. A key that a newer one follows may end in peace.
 */
export function endingKeys(keys: readonly InsurerKey[], now: Date): InsurerKey[] {
  const soon = new Date(now.getTime() + warnDays * 86_400_000).toISOString();
  const at = now.toISOString();
  const living = keys.filter((key) => isLiving(key, at));
  return living.filter((key) => {
    if (key.notAfter === undefined || key.notAfter > soon) return false;
    const followed = living.some(
      (other) =>
        other.scheme === key.scheme &&
        other.direction === key.direction &&
        (other.notAfter ?? '9') > key.notAfter! &&
        other.notBefore <= key.notAfter!,
    );
    return !followed;
  });
}

/** Schemes and directions in which an insurer has no key that lives: nothing can be signed, or let in, that way. */
export function missingKeys(
  schemes: readonly Scheme[],
  keys: readonly InsurerKey[],
  now: Date,
): { scheme: Scheme; direction: 'in' | 'out'; hadOne: boolean }[] {
  const at = now.toISOString();
  const pairs = schemes.flatMap((scheme) => (['in', 'out'] as const).map((direction) => ({ scheme, direction })));
  return pairs.flatMap((pair) => {
    const own = keys.filter(({ scheme, direction }) => scheme === pair.scheme && direction === pair.direction);
    return own.some((key) => isLiving(key, at)) ? [] : [{ ...pair, hadOne: own.length > 0 }];
  });
}

const isLiving = ({ revokedAt, notAfter }: InsurerKey, at: string): boolean =>
  revokedAt === undefined && (notAfter ?? '9') > at;
