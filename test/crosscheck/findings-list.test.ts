import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findingColumns } from '../../functions/crosscheck/findings-file.ts';
import { writeFindingsList } from '../../functions/crosscheck/report/findings-list.ts';
import type { Database } from '../../functions/runtime/duckdb.ts';
import { openTestDatabase } from './memory-hub.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-list-'));
let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const rules = [{ code: 'XC-101', slug: 'uninsured' }];

test('lists open findings by rule, person and what they are about, and counts them', async () => {
  const { lines, totals } = await list([
    { rule: 'XC-402', person_ref: 'A', priority: 'P0' },
    { rule: 'XC-101', person_ref: 'B' },
    { rule: 'XC-101', person_ref: 'A', about: '2' },
    { rule: 'XC-101', person_ref: 'A', about: '1', status: 'carried-over' },
    { rule: 'XC-101', person_ref: 'C', status: 'closed' },
  ]);
  expect(lines.map(({ rule, person_ref, facts }) => [rule, person_ref, facts])).toEqual([
    ['XC-101', 'A', '{"about":"1"}'],
    ['XC-101', 'A', '{"about":"2"}'],
    ['XC-101', 'B', '{"about":""}'],
    ['XC-402', 'A', '{"about":""}'],
  ]);
  expect(totals).toEqual({ open: 4, persons: 2, byPriority: { P0: 1, P2: 3 } });
});

test('a finding of a rule that is gone keeps its line, without a slug', async () => {
  const { lines } = await list([{ rule: 'XC-999', person_ref: 'A' }]);
  expect(lines).toMatchObject([{ rule: 'XC-999', slug: '' }]);
});

test('no cell begins like a formula, whatever a name or sentence begins with', async () => {
  for (const sign of ['=', '+', '-', '@', '\t', '\r']) {
    const { lines } = await list([{ psn_name: `${sign}HYPERLINK("x")`, summary: `${sign}1+1` }]);
    expect(lines[0]).toMatchObject({ psn_name: `'${sign}*`, summary: `'${sign}1+1` });
  }
});

test('a missing name, number, township or amount is an empty cell', async () => {
  const { lines } = await list([{ psn_name: null, certno: null, township: null, amount_fen: null }]);
  expect(lines[0]).toMatchObject({ psn_name: '', certno: '', township: '', amount_fen: '' });
});

async function list(findings: readonly Record<string, unknown>[]) {
  const all = findings.map((finding) => ({
    rule: 'XC-101',
    person_ref: 'A',
    about: '',
    priority: 'P2',
    psn_name: '王小明',
    certno: '500299198801011234',
    status: 'new',
    facts: JSON.stringify({ about: finding.about ?? '' }),
    ...finding,
  }));
  const columns = Object.entries(findingColumns).map((column) => column.join(' '));
  await database.run(`CREATE OR REPLACE TABLE listed (${columns})`);
  const types = Object.fromEntries(Object.keys(all[0]!).map((name) => [name, 'VARCHAR']));
  await database.run(
    `INSERT INTO listed BY NAME SELECT unnest(from_json($1, '[${JSON.stringify(types)}]'), recursive := true)`,
    [JSON.stringify(all)],
  );
  const file = join(folder, 'findings.parquet');
  await database.run(`COPY listed TO '${file}' (FORMAT parquet)`);
  const path = join(folder, 'findings.csv');
  const totals = await writeFindingsList(database, [file], rules, path);
  const lines: Record<string, string>[] = parse(readFileSync(path), { bom: true, columns: true });
  return { lines, totals };
}
