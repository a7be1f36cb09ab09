import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Acknowledgement, DeliveryState } from '../../schemas/delivery.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { download, type HubClient, upload } from './client.ts';
import { UsageError } from './usage-error.ts';

/** A file on its way to the hub. */
export type Push = {
  readonly feed: string;
  readonly path: string;
  /** The sidecar manifest, where there is one. */
  readonly manifestPath?: string;
  readonly mode: 'full' | 'delta';
  /** Civil date; undefined: not declared, the hub counts the file as of `countsAsOf`. */
  readonly dataAsOf?: string;
  readonly countsAsOf: string;
  /** Undefined: the feed's next. */
  readonly sequence?: number;
};

export type DeliveryView = {
  readonly deliveryId: string;
  readonly feed: string;
  readonly key: string;
  readonly sequence: number;
  readonly state: DeliveryState;
  /** Why it was refused, is held or waits, and what else is to be said of it. */
  readonly reasons?: readonly { readonly zh: string; readonly en: string; readonly code: string }[];
  readonly counts?: Acknowledgement['counts'];
  /** Addresses of the acknowledgement, once there is one. */
  readonly acknowledgement?: { readonly ack: string; readonly errors: string | null };
};

/** The hub has decided and said so; it waits for somebody else, or for nothing. */
export const settled = (delivery: DeliveryView): boolean => delivery.acknowledgement !== undefined;

/** Uploads a file, its manifest first, and returns the object's key. */
export async function push(hub: HubClient, file: Push): Promise<{ key: string; sequence: number }> {
  const place = await hub.post<{ key: string; sequence: number; uploadUrl: string; manifestUploadUrl: string }>(
    `/feeds/${file.feed}/deliveries`,
    {
      mode: file.mode,
      dataAsOf: file.dataAsOf ?? file.countsAsOf,
      sequence: file.sequence,
      extension: extensionOf(file.path),
    },
  );
  if (file.manifestPath !== undefined) await upload(place.manifestUploadUrl, file.manifestPath);
  await upload(place.uploadUrl, file.path);
  return place;
}

/** Files of a folder that are named after a feed, with what their manifests say. @throws UsageError */
export function filesOf(folder: string, asOf: string): { pushes: Push[]; ignored: string[] } {
  if (!existsSync(folder)) throw new UsageError(`没有这个文件夹：${folder}`, `There is no such folder: ${folder}`);
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
  const pushes: Push[] = [];
  const ignored: string[] = [];
  for (const name of names.filter((one) => !one.endsWith('.manifest.json'))) {
    const feed = name.split('.')[0] ?? '';
    if (feedNamed(feed) === undefined || !name.includes('.')) {
      ignored.push(name);
      continue;
    }
    const twice = pushes.find((other) => other.feed === feed);
    if (twice !== undefined) {
      throw new UsageError(
        `同一数据源有两个文件：${twice.path} 与 ${name}，请只保留一个`,
        `Two files of one feed, ${twice.path} and ${name}: keep one`,
      );
    }
    pushes.push({
      feed,
      path: join(folder, name),
      countsAsOf: asOf,
      ...declarations(join(folder, `${name}.manifest.json`)),
    });
  }
  if (pushes.length === 0) {
    throw new UsageError(
      `${folder} 中没有以数据源命名的文件（如 enrolment.csv）`,
      `${folder} holds no file named after a feed, such as enrolment.csv`,
    );
  }
  return { pushes, ignored };
}

/** The manifest is checked by the hub; here it only says where the file belongs. */
function declarations(path: string): Pick<Push, 'mode' | 'dataAsOf' | 'sequence' | 'manifestPath'> {
  if (!existsSync(path)) return { mode: 'full' };
  let manifest: { mode?: string; dataAsOf?: string; sequence?: number };
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new UsageError(`${path} 不是有效的 JSON，请修正或删除`, `${path} is not JSON: mend it or take it away`);
  }
  return {
    manifestPath: path,
    mode: manifest.mode === 'delta' ? 'delta' : 'full',
    ...(typeof manifest.dataAsOf === 'string' ? { dataAsOf: manifest.dataAsOf } : {}),
    ...(typeof manifest.sequence === 'number' ? { sequence: manifest.sequence } : {}),
  };
}

/** `enrolment.csv.gz` → `csv.gz`. */
const extensionOf = (path: string): string =>
  (path.split('/').at(-1) ?? '').split('.').slice(1).join('.').toLowerCase();

/** Copies the acknowledgement and its error list to `<folder>/<feed>.ack.json` and `.errors.csv`. */
export async function fetchAcknowledgement(delivery: DeliveryView, folder: string): Promise<void> {
  if (delivery.acknowledgement === undefined) return;
  await download(delivery.acknowledgement.ack, join(folder, `${delivery.feed}.ack.json`));
  const errors = join(folder, `${delivery.feed}.errors.csv`);
  if (delivery.acknowledgement.errors !== null) await download(delivery.acknowledgement.errors, errors);
  else await writeFile(errors, '\ufeffrow,codes,column,value,message\r\n');
}
