import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFiles, deliver, type Outcome, runToEnd } from '../../infra/cli/check.ts';
import { type RunningHub, startEmbedded } from '../../infra/cli/embedded.ts';
import { filesOf } from '../../infra/cli/exchange.ts';
import { writeCounty } from '../../infra/county/write-county.ts';
import { checkCharacter } from '../../schemas/certificate.ts';
import type { Report } from '../../schemas/run.ts';
import { asOf, compareWithTruth, rowsOf } from './county.ts';
import { answersIn, eventsIn, recorded } from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-walk-'));
const county = join(folder, 'county');
const plain = join(folder, 'plain');
const out = join(folder, 'out');
const logged: string[] = [];
let embedded: RunningHub;
let first: Outcome;

beforeAll(async () => {
  const same = { people: 3000, seed: 11, asOf };
  await writeCounty({ ...same, folder: county, form: 'messy', truth: true });
  await writeCounty({ ...same, folder: plain, form: 'plain' });
  embedded = await startEmbedded({
    schedules: false,
    entryOf: recorded(folder),
    log: (line) => void logged.push(JSON.stringify(line)),
  });
  first = await checkFiles(embedded.client, filesOf(county, asOf).pushes, { asOf, out, quiet: true });
  await embedded.hub.idle();
}, 180_000);

