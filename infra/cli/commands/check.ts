import { explain, isRefusal } from '../../../schemas/errors.ts';
import { parseSettings } from '../../../schemas/settings.ts';
import { checkFiles } from '../check.ts';
import { startEmbedded } from '../embedded.ts';
import { filesOf } from '../exchange.ts';
import { readJsonFile } from '../read-json-file.ts';
import { showOutcome } from '../show-outcome.ts';
import { UsageError } from '../usage-error.ts';

/** Exit code 0: the run completed and every delivery was accepted. 1: one was refused, held or waits, or the run failed. */
export async function check(
  folder: string,
  options: { asOf: string; year?: string; out: string; settings?: string; data?: string; json?: boolean },
): Promise<void> {
  const started = performance.now();
  const { pushes, ignored } = filesOf(folder, options.asOf);
  const settings = options.settings === undefined ? undefined : await settingsOf(options.settings);
  if (ignored.length > 0)
    process.stderr.write(`未识别的文件，已略过 files not named after a feed, left out: ${ignored.join(', ')}\n`);
  const quiet = options.json === true;
  const embedded = await startEmbedded({
    schedules: false,
    ...(options.data === undefined ? {} : { data: options.data }),
  });
  const stop = () => void embedded.stop().then(() => process.exit(130));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    if (settings !== undefined) await embedded.client.put('/settings', settings);
    const outcome = await checkFiles(embedded.client, pushes, { ...options, quiet });
    const findingsReady = performance.now();
    await embedded.hub.idle();
    const casesStored = performance.now();
    process.stdout.write(`${showOutcome(outcome, options.out, quiet)}\n`);
    const seconds = (until: number) => `${((until - started) / 1000).toFixed(1)} s`;
    if (!quiet)
      process.stdout.write(
        `用时 time: 疑点 findings ${seconds(findingsReady)} · 个案入库 cases stored ${seconds(casesStored)}\n`,
      );
    const taken = outcome.deliveries.every(({ state }) => state === 'accepted');
    process.exitCode = taken && outcome.run.state === 'completed' ? 0 : 1;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await embedded.stop();
  }
}

/** Looked at before a hub is started for them. */
async function settingsOf(path: string): Promise<unknown> {
  const content = await readJsonFile(path);
  const parsed = parseSettings(content);
  if (isRefusal(parsed)) throw new UsageError(explain(parsed).zh, explain(parsed).en);
  return content;
}
