import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';

/** A measured figure; with a baseline it is a ratio of the two, taken in the same run on the same machine. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: { readonly name: string; readonly value: number };
  /** `ratio ≤ 4` or `value ≤ 75`. Absent: reported only. */
  readonly limit?: { readonly of: 'ratio' | 'value'; readonly atMost?: number; readonly atLeast?: number };
};

export const ratioOf = ({ value, baseline }: Figure): number | undefined => baseline && value / baseline.value;

/** Undefined where there is no limit. */
export function holds(figure: Figure): boolean | undefined {
  if (figure.limit === undefined) return undefined;
  const measured = figure.limit.of === 'ratio' ? ratioOf(figure)! : figure.value;
  return measured <= (figure.limit.atMost ?? Infinity) && measured >= (figure.limit.atLeast ?? -Infinity);
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** The median of several runs: the machine is never quite quiet. */
export async function medianSeconds(runs: number, work: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let run = 0; run < runs; run += 1) all.push(await seconds(work));
  return median(all);
}

export const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)]!;

/** A database as bare as it gets: two threads, no limit but the machine's. */
export async function withBareDuckdb<T>(
  folder: string,
  work: (db: Database, folder: string) => Promise<T>,
): Promise<T> {
  const own = join(folder, `bare-${process.hrtime.bigint()}`);
  await mkdir(own, { recursive: true });
  const db = await openDatabase({ memoryMb: 4096, threads: 2, tempDir: join(own, 'spill') });
  try {
    return await work(db, own);
  } finally {
    db.close();
    await rm(own, { recursive: true, force: true });
  }
}

/** Peak resident memory of a process, MB (Linux); undefined where the system does not say. */
export function peakMemoryMb(pid: number | 'self'): number | undefined {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line === null ? undefined : Number(line[1]) / 1024;
  } catch {
    return undefined;
  }
}
