import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import type { Report } from '../../../schemas/run.ts';
import type { HubStatus } from '../../../schemas/status.ts';
import type { ClientOptions } from '../answer.ts';
import { runToEnd } from '../check.ts';
import { addressOf, download, fetched, hubClient } from '../client.ts';
import { showReport } from '../show-outcome.ts';
import { number, tableOf } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { todayInShanghai } from './deliveries.ts';

export async function run(options: ClientOptions & { asOf?: string; year?: string; out?: string }): Promise<void> {
  const ended = await runToEnd(hubClient(addressOf(options)), {
    asOf: options.asOf ?? todayInShanghai(),
    quiet: options.json === true,
    ...(options.year === undefined ? {} : { year: options.year }),
  });
  if (ended.files === undefined) {
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(ended)}\n`
        : `比对未完成 the run did not complete: ${ended.reason ?? ''}\n`,
    );
    process.exitCode = 1;
    return;
  }
  if (options.out !== undefined) {
    await download(ended.files.findings, join(options.out, 'findings.csv'));
    await download(ended.files.report, join(options.out, 'report.json'));
    await download(ended.files.page, join(options.out, 'report.html'));
  }
  const report = (await (await fetched(ended.files.report)).json()) as Report;
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : `${showReport(report)}\n`);
}

export async function status(options: ClientOptions): Promise<void> {
  const answer = await hubClient(addressOf(options)).get<HubStatus>('/status');
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  const table = tableOf(
    ['数据源 feed', '数据截止 data-as-of', '暂缓 held', '等待 waiting', '序号 sequence', '行 rows'],
    4,
  );
  for (const one of answer.feeds) {
    const title = `${feedNamed(one.feed)?.title.zh ?? ''} ${one.feed}`;
    table.push([
      title,
      one.newest?.dataAsOf ?? '—',
      one.held.join(' '),
      one.waiting.join(' '),
      number(one.lastSequence ?? undefined),
      number(one.newest?.rows),
    ]);
  }
  const last = answer.runs[0];
  const sentence =
    last === undefined
      ? '尚未运行比对 no run yet'
      : `最近一次比对 last run: ${last.runId} · ${last.asOf} · ${last.state} ${last.reason ?? ''}`;
  process.stdout.write(`${table.toString()}\n${sentence}\n`);
}

export async function findings(
  options: ClientOptions & { rule?: string; township?: string; priority?: string; limit: number },
): Promise<void> {
  const { runs } = await hubClient(addressOf(options)).get<HubStatus>('/status');
  const last = runs.find(({ files }) => files !== undefined);
  if (last?.files === undefined)
    throw new UsageError(
      '还没有完成的比对：请先运行 canbao run',
      'There is no completed run yet: start one with "canbao run"',
    );
  const folder = await mkdtemp(join(tmpdir(), 'canbao-findings-'));
  try {
    const path = join(folder, 'findings.csv');
    await download(last.files.findings, path);
    const wanted = { rule: options.rule, township: options.township, priority: options.priority };
    const found: Record<string, string>[] = [];
    let matching = 0;
    for await (const row of createReadStream(path).pipe(parse({ columns: true, bom: true })) as AsyncIterable<
      Record<string, string>
    >) {
      if (!Object.entries(wanted).every(([column, value]) => value === undefined || row[column] === value)) continue;
      matching += 1;
      if (found.length < options.limit) found.push(row);
    }
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify({ runId: last.runId, matching, findings: found })}\n`);
      return;
    }
    const table = tableOf([
      '规则 rule',
      '优先级',
      '级别',
      '人员 person_ref',
      '姓名',
      '证件',
      '乡镇 township',
      '说明 summary',
    ]);
    for (const row of found)
      table.push(
        ['rule', 'priority', 'grade', 'person_ref', 'psn_name', 'certno', 'township', 'summary'].map(
          (column) => row[column] ?? '',
        ),
      );
    process.stdout.write(
      `${table.toString()}\n共 ${number(matching)} 条，显示 ${number(found.length)} 条 · ${number(matching)} in all, ${number(found.length)} shown\n`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
