import { createHash } from 'node:crypto';
import type { Delivery } from '../../schemas/delivery.ts';
import { isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import type { Feed } from '../../schemas/feeds/feed.ts';
import { feedNamed, feeds } from '../../schemas/feeds/register.ts';
import { isCivilDate } from '../../schemas/time.ts';

/** What the object key of a pushed file says. */
export type FileName = {
  readonly feed: Feed;
  readonly mode: 'full' | 'delta';
  readonly dataAsOf: string;
  readonly sequence: number;
};

export const manifestSuffix = '.manifest.json';
/** Folder and table key of what belongs to no feed. */
export const noFeed = 'unknown';

/** Reads `<feed>/<yyyymmdd>-<full|delta>-<sequence>.<ext>`, the key of a file or of its sidecar. */
export function parseObjectKey(key: string): FileName | Refusal {
  const [folder = '', ...rest] = key.split('/');
  const feed = feedNamed(folder);
  if (feed === undefined) {
    const known = feeds.map(({ name }) => name).join(', ');
    return rest.length === 0 ? refuse('bad-object-key', { key }) : refuse('unknown-feed', { feed: folder, known });
  }
  const parts = /^(\d{4})(\d{2})(\d{2})-(full|delta)-(\d{1,9})\.[^/]+$/.exec(rest.join('/'));
  const dataAsOf = parts?.slice(1, 4).join('-') ?? '';
  const sequence = Number(parts?.[5]);
  if (parts === null || !isCivilDate(dataAsOf) || sequence === 0) return refuse('bad-object-key', { key });
  return { feed, mode: parts[4] as 'full' | 'delta', dataAsOf, sequence };
}

/** What all deliveries of one date, mode and sequence of a feed have in common: `20220630-full-1-`. */
export function idStem({ dataAsOf, mode, sequence }: FileName): string {
  return `${dataAsOf.replaceAll('-', '')}-${mode}-${sequence}-`;
}

/** The delivery of a file: the same content under the same date, mode and sequence is the same delivery. */
export function deliveryIdOf(name: FileName, contentSha256: string): string {
  return `${name.feed.name}-${idStem(name)}${contentSha256.slice(0, 12)}`;
}

/** Id of a file that was refused unread, for its size or after many tries: the store alone knows what it holds. */
export function unreadIdOf(name: FileName, { eTag, bytes }: { readonly eTag: string; readonly bytes: number }): string {
  return deliveryIdOf(name, sha256(`${eTag} ${bytes}`));
}

/** Id of a manifest that came too late. */
export function lateManifestId(name: FileName, manifest: string): string {
  return `${name.feed.name}-${idStem(name)}manifest-${sha256(manifest).slice(0, 12)}`;
}

/** Id of a file whose key cannot be read; shown to the agency of the feed if the key names one. */
export function misnamedId(key: string, eTag: string): string {
  const name = parseObjectKey(key);
  const feed =
    isRefusal(name) && name.code === 'unknown-feed' ? noFeed : (feedNamed(key.split('/')[0]!)?.name ?? noFeed);
  return `${feed}-misnamed-${sha256(`${key}\n${eTag}`).slice(0, 12)}`;
}

/** The feed of a delivery id and the rest of the id; undefined when it is no delivery id. */
export function partsOfId(deliveryId: string): { feed: string; rest: string } | undefined {
  const parts = /^([a-z][a-z-]*?)-((?:\d{8}-(?:full|delta)-\d+|misnamed)-.+)$/.exec(deliveryId);
  return parts ? { feed: parts[1]!, rest: parts[2]! } : undefined;
}

/** What the name of a delivery's file said; undefined when it could not be read. */
export function nameOfDelivery({ feed, mode, dataAsOf, sequence }: Delivery): FileName | undefined {
  const known = feedNamed(feed);
  if (known === undefined || mode === undefined || dataAsOf === undefined || sequence === undefined) return undefined;
  return { feed: known, mode, dataAsOf, sequence };
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
