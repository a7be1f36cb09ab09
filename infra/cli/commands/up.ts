import { startEmbedded } from '../embedded.ts';

export async function up(options: { data: string; port: number }): Promise<void> {
  const embedded = await startEmbedded({ data: options.data, port: options.port, schedules: true, warm: true });
  process.stdout.write(
    `枢纽已就绪 the hub is ready: ${embedded.address.endpoint} · 数据 data: ${options.data} · Ctrl-C 停止 to stop\n`,
  );
  await stopped();
  await embedded.stop();
}

/** Resolves when the process is asked to end. */
export const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
