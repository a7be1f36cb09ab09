import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { checkFiles, deliver, runToEnd } from '../../infra/cli/check.ts';
import { startEmbedded } from '../../infra/cli/embedded.ts';
import { filesOf } from '../../infra/cli/exchange.ts';
import { checkCharacter } from '../../schemas/certificate.ts';
import type { Report } from '../../schemas/run.ts';
import { addDays } from '../../schemas/time.ts';
import { peakMemoryMb } from './measure.ts';

// walk.ts FOLDER ASOF: the whole walk of `check` in a process of its own, then the next day's run, then a run after
// one more person came to the population register. Writes one JSON line.
const [folder = '', asOf = ''] = process.argv.slice(2);
const started = performance.timeOrigin;
const since = (from: number): number => (performance.timeOrigin + performance.now() - from) / 1000;
const out = mkdtempSync(join(tmpdir(), 'canbao-walk-'));
const quiet = true;

const embedded = await startEmbedded({ schedules: false });
const readySeconds = since(started);
const intakeFrom = performance.timeOrigin + performance.now();
const { deliveries, run, report } = await checkFiles(embedded.client, filesOf(folder, asOf).pushes, {
  asOf,
  out,
  quiet,
});
const findingsSeconds = since(started);
await embedded.hub.idle();
const casesSeconds = since(started);
const cases = await casesStored();

const nextDayFrom = performance.timeOrigin + performance.now();
const nextDay = await runToEnd(embedded.client, { asOf: addDays(asOf, 1), quiet });
const nextDaySeconds = since(nextDayFrom);
await embedded.hub.idle();
const nextDayCasesSeconds = since(nextDayFrom);

// The same day again, after one person more.
const changed = join(out, 'population.csv');
copyFileSync(join(folder, 'population.csv'), changed);
const certno = `50029919800101001${checkCharacter('50029919800101001')}`;
appendFileSync(changed, `01,${certno},赵一,1,1980-01-01,1,500299100200,500299100200,,1,,\r\n`);
await deliver(embedded.client, [{ feed: 'population', path: changed, mode: 'full', countsAsOf: asOf }], quiet);
const again = await runToEnd(embedded.client, { asOf: addDays(asOf, 1), quiet });
const againReport = (await (await fetch(again.files!.report)).json()) as Report;
await embedded.hub.idle();

const javaMb = javaPeaksMb();
const result = {
  accepted: deliveries.every(({ state }) => state === 'accepted'),
  completed: [run, nextDay, again].every(({ state }) => state === 'completed'),
  rows: deliveries.reduce((sum, { counts }) => sum + (counts?.read ?? 0), 0),
  findings: report?.findings.open,
  persons: report?.findings.persons,
  cases,
  readySeconds,
  intakeSeconds: (Date.parse(report!.timings.startedAt) - intakeFrom) / 1000,
  runSeconds: (Date.parse(run.progressAt!) - Date.parse(run.startedAt!)) / 1000,
  steps: report?.timings.seconds,
  findingsSeconds,
  casesSeconds,
  nextDaySeconds,
  nextDayCasesSeconds,
  againTasks: againReport.tasks,
  peakMb: peakMemoryMb('self'),
  javaPeakMb: javaMb,
};
await embedded.stop();
rmSync(out, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(result)}\n`);

/** Counted in the table itself. */
async function casesStored(): Promise<number> {
  const { environment, resourceNames, declared } = embedded.hub;
  const table = declared.tables.find(({ id }) => id.startsWith('Cases'))!;
  Object.assign(process.env, environment);
  const { dynamodb } = await import('../../functions/runtime/clients.ts');
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: resourceNames[table.id]! }));
  return Table!.ItemCount!;
}

/** Of the Java processes that this one started. */
function javaPeaksMb(): number {
  const list = execFileSync('ps', ['-eo', 'pid,ppid,comm'], { encoding: 'utf8' }).split('\n').slice(1);
  const processes = list
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, ppid, comm]) => ({ pid: Number(pid), ppid: Number(ppid), comm }));
  const ours = new Set([process.pid]);
  for (let grown = true; grown; ) {
    const more = processes.filter(({ pid, ppid }) => ours.has(ppid) && !ours.has(pid));
    for (const { pid } of more) ours.add(pid);
    grown = more.length > 0;
  }
  return processes
    .filter(({ pid, comm }) => ours.has(pid) && comm === 'java')
    .reduce((sum, { pid }) => sum + (peakMemoryMb(pid) ?? 0), 0);
}
