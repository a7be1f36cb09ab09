import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateTask } from '../../../functions/crosscheck/evaluate.ts';
import type { FeedInput } from '../../../functions/crosscheck/facts/feed-views.ts';
import { countUnkeyedInsured } from '../../../functions/crosscheck/indicators.ts';
import {
  addInsured,
  addUnkeyedInsured,
  draw,
  type Listed,
  noInsured,
  writeSampleList,
} from '../../../functions/crosscheck/sample-check/draw.ts';
import type { Database } from '../../../functions/runtime/duckdb.ts';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import { personRef } from '../../../schemas/person-ref.ts';
import { Settings } from '../../../schemas/settings.ts';
import { ExampleRows, type LakeRow, writeSnapshot } from '../example-lake.ts';
import { openTestDatabase } from '../memory-hub.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-sample-'));
const secret = 'a secret that is only for tests, 32+';
const settings = Settings.parse({ area: { code: '500299' } });
const [asOf, year] = ['2022-06-28', '2022'];
const everybody = { from: 0, to: 0xffff };
let database: Database;
let places = 0;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

type Layout = { parts?: number; order?: string };
type Rows = ReadonlyMap<string, readonly LakeRow[]>;

async function lakeOf(rows: Rows, layout: Layout = {}): Promise<Record<string, FeedInput>> {
  const place = join(folder, `lake-${places++}`);
  const feeds: Record<string, FeedInput> = {};
  for (const [name, list] of rows) feeds[name] = await writeSnapshot(database, place, feedNamed(name)!, list, layout);
  return feeds;
}

/** Everybody who is insured, in the table of that name. */
async function listInsured(feeds: Record<string, FeedInput>, turnKey: string, parts = 1): Promise<void> {
  const listed: Listed = { asOf, year, settings, feeds, turnKey };
  await noInsured(database);
  const width = 0x10000 / parts;
  for (let part = 0; part < parts; part++)
    await addInsured(database, { ...listed, range: { from: part * width, to: (part + 1) * width - 1 } });
  await addUnkeyedInsured(database, { ...listed, range: everybody });
}

async function drawList(share: number): Promise<{ strata: Awaited<ReturnType<typeof draw>>; bytes: Buffer }> {
  const strata = await draw(database, share);
  const path = join(folder, 'list.csv');
  await writeSampleList(database, { year, seed: 'S-1', secret }, path);
  return { strata, bytes: readFileSync(path) };
}

const linesOf = (bytes: Buffer): Record<string, string>[] => parse(bytes, { columns: true, bom: true });

/** A register with a population list: every kind of row that makes, or does not make, somebody insured here. */
const enrolment = fc.record(
  {
    who: fc.nat(60).map((n) => `p${n}`),
    insutype: fc.constantFrom('390', '390', '390', '310', '340', '392'),
    psn_insu_stas: fc.constantFrom('1', '1', '1', '1', '2'),
    insuplc_admdvs: fc.constantFrom('500299', '500299', '500299', '510104'),
    insu_year: fc.constantFrom('2022', '2022', '2021', null),
    psn_insu_date: fc.constantFrom('2022-01-01', asOf, '2022-06-29'),
    paus_insu_date: fc.constantFrom(null, null, asOf, '2022-12-31'),
    psn_no: fc.nat(80).map((n) => `N${n}`),
    live_admdvs: fc.constantFrom('500299101201', '500299102202', '500299', null),
    // Seventeen digits are no number: who has them is known by psn_no alone.
    certno: fc.option(fc.constant('50029919900101001'), { freq: 4, nil: undefined }),
  },
  { requiredKeys: ['who', 'insutype', 'psn_insu_stas', 'insuplc_admdvs', 'psn_insu_date', 'psn_no', 'insu_year'] },
);
const population = fc.record({
  who: fc.nat(60).map((n) => `p${n}`),
  pop_kind: fc.constantFrom('1', '2', '3'),
  pop_stas: fc.constantFrom('1', '1', '2'),
  chg_date: fc.constantFrom(null, '2020-01-01', '2021-01-01'),
  hukou_admdvs: fc.constantFrom('500299101201', '500299103201'),
  live_admdvs: fc.constantFrom('500299102202', '500299103204', '510104', null),
});
const county = fc
  .record({
    enrolment: fc.array(enrolment, { minLength: 1, maxLength: 120 }),
    population: fc.array(population, { maxLength: 60 }),
  })
  .map((given) => {
    const rows = new ExampleRows();
    rows.add(0, {
      enrolment: given.enrolment.map(({ certno, ...row }) => (certno === undefined ? row : { ...row, certno })),
      population: given.population,
    });
    return rows.feeds as Rows;
  });

