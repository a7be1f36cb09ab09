import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CountyOptions, type WrittenCounty, writeCounty } from '../../infra/county/write-county.ts';

export const asOf = '2022-06-30';

/** A county in a folder that lives as long as the test. */
export async function countyOf(options: Partial<CountyOptions>): Promise<WrittenCounty & { folder: string }> {
  const folder = temporaryFolder();
  return { folder, ...(await writeCounty({ people: 1_000, seed: 7, asOf, form: 'plain', folder, ...options })) };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'county-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** File name → digest of its bytes. */
export function digests(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map((entry) => [
      entry.name,
      createHash('sha256')
        .update(readFileSync(join(entry.parentPath, entry.name)))
        .digest('hex'),
    ]),
  );
}

/** Rows of a file of the plain form, by header. */
export function plainRows(folder: string, feed: string): Record<string, string>[] {
  const [header, ...lines] = readFileSync(join(folder, `${feed}.csv`), 'utf8')
    .trimEnd()
    .split('\n');
  const names = header!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i]!, cell])));
}
