import type { InsurerKey } from '../../schemas/insurer.ts';

const warnDays = 30;

/**
 * Keys that are the last of their scheme and direction and end within 30 days: whoever sees this has that long to rotate
 * them. A key that a newer one follows may end in peace.
 */
export function endingKeys(keys: readonly InsurerKey[], now: Date): InsurerKey[] {
  const at = now.toISOString();
  const soon = new Date(now.getTime() + warnDays * 86_400_000).toISOString();
  const living = keys.filter(({ revokedAt, notAfter }) => revokedAt === undefined && (notAfter ?? '9') > at);
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
