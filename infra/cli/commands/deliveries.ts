import { existsSync } from 'node:fs';
import type { DeliveryView } from '../../../schemas/delivery.ts';
import { feedNamed, feeds } from '../../../schemas/feeds/register.ts';
import type { ClientOptions } from '../answer.ts';
import { deliver } from '../check.ts';
import { addressOf, hubClient } from '../client.ts';
import { settled } from '../exchange.ts';
import { showDeliveries } from '../show-outcome.ts';
import { UsageError } from '../usage-error.ts';

export async function pushFile(
  feed: string,
  file: string,
  options: ClientOptions & { mode: string; dataAsOf?: string; sequence?: number },
): Promise<void> {
  if (feedNamed(feed) === undefined) {
    const known = feeds.map(({ name }) => name).join(', ');
    throw new UsageError(`没有数据源 ${feed}；可用：${known}`, `There is no feed ${feed}; known are: ${known}`);
  }
  if (!existsSync(file)) throw new UsageError(`没有这个文件：${file}`, `There is no such file: ${file}`);
  if (options.mode !== 'full' && options.mode !== 'delta')
    throw new UsageError('--mode 只能是 full 或 delta', '--mode is full or delta');
  const manifestPath = `${file}.manifest.json`;
  const today = todayInShanghai();
  if (options.dataAsOf === undefined && !existsSync(manifestPath) && options.json !== true)
    process.stderr.write(
      `未指定 --data-as-of：数据截止日期按今天 ${today} 计\nNo --data-as-of given: the file counts as of today, ${today}\n`,
    );
  const [delivery] = await deliver(
    hubClient(addressOf(options)),
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

export async function show(deliveryId: string, options: ClientOptions): Promise<void> {
  const view = await hubClient(addressOf(options)).get<DeliveryView>(`/deliveries/${deliveryId}`);
  report(view, options);
  if (view.change !== undefined && options.json !== true) {
    process.stdout.write(
      `放行后的变化 what a release would change: ${Object.entries(view.change)
        .map(([name, n]) => `${name} ${n}`)
        .join(' · ')}\n`,
    );
  }
}

export async function decide(
  decision: 'release' | 'refuse',
  deliveryId: string,
  options: ClientOptions,
): Promise<void> {
  print(await hubClient(addressOf(options)).post<DeliveryView>(`/deliveries/${deliveryId}/${decision}`, {}), options);
}

/** Exit code 1 for what is not the content of its feed. */
function report(delivery: DeliveryView, options: ClientOptions): void {
  print(delivery, options);
  if (settled(delivery) && delivery.state !== 'accepted') process.exitCode = 1;
}

function print(delivery: DeliveryView, options: ClientOptions): void {
  process.stdout.write(
    options.json === true ? `${JSON.stringify(delivery)}\n` : `${showDeliveries([delivery])}\n${delivery.deliveryId}\n`,
  );
}

export const todayInShanghai = (): string => new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' });
