import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { deliveryIdOf, parseObjectKey, unreadIdOf } from '../../functions/intake/object-key.ts';
import type { DeliveryList, DeliveryView, PushOrder, UploadAddresses } from '../../schemas/delivery.ts';
import { isRefusal } from '../../schemas/errors.ts';
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

/** The hub has decided and said so; it waits for somebody else, or for nothing. */
export const settled = (delivery: DeliveryView): boolean => delivery.acknowledgement !== undefined;

/** What an upload makes: one of these deliveries, whatever else came under the same key before. */
export type Pushed = Readonly<Pick<UploadAddresses, 'key' | 'sequence'>> & {
  /** The delivery of the file's content, and that of a file that could not be read. */
  readonly deliveryIds: readonly string[];
  /** Refusals of the very same file from before, as `deliveryId receivedAt`: the hub looks at it once more. */
  readonly refusedBefore: readonly string[];
};

/** Uploads a file, its manifest first. */
export async function push(hub: HubClient, file: Push): Promise<Pushed> {
  const order: z.input<typeof PushOrder> = {
    mode: file.mode,
    dataAsOf: file.dataAsOf ?? file.countsAsOf,
    sequence: file.sequence,
    extension: extensionOf(file.path),
  };
  const addresses = await hub.post<UploadAddresses>(`/feeds/${file.feed}/deliveries`, order);
  const { key, sequence, uploadUrl, manifestUploadUrl } = addresses;
  const before = await deliveriesUnder(hub, key);
  if (file.manifestPath !== undefined) await upload(manifestUploadUrl, file.manifestPath);
  const uploaded = await upload(uploadUrl, file.path);
  const name = parseObjectKey(key);
  if (isRefusal(name)) throw new Error(`The hub gave a key that it cannot read: ${key}`);
  return {
    key,
    sequence,
    deliveryIds: [deliveryIdOf(name, uploaded.sha256), unreadIdOf(name, uploaded)],
    refusedBefore: before.filter(({ state }) => state === 'refused').map(receipt),
  };
}

/** What the hub has decided on an upload; undefined until it has, and has said so. */
export async function outcomeOf(hub: HubClient, pushed: Pushed): Promise<DeliveryView | undefined> {
  const own = (await deliveriesUnder(hub, pushed.key)).filter(({ deliveryId }) =>
    pushed.deliveryIds.includes(deliveryId),
  );
  return own.find((delivery) => settled(delivery) && !pushed.refusedBefore.includes(receipt(delivery)));
}

const receipt = ({ deliveryId, receivedAt }: DeliveryView): string => `${deliveryId} ${receivedAt}`;

async function deliveriesUnder(hub: HubClient, key: string): Promise<DeliveryView[]> {
  const { deliveries } = await hub.get<DeliveryList>(`/deliveries?key=${encodeURIComponent(key)}`);
  return deliveries;
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