/** Who is drawn, in the order of the list, by plain loops over the rows: `township draw person_ref`. */
function expectedOf(rows: Rows, share: number, turnKey: string): string[] {
  const counts = ({ insutype, psn_insu_stas, insuplc_admdvs, insu_year, psn_insu_date, paus_insu_date }: LakeRow) =>
    ['310', '390'].includes(insutype as string) &&
    psn_insu_stas === '1' &&
    insuplc_admdvs === '500299' &&
    (insutype === '310' || insu_year === '2022') &&
    (psn_insu_date as string) <= asOf &&
    (paus_insu_date == null || asOf < (paus_insu_date as string));
  const insured = (rows.get('enrolment') ?? []).filter(counts);
  const numbers = new Set(insured.filter((row) => row.person_key !== null).map((row) => row.psn_no));
  const people = new Map<string, string>();
  for (const row of insured) {
    if (row.person_key === null && numbers.has(row.psn_no)) continue;
    const key = row.person_key ?? `U:${row.insuplc_admdvs}:${row.psn_no}`;
    const live = (row.live_admdvs as string | null | undefined) ?? '';
    if (live >= (people.get(key) ?? '')) people.set(key, live);
  }
  const homes = new Map<string, string>();
  for (const row of rows.get('population') ?? []) {
    const qualifies = row.pop_stas === '1' && row.pop_kind !== '3' ? '1' : '0';
    const home = (row.live_admdvs ?? row.hukou_admdvs) as string;
    const rank = `${qualifies}|${row.chg_date ?? '0001-01-01'}|${9 - Number(row.pop_kind)}|${home}`;
    if (rank > (homes.get(row.person_key!) ?? '')) homes.set(row.person_key!, rank);
  }
  const townships = new Map<string, { key: string; turn: string }[]>();
  for (const [key, live] of people) {
    const place = homes.get(key)?.split('|')[3] ?? live;
    const township = place.length >= 9 ? place.slice(0, 9) : 'unknown';
    const turn = createHash('md5')
      .update(turnKey + key)
      .digest('hex')
      .slice(0, 16);
    townships.set(township, [...(townships.get(township) ?? []), { key, turn }]);
  }
  return [...townships]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([township, all]) =>
      all
        .sort((a, b) => (a.turn < b.turn ? -1 : 1))
        .filter((_, index) => index * 100 < all.length * share)
        .map(({ key }, index) => `${township} ${index + 1} ${personRef(secret, key)}`),
    );
}

const wholeShare = fc.integer({ min: 1, max: 100 });

