import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { homeOf } from '../../functions/crosscheck/home.ts';
import type { Database } from '../../functions/runtime/duckdb.ts';
import { openTestDatabase } from './memory-hub.ts';

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const population = fc.record({
  person_key: fc.constantFrom('p1', 'p2'),
  pop_kind: fc.constantFrom('1', '2', '3'),
  pop_stas: fc.constantFrom('1', '2'),
  chg_date: fc.constantFrom(null, '2020-01-01', '2021-01-01'),
  hukou_admdvs: fc.constantFrom('500299101201', '500299103201'),
  live_admdvs: fc.constantFrom('500299102202', '510104', null),
  psn_name: fc.constantFrom('甲乙', '丙丁'),
});
type Row = typeof population extends fc.Arbitrary<infer One> ? One : never;

test('a person lives where the newest row that qualifies says, whatever else is asked of that row', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(population, { minLength: 1, maxLength: 8 }), async (rows) => {
      const cells = (row: Row) => Object.values(row).map((value) => (value === null ? 'NULL' : `'${value}'`));
      await database.run(`CREATE OR REPLACE TABLE population AS
        SELECT person_key, pop_kind, pop_stas, chg_date::DATE AS chg_date, hukou_admdvs, live_admdvs::VARCHAR AS live_admdvs, psn_name
        FROM (VALUES ${rows.map((row) => `(${cells(row).join(', ')})`).join(', ')}) AS given(${Object.keys(rows[0]!).join(', ')})`);
      const found =
        await database.all(`SELECT person_key, ${homeOf()}.place AS place, ${homeOf(['psn_name'])}.place AS same
        FROM population GROUP BY person_key ORDER BY person_key`);
      const people = [...new Set(rows.map(({ person_key }) => person_key))].sort();
      expect(found).toEqual(
        people.map((person_key) => {
          const place = placeOf(rows.filter((row) => row.person_key === person_key));
          return { person_key, place, same: place };
        }),
      );
    }),
  );
}, 60_000);

/** By plain comparisons, one after the other. */
function placeOf(rows: readonly Row[]): string {
  const place = ({ live_admdvs, hukou_admdvs }: Row) => live_admdvs ?? hukou_admdvs;
  const qualifying = rows.filter(({ pop_kind, pop_stas }) => pop_kind !== '3' && pop_stas === '1');
  const first = qualifying.length > 0 ? qualifying : rows;
  const newest = first
    .map(({ chg_date }) => chg_date ?? '')
    .sort()
    .at(-1);
  const latest = first.filter(({ chg_date }) => (chg_date ?? '') === newest);
  const kind = latest.map(({ pop_kind }) => pop_kind).sort()[0];
  return latest
    .filter(({ pop_kind }) => pop_kind === kind)
    .map(place)
    .sort()
    .at(-1)!;
}
