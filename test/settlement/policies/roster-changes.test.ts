import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../functions/runtime/duckdb.ts';
import { rosterChanges } from '../../../functions/settlement/policies/roster-changes.ts';
import feed from '../../../schemas/feeds/policy-roster.feed.ts';
import { lakeColumns, type Snapshot } from '../../../schemas/snapshot.ts';

let folder: string;
let db: Database;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canbao-roster-'));
  db = await openDatabase({ memoryMb: 200, threads: 1, tempDir: join(folder, 'spill') });
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true, force: true });
});

type Row = { policy_no: string } & Record<string, string | number | boolean | null>;

test('a first roster is all new, in the order of its policies', async () => {
  const changes = await between(undefined, [row('P2'), row('P1'), row('P3', { insurer_uscc: 'B' })]);
  expect(changes.count).toBe(3);
  expect(changes.insurers).toEqual(['A', 'B']);
  expect((await changes.read(0, 2)).map(({ insurer, policy_no }) => `${insurer} ${policy_no}`)).toEqual([
    'A P1',
    'A P2',
  ]);
  expect((await changes.read(2, 2)).map(({ insurer, policy_no }) => `${insurer} ${policy_no}`)).toEqual(['B P3']);
});

test('only what differs is a change: what is new, what is gone, what has another term, not a moved or renamed row', async () => {
  const older = [row('same', { row_no: 5 }), row('gone'), row('longer'), row('renamed')];
  const newer = [
    row('same', { row_no: 9, seq: 3 }),
    row('longer', { end_date: '2027-12-31' }),
    row('new', { consent_no: 'C9', pre_existing: true }),
    row('renamed', { psn_name: '另名' }),
  ];
  const changes = await between(older, newer);
  const read = await changes.read(0, 10);
  expect(read.map(({ policy_no, row }) => [policy_no, row?.end_date, row?.consent_no])).toEqual([
    ['gone', undefined, undefined],
    ['longer', '2027-12-31', null],
    ['new', '2026-12-31', 'C9'],
  ]);
  expect(read[2]!.row).toMatchObject({ person_key: 'C:1', pre_existing: true, wait_end: null, policy_stas: '1' });
  expect(Object.keys(read[2]!.row!)).not.toContain('psn_name');
});

test('of two rows of one policy the one that came last counts', async () => {
  const twice = [row('P', { row_no: 2, end_date: '2026-01-31' }), row('P', { row_no: 3, end_date: '2026-02-28' })];
  const changes = await between(undefined, [...twice, row('P', { row_no: 1, seq: 4, end_date: '2026-03-31' })]);
  expect((await changes.read(0, 10)).map(({ row }) => row?.end_date)).toEqual(['2026-03-31']);
});

test('a policy without a sub-number has an empty one', async () => {
  const changes = await between([row('P', { policy_sub_no: null })], [row('P', { policy_sub_no: '1' })]);
  expect((await changes.read(0, 10)).map(({ policy_sub_no, row }) => [policy_sub_no, row !== undefined])).toEqual([
    ['', false],
    ['1', true],
  ]);
});

const row = (policy_no: string, more: Partial<Row> = {}): Row => ({
  h: 1,
  person_key: 'C:1',
  row_no: 2,
  insurer_uscc: 'A',
  product_code: 'HMB',
  policy_no,
  begn_date: '2026-01-01',
  end_date: '2026-12-31',
  policy_stas: '1',
  psn_name: '某人',
  ...more,
});

/** Snapshots as intake leaves them, in a lake of this test's own. */
async function between(older: Row[] | undefined, newer: Row[]) {
  const snapshots = { older: older && (await snapshot('older', older)), newer: await snapshot('newer', newer) };
  return rosterChanges(db, snapshots, folder, ({ key }, path) =>
    copyFile(join(folder, key.replaceAll('/', '_')), path),
  );
}

async function snapshot(snapshotId: string, rows: Row[]): Promise<Snapshot> {
  const columns = lakeColumns(feed);
  await db.run(`CREATE OR REPLACE TABLE made (${columns.map(({ name, type }) => `"${name}" ${type}`)})`);
  for (const one of rows) {
    const names = Object.keys(one);
    const values = Object.values(one).map((value) => (typeof value === 'string' ? `'${value}'` : String(value)));
    await db.run(`INSERT INTO made (${names}) VALUES (${values})`);
  }
  const path = join(folder, `snapshots_policy-roster_${snapshotId}_0000-ffff.parquet`);
  await db.run(`COPY made TO '${path}' (FORMAT parquet)`);
  const files = [{ range: '0000-ffff', rows: rows.length, bytes: 1, digest: '0'.repeat(64) }];
  return { feed: 'policy-roster', snapshotId, files } as unknown as Snapshot;
}