describe('a sample of the insured', () => {
  it('is in every township the very people whom plain loops draw, at least the share of them, at least one', async () => {
    await fc.assert(
      fc.asyncProperty(county, wholeShare, fc.nat().map(String), async (rows, share, key) => {
        await listInsured(await lakeOf(rows), key);
        const { strata, bytes } = await drawList(share);
        const lines = linesOf(bytes);
        const found = lines.map(
          ({ township, draw: place, person_ref }) => `${township || 'unknown'} ${place} ${person_ref}`,
        );
        expect(found).toEqual(expectedOf(rows, share, key));
        for (const { township, insured, drawn } of strata) {
          expect(drawn).toBeGreaterThanOrEqual(Math.max(1, (insured * share) / 100));
          expect(drawn - 1).toBeLessThan((insured * share) / 100);
          expect(lines.filter((line) => (line.township || 'unknown') === township)).toHaveLength(drawn);
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('is drawn from as many as the indicators count', async () => {
    await fc.assert(
      fc.asyncProperty(county, async (rows) => {
        const feeds = await lakeOf(rows);
        await listInsured(feeds, 'key');
        const strata = await draw(database, 10);
        const inputs = { asOf, year, settings, feeds, range: everybody, evaluated: [] };
        const { insured } = await evaluateTask(database, inputs, []);
        const counted = insured + (await countUnkeyedInsured(database, inputs));
        expect(strata.reduce((sum, { insured }) => sum + insured, 0)).toBe(counted);
      }),
      { numRuns: 20 },
    );
  }, 120_000);

  it('is the same byte for byte in whatever order rows lie, however files are split and however many threads read', async () => {
    const rows = aTown();
    const lists: Buffer[] = [];
    for (const [layout, threads] of [
      [{}, 1],
      [{ order: 'md5(row_no::VARCHAR)' }, 4],
      [{ parts: 8 }, 2],
    ] as [Layout, number][]) {
      await database.run(`SET threads = ${threads}`);
      await listInsured(await lakeOf(rows, layout), 'key', layout.parts);
      lists.push((await drawList(10)).bytes);
    }
    expect(lists.map((list) => list.equals(lists[0]!))).toEqual([true, true, true]);
    expect(linesOf(lists[0]!).length).toBeGreaterThan(40);
  });

  it('holds the same people when the register is sent again in another order', async () => {
    const rows = aTown();
    const people: string[][] = [];
    for (const list of [rows, new Map([...rows].map(([feed, all]) => [feed, renumbered(all)]))]) {
      await listInsured(await lakeOf(list), 'key');
      people.push(
        linesOf((await drawList(10)).bytes).map((line) => `${line.draw} ${line.person_ref} ${line.psn_name}`),
      );
    }
    expect(people[1]).toEqual(people[0]);
  });

  it('holds every smaller sample of the same seed line by line, and other people by another seed', async () => {
    const feeds = await lakeOf(aTown());
    await listInsured(feeds, 'key');
    const hundredths = fc.integer({ min: 1, max: 10_000 });
    await fc.assert(
      fc.asyncProperty(hundredths, hundredths, async (one, other) => {
        const [small, large] = [Math.min(one, other) / 100, Math.max(one, other) / 100];
        const smaller = (await drawList(small)).bytes.toString().trim().split('\n');
        const larger = new Set((await drawList(large)).bytes.toString().trim().split('\n'));
        expect(smaller.filter((line) => !larger.has(line))).toEqual([]);
      }),
      { numRuns: 30 },
    );
    const { bytes } = await drawList(10);
    await listInsured(feeds, 'another key');
    expect(linesOf((await drawList(10)).bytes).map(refOf)).not.toEqual(linesOf(bytes).map(refOf));
  });

  it('opens in Excel, names and numbers masked, with the row of the register to look at', async () => {
    const rows = aTown();
    await listInsured(await lakeOf(rows), 'key');
    const { bytes } = await drawList(100);
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const lines = linesOf(bytes);
    expect(Object.keys(lines[0]!).join()).toBe('year,seed,township,village,draw,person_ref,psn_name,certno,rows');
    expect(lines[0]).toMatchObject({ year: '2022', seed: 'S-1', psn_name: '张*' });
    const registered = new Map(rows.get('enrolment')!.map((row) => [`enrolment:${row.row_no}`, row]));
    for (const { person_ref, rows: quoted, certno } of lines) {
      const row = registered.get(quoted!)!;
      expect(personRef(secret, row.person_key!)).toBe(person_ref);
      const number = row.certno as string;
      expect(certno).toBe(`${number[0]}********${number.at(-1)}`);
      expect(bytes.includes(number)).toBe(false);
    }
    expect(bytes.includes('张三')).toBe(false);
  });
});

const refOf = ({ person_ref }: Record<string, string>) => person_ref;

/** 400 insured in seven townships and nowhere, the last ones known to the register alone. */
function aTown(): Rows {
  const rows = new ExampleRows();
  const who = Array.from({ length: 400 }, (_, n) => `p${n}`);
  const place = (n: number) => `50029910${n % 7}20${n % 3}`;
  rows.add(0, {
    enrolment: who.map((one, n) => ({ who: one, live_admdvs: n > 390 ? null : place(n + 1) })),
    population: who.slice(0, 380).map((one, n) => ({ who: one, live_admdvs: place(n) })),
  });
  return rows.feeds;
}

/** The same rows, the last one first. */
function renumbered(rows: readonly LakeRow[]): LakeRow[] {
  return rows.toReversed().map((row, index) => ({ ...row, row_no: index + 2 }));
}
