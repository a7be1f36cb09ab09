import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DeliveryView } from '../../schemas/delivery.ts';
import type { Report, RunView } from '../../schemas/run.ts';
import { download, type HubClient } from './client.ts';
import { fetchAcknowledgement, outcomeOf, type Push, type Pushed, push } from './exchange.ts';
import { progress } from './progress.ts';

export type Outcome = { readonly deliveries: DeliveryView[]; readonly run: RunView; readonly report?: Report };

/** Delivers files, waits for their acknowledgements, runs the cross-check and copies everything to `out`. */
export async function checkFiles(
  hub: HubClient,
  pushes: readonly Push[],
  options: { asOf: string; year?: string; out: string; quiet: boolean },
): Promise<Outcome> {
  await mkdir(options.out, { recursive: true });
  await rm(join(options.out, 'acks'), { recursive: true, force: true });
  const deliveries = await deliver(hub, pushes, options.quiet);
  for (const delivery of deliveries) await fetchAcknowledgement(delivery, join(options.out, 'acks'));
  const run = await runToEnd(hub, options);
  if (run.files === undefined) return { deliveries, run };
  await fetchRun(run.files, options.out);
  const report = JSON.parse(await readFile(join(options.out, 'report.json'), 'utf8')) as Report;
  return { deliveries, run, report };
}

/** Copies findings, report and its page to a folder. */
export async function fetchRun(files: NonNullable<RunView['files']>, folder: string): Promise<void> {
  await download(files.findings, join(folder, 'findings.csv'));
  await download(files.report, join(folder, 'report.json'));
  await download(files.page, join(folder, 'report.html'));
}

/** Pushes every file and waits until the hub has decided on each of these uploads. */
export async function deliver(hub: HubClient, pushes: readonly Push[], quiet: boolean): Promise<DeliveryView[]> {
  const shown = progress('接收 intake', quiet);
  const pushed: Pushed[] = [];
  for (const file of pushes) {
    shown.update(0, pushes.length, file.feed);
    pushed.push(await push(hub, file));
  }
  const views = new Map<Pushed, DeliveryView>();
  while (views.size < pushed.length) {
    for (const one of pushed.filter((one) => !views.has(one))) {
      const view = await outcomeOf(hub, one);
      if (view !== undefined) views.set(one, view);
    }
    shown.update(views.size, pushed.length);
    if (views.size < pushed.length) await pause(200);
  }
  shown.stop();
  return pushed.map((one) => views.get(one)!);
}

/** Starts a run and waits for its end. */
export async function runToEnd(
  hub: HubClient,
  options: { asOf: string; year?: string; quiet: boolean },
): Promise<RunView> {
  const shown = progress('比对 cross-check', options.quiet);
  let run = await hub.post<RunView>('/runs', { asOf: options.asOf, year: options.year });
  while (run.state === 'waiting' || run.state === 'running') {
    shown.update(run.done, Math.max(run.tasks, 1), run.runId);
    await pause(200);
    run = await hub.get<RunView>(`/runs/${run.runId}`);
  }
  shown.update(run.done, Math.max(run.tasks, 1), run.runId);
  shown.stop();
  return run;
}
