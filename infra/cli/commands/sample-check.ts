import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SampleSummary, SampleView } from '../../../schemas/sample-check.ts';
import { civilDateAt, yearOf } from '../../../schemas/time.ts';
import { type ClientOptions, show } from '../answer.ts';
import { download, type HubClient, hubOf } from '../client.ts';
import { progress } from '../progress.ts';
import { number, tableOf } from '../table.ts';

type Wanted = {
  year?: string;
  share: number;
  seed?: string;
  asOf?: string;
  enrolment?: string;
  population?: string;
};

/** Has a sample of the insured drawn, copies its list and summary, and says how many of whom it holds. */
export async function sampleCheck(options: ClientOptions & Wanted & { out: string }): Promise<void> {
  const { endpoint: _, data: __, json, out, ...wanted } = options;
  const year = wanted.year ?? yearOf(civilDateAt(new Date()));
  const drawn = await drawToEnd(hubOf(options), { ...wanted, year }, json === true);
  if (drawn.files === undefined) {
    show(options, drawn, () => `抽查未完成 not drawn: ${drawn.reason ?? ''}`);
    process.exitCode = 1;
    return;
  }
  const [list, said] = [join(out, 'sample-check.csv'), join(out, 'sample-check.json')];
  await download(drawn.files.list, list);
  await download(drawn.files.summary, said);
  const summary = SampleSummary.parse(JSON.parse(await readFile(said, 'utf8')));
  show(options, { ...summary, list }, () => `${describe(summary)}\n名单 list: ${list}`);
}

/** Asks for a sample and waits until it is drawn. */
export async function drawToEnd(
  hub: HubClient,
  wanted: Wanted & { year: string },
  quiet: boolean,
): Promise<SampleView> {
  const shown = progress('抽查 sample check', quiet);
  let view = SampleView.parse(await hub.post('/sample-checks', wanted));
  while (view.state === 'waiting') {
    shown.update(0, 1, view.sampleId);
    await pause(200);
    view = SampleView.parse(await hub.get(`/sample-checks/${view.sampleId}`));
  }
  shown.update(1, 1, view.sampleId);
  shown.stop();
  return view;
}

function describe(summary: SampleSummary): string {
  const table = tableOf(['乡镇 township', '', '参保 insured', '抽取 drawn'], 2);
  for (const { township, name, insured, drawn } of summary.townships)
    table.push([township === 'unknown' ? '未知 unknown' : township, name ?? '', number(insured), number(drawn)]);
  table.push(['合计 all', '', number(summary.insured), number(summary.drawn)]);
  const { enrolment, population } = summary;
  return [
    table.toString(),
    `年度 year ${summary.year} · 比例 share ${summary.share}% · 种子 seed ${summary.seed} · 截至 as of ${summary.asOf}`,
    `参保登记 enrolment ${enrolment.snapshotId} · 公安人口 population ${population?.snapshotId ?? '—'}`,
    '同一种子、同一快照，名单不变；本名单仅供抽查核实。The same seed and snapshots give the same list; it is for verification only.',
  ].join('\n');
}
