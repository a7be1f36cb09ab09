import { existsSync } from 'node:fs';
import type { DeliveryView } from '../../../schemas/delivery.ts';
import { feedNamed, feeds } from '../../../schemas/feeds/register.ts';
import { civilDateAt } from '../../../schemas/time.ts';
import { type ClientOptions, show } from '../answer.ts';
import { deliver } from '../check.ts';
import { hubOf } from '../client.ts';
import { settled } from '../exchange.ts';
import { showDeliveries } from '../show-outcome.ts';
import { UsageError } from '../usage-error.ts';

export async function pushFile(
  feed: string,
  file: string,
  options: ClientOptions & { mode: 'full' | 'delta'; dataAsOf?: string; sequence?: number },
): Promise<void> {
  if (feedNamed(feed) === undefined) {
    const known = feeds.map(({ name }) => name).join(', ');
    throw new UsageError(`没有数据源 ${feed}；可用：${known}`, `There is no feed ${feed}; known are: ${known}`);
  }
  if (!existsSync(file)) throw new UsageError(`没有这个文件：${file}`, `There is no such file: ${file}`);
  const manifestPath = `${file}.manifest.json`;
  const today = civilDateAt(new Date());
  if (options.dataAsOf === undefined && !existsSync(manifestPath) && options.json !== true)
    process.stderr.write(
      `未指定 --data-as-of：数据截止日期按今天 ${today} 计\nNo --data-as-of given: the file counts as of today, ${today}\n`,
    );
  const [delivery] = await deliver(
    hubOf(options),
    [
      {
        feed,
        path: file,
        mode: options.mode,
        countsAsOf: today,
        ...(options.dataAsOf === undefined ? {} : { dataAsOf: options.dataAsOf }),
        ...(options.sequence === undefined ? {} : { sequence: options.sequence }),
        ...(existsSync(manifestPath) ? { manifestPath } : {}),
      },
    ],
    options.json === true,
  );
  report(delivery!, options);
}

export async function showDelivery(deliveryId: string, options: ClientOptions): Promise<void> {
  report(await hubOf(options).get<DeliveryView>(path(deliveryId)), options);
}

export async function decide(
  decision: 'release' | 'refuse',
  deliveryId: string,
  options: ClientOptions,
): Promise<void> {
  const decided = await hubOf(options).post<DeliveryView>(`${path(deliveryId)}/${decision}`, {});
  show(options, decided, () => describe(decided));
}

const path = (deliveryId: string): string => `/deliveries/${encodeURIComponent(deliveryId)}`;

/** Exit code 1 for what is not the content of its feed. */
function report(delivery: DeliveryView, options: ClientOptions): void {
  show(options, delivery, () => describe(delivery));
  if (settled(delivery) && delivery.state !== 'accepted') process.exitCode = 1;
}

function describe(delivery: DeliveryView): string {
  const { deliveryId, state, change } = delivery;
  const words = changeWords[state];
  const counts = Object.entries(change ?? {}).map(([name, n]) => `${name} ${n}`);
  const changes = words === undefined || counts.length === 0 ? [] : [`${words}: ${counts.join(' · ')}`];
  return [showDeliveries([delivery]), deliveryId, ...changes].join('\n');
}

/** What is said of a full list beside the one before it, where it counts or may come to count. */
const changeWords: Partial<Record<DeliveryView['state'], string>> = {
  held: '放行后的变化 what a release would change',
  accepted: '变化 what it changed',
};
