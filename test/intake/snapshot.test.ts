import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { equalRanges, type SnapshotFiles, writeSnapshotFiles } from '../../functions/intake/snapshot.ts';
import { openDatabase } from '../../functions/runtime/duckdb.ts';
import cremation from '../../schemas/feeds/cremation.feed.ts';
import { lakeColumns } from '../../schemas/snapshot.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canbao-snapshot-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Enough rows for two files; one in a hundred has no usable certificate. `order` is that of the file. */
async function write(name: string, order: string, threads: number, rows = 300_000): Promise<SnapshotFiles> {
  const db = await openDatabase({ memoryMb: 512, threads, tempDir: join(folder, 'spill') });
  const columns = lakeColumns(cremation).map(({ name: column, type }) => {
    if (column === 'person_key') return `CASE WHEN i % 100 > 0 THEN 'C:' || i // 2 END AS person_key`;
    if (column === 'h') return `('0x' || md5('C:' || i // 2)[1:4])::USMALLINT AS h`;
    if (column === 'row_no') return 'i AS row_no';
    if (column === 'crem_no') return `'CR' || i AS crem_no`;
    return `NULL::${type} AS "${column}"`;
  });
  await db.run(`CREATE TABLE content AS SELECT ${columns} FROM range(${rows}) r(i) ORDER BY ${order}`);
  await db.run('UPDATE content SET h = NULL WHERE person_key IS NULL');
  const files = await writeSnapshotFiles(db, cremation, join(folder, name));
  db.close();
  return files;
}

test('the same content gives the same bytes, whatever the order of its rows and the number of threads', async () => {
  const one = await write('one', 'i', 2);
  for (const other of [await write('two', 'i DESC', 2), await write('three', 'hash(i)', 1)]) {
    expect(other.digest).toBe(one.digest);
    expect(other.files).toEqual(one.files);
    for (const [name, path] of other.paths)
      expect((await readFile(path)).equals(await readFile(one.paths.get(name)!))).toBe(true);
  }
  expect(one.files.map(({ range }) => range)).toEqual(['0000-7fff', '8000-ffff']);
  expect(one.unkeyed).toMatchObject({ rows: 3000 });
});

test('a file holds its range of h only, sorted by h, person and row', async () => {
  const db = await openDatabase({ memoryMb: 512, threads: 2, tempDir: join(folder, 'spill') });
  const path = join(folder, 'one', '8000-ffff.parquet');
  const [wrong] = await db.all<{ outside: number; unsorted: number }>(`
    SELECT count(*) FILTER (WHERE h < 32768 OR h <> ('0x' || md5(person_key)[1:4])::USMALLINT) AS outside,
      count(*) FILTER (WHERE before >= (h, person_key, row_no)) AS unsorted
    FROM (SELECT *, lag((h, person_key, row_no)) OVER (ORDER BY file_row_number) AS before
      FROM read_parquet('${path}', file_row_number = true))`);
  db.close();
  expect(wrong).toEqual({ outside: 0, unsorted: 0 });
});

test('a large list of one person has its files too, all but one of them empty', async () => {
  const db = await openDatabase({ memoryMb: 512, threads: 2, tempDir: join(folder, 'spill') });
  const columns = lakeColumns(cremation).map(({ name, type }) => {
    const given: Record<string, string> = { person_key: `'C:1'`, h: '40000', row_no: 'i' };
    return `(${given[name] ?? 'NULL'})::${type} AS "${name}"`;
  });
  await db.run(`CREATE TABLE content AS SELECT ${columns} FROM range(2300000) r(i)`);
  const { files } = await writeSnapshotFiles(db, cremation, join(folder, 'lonely'));
  db.close();
  expect(files.map(({ rows }) => rows).filter((rows) => rows > 0)).toEqual([2_300_000]);
  expect(files).toHaveLength(16);
});

test('the files of a large list hold every row of their range, no other, in the same order', async () => {
  const { files, paths } = await write('large', 'hash(i)', 2, 2_500_000);
  expect(files).toHaveLength(16);
  expect(files.reduce((all, { rows }) => all + rows, 0)).toBe(2_475_000);
  const db = await openDatabase({ memoryMb: 512, threads: 2, tempDir: join(folder, 'spill') });
  for (const { range } of files) {
    const [from, to] = range.split('-').map((h) => Number.parseInt(h, 16));
    const [wrong] = await db.all<{ rows: number }>(`
      SELECT count(*) AS rows
      FROM (SELECT *, lag((h, person_key, row_no)) OVER (ORDER BY file_row_number) AS before
        FROM read_parquet('${paths.get(range)}', file_row_number = true))
      WHERE h NOT BETWEEN ${from} AND ${to} OR before >= (h, person_key, row_no)`);
    expect(wrong).toEqual({ rows: 0 });
  }
  db.close();
});

test.each([
  [0, 1],
  [250_000, 1],
  [500_000, 2],
  [1_050_000, 4],
  [60_000_000, 256],
])('%d rows make %d files of equal ranges that cover all of h', (rows, count) => {
  const ranges = equalRanges(rows);
  expect(ranges).toHaveLength(count);
  expect(ranges[0]!.from).toBe(0);
  expect(ranges.at(-1)!.to).toBe(0xffff);
  expect(ranges.every(({ from }, i) => i === 0 || from === ranges[i - 1]!.to + 1)).toBe(true);
});
