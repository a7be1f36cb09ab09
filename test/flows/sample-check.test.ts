import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFiles } from '../../infra/cli/check.ts';
import { HubRefusal } from '../../infra/cli/client.ts';
import { drawToEnd } from '../../infra/cli/commands/sample-check.ts';
import { type RunningHub, startEmbedded } from '../../infra/cli/embedded.ts';
import { filesOf } from '../../infra/cli/exchange.ts';
import { writeCounty } from '../../infra/county/write-county.ts';
import type { Report } from '../../schemas/run.ts';
import { SampleSummary } from '../../schemas/sample-check.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { asOf, rowsOf } from './county.ts';
import { answersIn, eventsIn, recorded } from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-sample-walk-'));
const county = join(folder, 'county');
const logged: string[] = [];
let embedded: RunningHub;
let report: Report;

beforeAll(async () => {
  await writeCounty({ people: 2000, seed: 5, asOf, folder: county, form: 'plain' });
  embedded = await startEmbedded({
    schedules: false,
    entryOf: recorded(folder),
    log: (line) => void logged.push(JSON.stringify(line)),
  });
  const residents = { count: 2000, source: '统计公报', date: '2021-12-31' };
  await embedded.client.put('/settings', { area: { code: '500299' }, residents });
  const wanted = ['enrolment', 'population'];
  const pushes = filesOf(county, asOf).pushes.filter(({ feed }) => wanted.includes(feed));
  report = (await checkFiles(embedded.client, pushes, { asOf, out: join(folder, 'out'), quiet: true })).report!;
}, 180_000);

afterAll(async () => {
  await embedded?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function drawn(wanted: { share?: number; seed?: string } = {}) {
  const view = await drawToEnd(embedded.client, { year: '2022', share: 10, ...wanted }, true);
  expect(view.state).toBe('completed');
  const list = await (await fetch(view.files!.list)).bytes();
  const summary = SampleSummary.parse(await (await fetch(view.files!.summary)).json());
  return { view, list: Buffer.from(list).toString(), summary };
}

describe('a sample check on the embedded hub', () => {
  it('holds a tenth of the insured of every township, of as many as the report counts', async () => {
    const { summary, list } = await drawn();
    expect(summary.insured).toBe(report.participation.assessed!.insured);
    expect(summary.insured).toBeGreaterThan(1500);
    expect(summary.townships.length).toBeGreaterThan(2);
    for (const { insured, drawn: taken } of summary.townships) expect(taken).toBe(Math.ceil(insured / 10));
    expect(list.trim().split('\n')).toHaveLength(summary.drawn + 1);
    expect(summary.enrolment.snapshotId).toBe(report.inputs.snapshots.enrolment);
  });

  it('comes again byte for byte, and a larger share goes on where it stopped', async () => {
    const [first, again, larger] = [await drawn(), await drawn(), await drawn({ share: 25 })];
    expect(again.view.sampleId).toBe(first.view.sampleId);
    expect(again.list).toBe(first.list);
    const lines = new Set(larger.list.split('\n'));
    expect(first.list.split('\n').filter((line) => !lines.has(line))).toEqual([]);
  });

  it('leaves a trail of who had it drawn', async () => {
    const { view } = await drawn({ seed: 'trail-1' });
    const { entries } = await embedded.client.get<{ entries: object[] }>(`/audit/${civilDateAt(new Date())}`);
    expect(entries).toContainEqual(
      expect.objectContaining({
        client: 'operator',
        act: 'POST /v1/sample-checks',
        about: { sampleId: view.sampleId, year: '2022', seed: 'trail-1', share: '10' },
      }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({ act: 'GET /v1/sample-checks/:id', about: { id: view.sampleId } }),
    );
  });

  it('says no to a year without a register, and knows no sample that nobody asked for', async () => {
    await expect(embedded.client.post('/sample-checks', { year: '2019' })).rejects.toThrow(/2019/);
    await expect(
      embedded.client.post('/sample-checks', { year: '2022', seed: '500299198801011234' }),
    ).rejects.toMatchObject({ status: 400 });
    await expect(embedded.client.get('/sample-checks/2022-0')).rejects.toBeInstanceOf(HubRefusal);
  });

  it('shows no name and no certificate number in its files, messages, answers, addresses or log lines', async () => {
    const rows = rowsOf(join(county, 'enrolment.csv'));
    const numbers = new Set(rows.map((row) => row.证件号码!).filter((number) => number.length >= 15));
    const names = new Set(rows.map((row) => row.姓名!).filter((name) => [...name].length >= 3));
    expect([numbers.size > 1500, names.size > 300]).toEqual([true, true]);
    const { list, view, summary } = await drawn({ share: 100 });
    const handled = [eventsIn(folder), answersIn(folder)].flatMap((file) => readFileSync(file, 'utf8').split('\n'));
    expect(handled.some((line) => line.includes('sample-check'))).toBe(true);
    const written = [list, JSON.stringify([view, summary]), ...logged, ...handled];
    const leaks = written.filter(
      (text) =>
        (text.match(/(?<!\d)\d{15}(?:\d{2}[\dXx])?(?!\d)/g) ?? []).some((number) => numbers.has(number)) ||
        (text.match(/\p{Script=Han}{3,}/gu) ?? []).some((word) => names.has(word)),
    );
    expect(leaks.map((text) => text.slice(0, 200))).toEqual([]);
  });
});
