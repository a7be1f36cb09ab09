import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import type { Report } from '../../../schemas/run.ts';
import type { HubStatus } from '../../../schemas/status.ts';
import { civilDateAt } from '../../../schemas/time.ts';
import { type ClientOptions, show } from '../answer.ts';
import { fetchRun, runToEnd } from '../check.ts';
import { download, fetched, hubOf } from '../client.ts';
import { NothingToShow } from '../nothing-to-show.ts';
import { showReport } from '../show-outcome.ts';
import { number, tableOf } from '../table.ts';
import { UsageError } from '../usage-error.ts';

export async function run(options: ClientOptions & { asOf?: string; year?: string; out?: string }): Promise<void> {
  const ended = await runToEnd(hubOf(options), {
    asOf: options.asOf ?? civilDateAt(new Date()),
    quiet: options.json === true,
    ...(options.year === undefined ? {} : { year: options.year }),
  });
  if (ended.files === undefined) {
    show(options, ended, () => `比对未完成 the run did not complete: ${ended.reason ?? ''}`);
    process.exitCode = 1;
    return;
  }
  if (options.out !== undefined) await fetchRun(ended.files, options.out);
  const report = await reportAt(ended.files.report);
  show(options, report, () => showReport(report));
}

export async function status(options: ClientOptions): Promise<void> {
  const answer = await hubOf(options).get<HubStatus>('/status');
  show(options, answer, () => describe(answer));
}

function describe({ feeds, runs: [last] }: HubStatus): string {
  const table = tableOf(
    ['数据源 feed', '数据截止 data-as-of', '暂缓 held', '等待 waiting', '序号 sequence', '行 rows'],
    4,
  );
  for (const { feed, newest, held, waiting, lastSequence } of feeds) {
    const title = `${feedNamed(feed)?.title.zh ?? ''} ${feed}`;
    const numbers = [number(lastSequence ?? undefined), number(newest?.rows)];
    table.push([title, newest?.dataAsOf ?? '—', held.join(' '), waiting.join(' '), ...numbers]);
  }
  const sentence =
    last === undefined
      ? '尚未运行比对 no run yet'
      : `最近一次比对 last run: ${last.runId} · ${last.asOf} · ${last.state} ${last.reason ?? ''}`;
  return `${table.toString()}\n${sentence}`;
}

type FindingRow = Readonly<Record<string, string>>;

export async function findings(
  options: ClientOptions & { rule?: string; township?: string; priority?: string; limit: number },
): Promise<void> {
  const { runs } = await hubOf(options).get<HubStatus>('/status');
  const last = runs.find(({ files }) => files !== undefined);
  if (last?.files === undefined)
    throw new NothingToShow(
      '还没有完成的比对：请先运行 canbao run',
      'There is no completed run yet: start one with "canbao run"',
    );
  const folder = await mkdtemp(join(tmpdir(), 'canbao-findings-'));
  try {
    const path = join(folder, 'findings.csv');
    await download(last.files.findings, path);
    const { rule, township, priority, limit } = options;
    const { matching, found } = await matchingRows(path, { rule, township, priority }, limit);
    if (matching === 0 && rule !== undefined) mustHaveRun(rule, await reportAt(last.files.report));
    show(options, { runId: last.runId, matching, findings: found }, () => showFindings(found, matching));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const reportAt = async (url: string): Promise<Report> => (await (await fetched(url)).json()) as Report;

/** Nothing is found by a rule that there is not, or that did not run, either. @throws UsageError, NothingToShow */
function mustHaveRun(wanted: string, { rules }: Report): void {
  const known = rules.find(({ rule }) => rule === wanted);
  if (known === undefined)
    throw new UsageError(`没有规则 ${wanted}，应如 XC-102`, `There is no rule ${wanted}; write it like XC-102`);
  if (known.state !== 'not-run') return;
  const [zh, en] = (['zh', 'en'] as const).map((language) => known.notRun.map((why) => why[language]).join('; '));
  throw new NothingToShow(`${wanted} ${zh}`, `${wanted} ${en}`);
}

/** The first rows that have what is wanted in each column, and how many there are. */
async function matchingRows(
  path: string,
  wanted: Readonly<Record<string, string | undefined>>,
  limit: number,
): Promise<{ matching: number; found: FindingRow[] }> {
  const found: FindingRow[] = [];
  let matching = 0;
  const rows: AsyncIterable<FindingRow> = createReadStream(path).pipe(parse({ columns: true, bom: true }));
  for await (const row of rows) {
    if (!Object.entries(wanted).every(([column, value]) => value === undefined || row[column] === value)) continue;
    matching += 1;
    if (found.length < limit) found.push(row);
  }
  return { matching, found };
}

/** Column of the file → what stands above it. */
const findingColumns = {
  rule: '规则 rule',
  priority: '优先级\npriority',
  grade: '级别\ngrade',
  person_ref: '人员 person_ref',
  psn_name: '姓名 name',
  certno: '证件 certificate',
  township: '乡镇 township',
  summary: '说明 summary',
};

function showFindings(found: readonly FindingRow[], matching: number): string {
  const counts = `共 ${number(matching)} 条，显示 ${number(found.length)} 条 · ${number(matching)} in all, ${number(found.length)} shown`;
  const table = tableOf(Object.values(findingColumns));
  for (const row of found) table.push(Object.keys(findingColumns).map((column) => row[column] ?? ''));
  return found.length === 0 ? counts : `${table.toString()}\n${counts}`;
}
