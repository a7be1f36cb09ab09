import { createHash } from 'node:crypto';

/** Id of a message or entry: a digest of what it is about. The same cause gives the same id, and none holds a dot. */
export function digestId(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
