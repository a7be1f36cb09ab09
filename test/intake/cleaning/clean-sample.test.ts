import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanRows } from '../../../functions/intake/cleaning/clean.ts';
import { readDelivery } from '../../../functions/intake/reading/read-delivery.ts';
import { openDatabase } from '../../../functions/runtime/duckdb.ts';
import { isRefusal } from '../../../schemas/errors.ts';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import { defaultSettings } from '../../../schemas/settings.ts';
import type { Issue } from './cleaned.ts';

/** The sample county lies beside the repository; where it does not, there is nothing to compare with. */
const sample = join(import.meta.dirname, '../../../../shared/sample');

describe.skipIf(!existsSync(sample)).each(['plain', 'messy'])('the %s sample', (kind) => {
  const folder = join(sample, kind);
  const issues: (Issue & { feed: string })[] = [];
  let tempDir: string;

  beforeAll(async () => {
    tempDir = await mkdtemp(join(tmpdir(), 'canbao-sample-'));
    for (const file of readdirSync(folder).filter((name) => name !== 'truth')) {
      const feed = feedNamed(file.split('.')[0]!)!;
      const db = await openDatabase({ memoryMb: 512, threads: 2, tempDir });
      const read = await readDelivery(
        db,
        { path: join(folder, file), name: file },
        feed,
        defaultSettings.intake.limits,
        tempDir,
      );
      if (isRefusal(read)) throw new Error(`${file} was refused: ${read.code}`);
      await cleanRows(db, feed, read, defaultSettings);
      issues.push(...(await db.all<Issue>('SELECT * FROM row_issues')).map((issue) => ({ ...issue, feed: feed.name })));
      db.close();
    }
  });
  afterAll(() => rm(tempDir, { recursive: true }));

  test('rejects exactly the rows it must, each with the codes it must name', () => {
    const expected = truth(folder, 'rejects').map((line) => ({
      row: `${line.feed}:${line.row}`,
      codes: line.codes!.split(' ').sort(),
    }));
    const rejected = Map.groupBy(
      issues.filter((issue) => issue.severity === 'reject'),
      (issue) => `${issue.feed}:${issue.row_no}`,
    );
    const found = expected.map(({ row, codes }) => ({
      row,
      codes: codesIn(rejected.get(row)).filter((code) => codes.includes(code)),
    }));
    expect(found).toEqual(expected);
    expect([...rejected.keys()].sort()).toEqual(expected.map(({ row }) => row).sort());
  });

  test('drops exactly the rows that repeat an earlier one', () => {
    const expected = truth(folder, 'duplicates').map((line) => `${line.feed}:${line.row} #${line.first_row}`);
    const found = issues
      .filter((issue) => issue.code === 'duplicate-row')
      .map((issue) => `${issue.feed}:${issue.row_no} ${issue.value}`);
    expect(found.sort()).toEqual(expected.sort());
  });

  test('warns of the unknown codes it keeps', () => {
    const expected = truth(folder, 'warnings').map((line) => `${line.feed}:${line.row}`);
    const found = issues.filter((issue) => issue.code === 'unknown-code' && issue.severity === 'warning');
    expect(found.map((issue) => `${issue.feed}:${issue.row_no}`)).toEqual(expected);
  });
});

function truth(folder: string, name: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(join(folder, 'truth', `${name}.csv`), 'utf8')
    .replace(/^\ufeff/, '')
    .trim()
    .split(/\r?\n/);
  const fields = head!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [fields[i]!, value])));
}

function codesIn(issues: readonly Issue[] = []): string[] {
  return [...new Set(issues.map((issue) => issue.code))].sort();
}
