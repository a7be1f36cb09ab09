import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import Table from 'cli-table3';
import { writeCounty } from '../../infra/county/write-county.ts';
import { benchCases } from './cases.bench.ts';
import { barelyAskAllRules } from './crosscheck.bench.ts';
import { benchIntake } from './intake.bench.ts';
import { type Figure, holds, ratioOf } from './measure.ts';
import { benchSignatures } from './signature.bench.ts';

// npm run bench -- [--people 1050000] [--seed 7] [--double] [--out bench-results]
// Every figure is measured here and now; where a limit is a ratio, both sides come from this run on this machine.
const { values: options } = parseArgs({
  options: {
    people: { type: 'string', default: '1050000' },
    seed: { type: 'string', default: '7' },
    /** Also the county of twice the size: another few minutes. */
    double: { type: 'boolean', default: false },
    out: { type: 'string', default: 'bench-results' },
  },
});
const people = Number(options.people);
const seed = Number(options.seed);
const asOf = '2022-06-30';
const work = await mkdtemp(join(tmpdir(), 'canbao-bench-'));

type Walk = {
  rows: number;
  findings: number;
  persons: number;
  cases: number;
  readySeconds: number;
  intakeSeconds: number;
  runSeconds: number;
  findingsSeconds: number;
  casesSeconds: number;
  nextDaySeconds: number;
  nextDayCasesSeconds: number;
  againTasks: { total: number; evaluated: number };
  peakMb: number;
  javaPeakMb: number;
};

try {
  const county = await countyOf(people);
  say('intake');
  const intake = await benchIntake(county, work);
  say('rules in bare DuckDB');
  const bareRules = await barelyAskAllRules(intake.snapshots, asOf, work);
  say('the whole walk');
  const walk = await walkThrough(county);
  say('cases');
  const figures: Figure[] = [
    ...intake.figures,
    ...walkFigures(walk, bareRules),
    await benchCases(),
    ...benchSignatures(),
  ];
  say('settlement');
  figures.push(...(await figuresOf('settlement')));
  say('what insurers cost each other');
  figures.push(...(await figuresOf('isolation')));
  if (options.double) {
    say('twice the county');
    figures.push(...doubleFigures(await walkThrough(await countyOf(2 * people)), walk));
  }
  await report(figures, {
    people,
    seed,
    rows: walk.rows,
    findings: walk.findings,
    persons: walk.persons,
    cases: walk.cases,
  });
} finally {
  await rm(work, { recursive: true, force: true });
}

async function countyOf(size: number): Promise<string> {
  const folder = join(tmpdir(), `canbao-county-${size}-${seed}`);
  if (existsSync(join(folder, 'complete'))) return folder;
  say(`a county of ${size.toLocaleString('en-US')}`);
  await mkdir(folder, { recursive: true });
  await writeCounty({ people: size, seed, asOf, folder, form: 'plain' });
  await writeFile(join(folder, 'complete'), '');
  return folder;
}

async function walkThrough(county: string): Promise<Walk> {
  const child = join(import.meta.dirname, 'walk.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [child, county, asOf], { maxBuffer: 1e7 });
  const walk = JSON.parse(stdout.trim().split('\n').at(-1)!) as Walk & { accepted: boolean; completed: boolean };
  if (!walk.accepted || !walk.completed) throw new Error(`the walk did not complete: ${stdout.slice(-2000)}`);
  return walk;
}

/** Figures of a hub in a process of its own. */
async function figuresOf(name: 'settlement' | 'isolation'): Promise<Figure[]> {
  const child = join(import.meta.dirname, `${name}.bench.ts`);
  const { stdout } = await promisify(execFile)(process.execPath, [child], { maxBuffer: 1e7 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Figure[];
}

function walkFigures(walk: Walk, bareRules: number): Figure[] {
  const value = (name: string, measured: number, unit: string, atMost?: number): Figure => ({
    name,
    value: measured,
    unit,
    ...(atMost === undefined ? {} : { limit: { of: 'value', atMost } as const }),
  });
  return [
    value('hub ready', walk.readySeconds, 's', 10),
    value('check: intake of all feeds on the hub', walk.intakeSeconds, 's'),
    {
      ...value('cross-check until the findings are in the lake', walk.runSeconds, 's'),
      baseline: { name: 'all rules’ SQL in one bare DuckDB', value: bareRules },
      limit: { of: 'ratio', atMost: 3 },
    },
    value('check: findings.csv complete', walk.findingsSeconds, 's', 75),
    value('check: every case stored', walk.casesSeconds, 's', 150),
    value('peak memory of our processes', walk.peakMb, 'MB', 2560),
    value('peak memory of Java', walk.javaPeakMb, 'MB'),
    {
      ...value('next day’s run, unchanged snapshots', walk.nextDaySeconds, 's'),
      baseline: { name: 'the first check', value: walk.findingsSeconds },
      limit: { of: 'ratio', atMost: 0.25 },
    },
    value('tasks evaluated after one person changed', walk.againTasks.evaluated, 'tasks', 1),
  ];
}

function doubleFigures(double: Walk, single: Walk): Figure[] {
  const against = (name: string, key: 'casesSeconds' | 'peakMb', unit: string, atMost: number): Figure => ({
    name,
    value: double[key],
    unit,
    baseline: { name: 'the county', value: single[key] },
    limit: { of: 'ratio', atMost },
  });
  return [
    against('twice the county: every case stored', 'casesSeconds', 's', 2.2),
    against('twice the county: peak memory', 'peakMb', 'MB', 1.3),
  ];
}

async function report(figures: readonly Figure[], facts: Record<string, number>): Promise<void> {
  const table = new Table({
    head: ['figure', 'value', '', 'baseline', 'ratio', 'limit', ''],
    colAligns: ['left', 'right', 'left', 'left', 'right', 'left', 'left'],
    style: { head: [] },
  });
  for (const figure of figures) {
    const { name, value, unit, baseline, limit } = figure;
    const bound = limit === undefined ? '' : limit.atMost === undefined ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`;
    const verdict = holds(figure);
    table.push([
      name,
      round(value),
      unit,
      baseline === undefined ? '' : `${baseline.name}: ${round(baseline.value)}`,
      ratioOf(figure)?.toFixed(2) ?? '',
      bound,
      verdict === undefined ? '' : verdict ? 'holds' : 'BROKEN',
    ]);
  }
  const machine = {
    cpu: cpus()[0]?.model ?? '',
    processors: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
  };
  process.stdout.write(`${table.toString()}\n${JSON.stringify({ ...facts, ...machine })}\n`);
  await mkdir(options.out, { recursive: true });
  const path = join(options.out, `bench-${people}-${seed}.json`);
  await writeFile(
    path,
    `${JSON.stringify({ machine, facts, figures: figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), holds: holds(figure) })) }, null, 2)}\n`,
  );
  process.stdout.write(`${path}\n`);
  if (figures.some((figure) => holds(figure) === false)) process.exitCode = 1;
}

function round(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 100 ? 0 : 2);
}

function say(step: string): void {
  process.stderr.write(`… ${step}\n`);
}