afterAll(async () => {
  await embedded?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a county as agencies really send it, on the embedded hub', () => {
  it('gives exactly the findings that were planted, with amounts, causes and priorities', () => {
    expect(first.deliveries.map(({ feed, state }) => `${feed} ${state}`)).toEqual(
      first.deliveries.map(({ feed }) => `${feed} accepted`),
    );
    expect(first.run.state).toBe('completed');
    const { expected, found } = compareWithTruth(county, out);
    expect(found).toEqual(expected);
    expect(found.length).toBeGreaterThan(200);
  });

  it('names every rejected row by the number Excel shows, with at least the codes it deserves', () => {
    const rejects = rowsOf(join(county, 'truth', 'rejects.csv'));
    expect(rejects.length).toBeGreaterThan(0);
    for (const { feed, row, codes } of rejects) {
      const error = rowsOf(join(out, 'acks', `${feed}.errors.csv`)).find((one) => one.row === row);
      expect(error?.codes?.split(';') ?? [], `${feed}:${row}`).toEqual(expect.arrayContaining(codes!.split(' ')));
    }
  });

  it('lets no name and no certificate number into a log line, a queue message, a URL or an answer', () => {
    const { numbers, names } = secretsOf();
    expect(numbers.size).toBeGreaterThan(2500);
    const handled = [eventsIn(folder), answersIn(folder)].flatMap((file) => readFileSync(file, 'utf8').split('\n'));
    const written = [...logged, ...handled];
    expect(written.length).toBeGreaterThan(100);
    const leaks = written.filter(
      (line) =>
        (line.match(/(?<!\d)\d{15}(?:\d{2}[\dXx])?(?!\d)/g) ?? []).some((number) => numbers.has(number)) ||
        (line.match(/\p{Script=Han}{3,}/gu) ?? []).some((word) => names.has(word)),
    );
    expect(leaks.map((line) => line.slice(0, 200))).toEqual([]);
  });

  it('masks names and numbers in everything that leaves: findings, error files, reports', () => {
    const { numbers, names } = secretsOf();
    const files = [join(out, 'findings.csv'), join(out, 'report.json'), join(out, 'report.html')];
    files.push(...readdirSync(join(out, 'acks')).map((name) => join(out, 'acks', name)));
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      const found = (text.match(/(?<![0-9a-f])\d{17}[\dXx](?![0-9a-f])/g) ?? []).filter((number) =>
        numbers.has(number),
      );
      expect(found, file).toEqual([]);
      expect(
        (text.match(/\p{Script=Han}{3,4}/gu) ?? []).filter((word) => names.has(word)),
        file,
      ).toEqual([]);
    }
  });

  it('takes the same files again as the same deliveries, and finds the same, byte for byte', async () => {
    const again = join(folder, 'again');
    const pushes = filesOf(county, asOf).pushes.map((push) => ({ ...push, sequence: 1 }));
    const second = await checkFiles(embedded.client, pushes, { asOf, out: again, quiet: true });
    await embedded.hub.idle();
    expect(second.deliveries.map(({ deliveryId }) => deliveryId)).toEqual(
      first.deliveries.map(({ deliveryId }) => deliveryId),
    );
    expect(readFileSync(join(again, 'findings.csv'))).toEqual(readFileSync(join(out, 'findings.csv')));
    const statuses = second.report!.rules.map(
      ({ byStatus }) => (byStatus.new ?? 0) + (byStatus.closed ?? 0) + (byStatus.reopened ?? 0),
    );
    expect(statuses.every((count) => count === 0)).toBe(true);
    expect(second.report!.tasks.evaluated).toBe(0);
  });

  it('holds a suspiciously small list, closes nothing by it, and changes only when a second person releases it', async () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    const valid = `50029919820101001${checkCharacter('50029919820101001')}`;
    writeFileSync(
      join(small, 'hardship.csv'),
      `证件号码,姓名,身份类别,认定日期\r\n${valid},甲乙,低保对象,2022-01-01\r\n`,
    );
    const [held] = await deliver(embedded.client, filesOf(small, asOf).pushes, true);
    expect(held).toMatchObject({
      state: 'held',
      reasons: expect.arrayContaining([expect.objectContaining({ code: 'held-few-rows' })]),
    });
    const run = await reportOf(await runToEnd(embedded.client, { asOf, quiet: true }));
    expect(run.rules.map(({ byStatus }) => byStatus.closed ?? 0)).toEqual(run.rules.map(() => 0));
    await embedded.client.post(`/deliveries/${held!.deliveryId}/refuse`, {});
    await embedded.hub.idle();
    expect(await embedded.client.get(`/deliveries/${held!.deliveryId}`)).toMatchObject({ state: 'refused' });
  });

  it('tells what is wrong with a file that is no list, in both languages, and goes on with the others', async () => {
    const bad = join(folder, 'bad');
    mkdirSync(bad);
    writeFileSync(
      join(bad, 'cremation.csv'),
      Buffer.concat([Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'), Buffer.alloc(5000, 7)]),
    );
    cpSync(
      join(county, readdirSync(county).find((name) => name.startsWith('death-police'))!),
      join(bad, 'death-police.csv.gz'),
    );
    writeFileSync(join(bad, 'population.csv'), '姓名,出生日期\r\n甲乙,1980-01-01\r\n');
    const deliveries = await deliver(embedded.client, filesOf(bad, asOf).pushes, true);
    const states = Object.fromEntries(deliveries.map(({ feed, state }) => [feed, state]));
    expect(states).toEqual({ cremation: 'refused', 'death-police': 'accepted', population: 'refused' });
    const reasons = deliveries.filter(({ state }) => state === 'refused').flatMap((delivery) => delivery.reasons ?? []);
    expect(reasons.map(({ code }) => code).sort()).toEqual(['missing-column', 'unreadable-file']);
    for (const { zh, en } of reasons)
      expect([zh, en]).toEqual([expect.stringMatching(/\p{Script=Han}/u), expect.stringMatching(/[a-z] [a-z]/)]);
  });

  it('does not run a rule whose feed is too old, says so, and closes none of its findings', async () => {
    const late = await reportOf(await runToEnd(embedded.client, { asOf: '2022-08-10', quiet: true }));
    const deceased = late.rules.find(({ rule }) => rule === 'XC-401')!;
    expect(deceased).toMatchObject({
      state: 'not-run',
      byStatus: { 'carried-over': first.report!.rules.find(({ rule }) => rule === 'XC-401')!.found },
    });
    expect(deceased.notRun.map(({ zh }) => zh).join()).toMatch(/death-police.*41|公安注销.*41/);
    expect(late.rules.map(({ byStatus }) => byStatus.closed ?? 0)).toEqual(late.rules.map(() => 0));
    await embedded.hub.idle();
  });
});

const reportOf = async (run: { files?: { report: string } }): Promise<Report> =>
  (await fetch(run.files!.report)).json() as Promise<Report>;

/** Every number, and every name of three or more characters, read from the same county in its plain form. */
function secretsOf(): { numbers: Set<string>; names: Set<string> } {
  const rows = readdirSync(plain)
    .filter((name) => name.endsWith('.csv'))
    .flatMap((name) => rowsOf(join(plain, name)));
  return {
    numbers: new Set(rows.map((row) => row.证件号码!).filter((number) => number.length >= 15)),
    names: new Set(rows.map((row) => row.姓名!).filter((name) => [...name].length >= 3)),
  };
}
