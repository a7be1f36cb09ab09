import { modulesOf } from '../../functions/runtime/register.ts';
import type { Feed } from './feed.ts';

/** Every feed the hub knows: one file `<name>.feed.ts` each, in the order of their names. */
export const feeds: readonly Feed[] = await modulesOf<Feed>(import.meta.dirname, /\.feed\.ts$/);

export function feedNamed(name: string): Feed | undefined {
  return feeds.find((feed) => feed.name === name);
}
