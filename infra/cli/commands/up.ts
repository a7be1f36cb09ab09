import { startEmbedded } from '../embedded.ts';
import { stopped } from '../stopped.ts';

export async function up(options: { data: string; port: number }): Promise<void> {
  const embedded = await startEmbedded({ data: options.data, port: options.port, schedules: true, warm: true });
  process.stdout.write(
    `枢纽已就绪 the hub is ready: ${embedded.address.endpoint} · 数据 data: ${options.data} · Ctrl-C 停止 to stop\n`,
  );
  await stopped();
  await embedded.stop();
}
