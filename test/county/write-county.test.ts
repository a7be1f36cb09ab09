import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { feedNames } from '../../infra/county/records.ts';
import { writeCounty } from '../../infra/county/write-county.ts';
import { asOf, countyOf, digests, plainRows, temporaryFolder } from './county-files.ts';

it.each(['plain', 'messy'] as const)('the same seed, size and options give the same bytes (%s)', async (form) => {
  const [one, two] = [await countyOf({ form, truth: true }), await countyOf({ form, truth: true })];
  expect(digests(one.folder)).toEqual(digests(two.folder));
});

it('another seed gives other people', async () => {
  const [one, two] = [await countyOf({ seed: 1 }), await countyOf({ seed: 2 })];
  const numbers = new Set(plainRows(one.folder, 'population').map((row) => row.证件号码));
  const shared = plainRows(two.folder, 'population').filter((row) => numbers.has(row.证件号码));
  expect(shared.length).toBeLessThan(5);
});

it('the plain and the messy form hold the same people and the same findings', async () => {
  const [plain, messy] = [await countyOf({ form: 'plain' }), await countyOf({ form: 'messy' })];
  expect(messy.planted).toEqual(plain.planted);
  for (const [i, { rows }] of plain.files.entries()) {
    expect(messy.files[i]!.rows).toBeGreaterThanOrEqual(rows);
    expect(messy.files[i]!.rows).toBeLessThanOrEqual(rows * 1.03);
  }
});

it.each([1, 2, 3, 4, 5, 6])('even a hundred people fill every feed (seed %i)', async (seed) => {
  const { folder, files } = await countyOf({ people: 100, seed });
  expect(files.map(({ feed }) => feed)).toEqual([...feedNames]);
  expect(files.filter(({ rows }) => rows === 0)).toEqual([]);
  expect(plainRows(folder, 'population')).toHaveLength(files[0]!.rows);
});

it('memory does not grow with the county: 80,000 people pass through a heap of 48 MB', () => {
  const folder = temporaryFolder();
  const module = new URL('../../infra/county/write-county.ts', import.meta.url);
  const options = { people: 80_000, seed: 1, asOf, form: 'plain', folder, truth: true };
  const script = `await (await import('${module}')).writeCounty(${JSON.stringify(options)})`;
  execFileSync(process.execPath, ['--max-old-space-size=48', '--input-type=module', '-e', script]);
  expect(readdirSync(folder)).toContain('settlement.csv');
});

it('tells how far it is, and ends with all', async () => {
  const told: [number, number][] = [];
  await countyOf({ people: 5_000, onProgress: (done, total) => told.push([done, total]) });
  expect(told.length).toBeGreaterThan(2);
  expect(told.at(-1)).toEqual([5_000, 5_000]);
});

it.each([
  [{ people: 99 }, /people/],
  [{ people: 10_000_001 }, /people/],
  [{ people: 150.5 }, /people/],
  [{ seed: -1 }, /seed/],
  [{ asOf: '2022-02-30' }, /date/],
  [{ asOf: '2022-06-30', year: 2023 }, /outside the insurance year/],
  [{ asOf: '2022-06-30', year: 2021 }, /outside the insurance year/],
])('refuses %j before writing anything', async (options, message) => {
  const folder = temporaryFolder();
  const county = writeCounty({ people: 1_000, seed: 1, asOf, form: 'plain', folder, ...options });
  await expect(county).rejects.toThrow(message);
  expect(readdirSync(folder)).toEqual([]);
});
