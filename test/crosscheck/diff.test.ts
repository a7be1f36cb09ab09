import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { carryOn, diffFindings } from '../../functions/crosscheck/diff.ts';
import { changedSlices, countRules, findingColumns, writeFindings } from '../../functions/crosscheck/findings-file.ts';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';
import { findingFields } from '../../schemas/finding.ts';
import type { PlannedRule } from '../../schemas/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-diff-'));
let database: Database;
beforeAll(async () => {
  database = await openDatabase({ memoryMb: 200, threads: 2, tempDir: folder });
});
afterAll(() => database.close());
beforeEach(() => fill('previous', []));

type Said = { rule: string; person: string; about?: string; priority?: string; facts?: object; rows?: string };
type Verdict = { key: string; status: string; priority: string; closed_by: string | null; seen_in: string };

describe('a finding', () => {
  test('that was not there is new, stays continued while nothing changes, and changes when its content does', async () => {
    const said = { rule: 'XC-101', person: 'a' };
    expect(await statuses('r1', [said])).toEqual({ 'XC-101|a|': 'new' });
    expect(await statuses('r2', [said])).toEqual({ 'XC-101|a|': 'continued' });
    expect(await statuses('r3', [{ ...said, priority: 'P1' }])).toEqual({ 'XC-101|a|': 'changed' });
  });

  test('does not change when only its rows have moved in the file', async () => {
    await diff('r1', [{ rule: 'XC-101', person: 'a', rows: 'population:7' }]);
    await diff('r2', [{ rule: 'XC-101', person: 'a', rows: 'population:8' }]);
    expect(await database.all('SELECT status, rows, seen_in FROM findings')).toEqual([
      { status: 'continued', rows: 'population:8', seen_in: 'r2' },
    ]);
  });

  test('whose cause is gone is closed by the snapshots of the feeds that its rule needs', async () => {
    await diff('r1', [{ rule: 'XC-101', person: 'a' }]);
    expect(await diff('r2', [])).toMatchObject([
      { status: 'closed', closed_by: 'enrolment:s1 population:s2', seen_in: 'r1' },
    ]);
  });

  test('whose cause returns is reopened', async () => {
    const said = { rule: 'XC-101', person: 'a' };
    await diff('r1', [said]);
    await diff('r2', []);
    expect(await diff('r3', [said])).toMatchObject([{ status: 'reopened', closed_by: null }]);
  });

  test('of a rule that is not run is carried over, with the run that saw it last', async () => {
    await diff('r1', [{ rule: 'XC-101', person: 'a' }]);
    expect(await diff('r2', [], { notRun: ['XC-101'] })).toMatchObject([{ status: 'carried-over', seen_in: 'r1' }]);
    expect(await diff('r3', [{ rule: 'XC-101', person: 'a' }])).toMatchObject([{ status: 'continued', seen_in: 'r3' }]);
  });

  test('of one cause is carried over while those of the other cause of its rule are judged', async () => {
    const both = ['two-subsidies', 'employee-member'].map((cause) => ({
      rule: 'XC-302',
      person: 'a',
      about: cause,
      facts: { cause },
    }));
    await diff('r1', both);
    expect(await statuses('r2', [], { notRun: ['XC-302/two-subsidies'] })).toEqual({
      'XC-302|a|two-subsidies': 'carried-over',
      'XC-302|a|employee-member': 'closed',
    });
  });

  test('is withheld while the person has a carried-over finding of the same family', async () => {
    await diff('r1', [{ rule: 'XC-101', person: 'a' }]);
    const found = [
      { rule: 'XC-102', person: 'a' },
      { rule: 'XC-102', person: 'b' },
      { rule: 'XC-302', person: 'a', facts: { cause: 'two-subsidies' } },
    ];
    expect(await statuses('r2', found, { notRun: ['XC-101'] })).toEqual({
      'XC-101|a|': 'carried-over',
      'XC-102|b|': 'new',
      'XC-302|a|': 'new',
    });
  });

  test('of a rule that no longer exists is closed', async () => {
    await diff('r1', [{ rule: 'XC-101', person: 'a' }]);
    expect(await diff('r2', [], { withdrawn: 'XC-101' })).toMatchObject([
      { status: 'closed', closed_by: 'rule-withdrawn' },
    ]);
  });

  test('of a person who is exempt now is closed by the exemption, one of another family by its snapshots', async () => {
    const subsidised = { rule: 'XC-302', person: 'a', facts: { cause: 'two-subsidies' } };
    await diff('r1', [{ rule: 'XC-101', person: 'a' }, { rule: 'XC-101', person: 'b' }, subsidised]);
    const proofs = (await diff('r2', [], { exempt: ['C:a'] })).map(({ key, closed_by }) => [key, closed_by]);
    expect(Object.fromEntries(proofs)).toMatchObject({
      'XC-101|a|': 'exemption',
      'XC-101|b|': expect.stringContaining(':s'),
      'XC-302|a|': expect.stringContaining(':s'),
    });
  });

  test('that was closed two years ago is forgotten, a day less and it is remembered', async () => {
    await diff('r1', [{ rule: 'XC-101', person: 'a' }]);
    await diff('r2', [], { asOf: '2022-06-30' });
    expect(await diff('r3', [], { asOf: '2024-06-29' })).toMatchObject([{ status: 'closed' }]);
    expect(await diff('r4', [], { asOf: '2024-06-30' })).toEqual([]);
  });

  test('that a rule gives twice under one key stops the run', async () => {
    const said = { rule: 'XC-101', person: 'a' };
    await expect(diff('r1', [said, said])).rejects.toThrow('XC-101 gave one finding twice');
  });
});

test('over any sequence of runs the statuses are those of the plain model', async () => {
  const said = fc.record({
    rule: fc.constantFrom('XC-101', 'XC-102', 'XC-302'),
    person: fc.constantFrom('a', 'b'),
    about: fc.constantFrom('', 'x'),
    priority: fc.constantFrom('P1', 'P2'),
    facts: fc.constant({ cause: 'two-subsidies' }),
  });
  const found = fc.uniqueArray(said, {
    selector: ({ rule, person, about }) => `${rule}|${person}|${about}`,
    maxLength: 8,
  });
  const notRun = fc.subarray(['XC-101', 'XC-102', 'XC-302/two-subsidies']);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ found, notRun }), { minLength: 1, maxLength: 6 }), async (runs) => {
      await fill('previous', []);
      let model: Model = new Map();
      for (const [at, run] of runs.entries()) {
        const evaluated = run.found.filter(({ rule }) => !run.notRun.some((part) => part.startsWith(rule)));
        model = nextModel(model, evaluated, run.notRun, `r${at}`);
        const verdicts = await diff(`r${at}`, evaluated, { notRun: run.notRun });
        expect(new Map(verdicts.map(({ key, ...verdict }) => [key, verdict]))).toEqual(model);
      }
    }),
    { numRuns: 30 },
  );
});

test('carrying findings on gives what finding them again gives', async () => {
  const before = [
    { rule: 'XC-101', person: 'a' },
    { rule: 'XC-102', person: 'b' },
    { rule: 'XC-302', person: 'b', facts: { cause: 'two-subsidies' } },
  ];
  await diff('r1', before);
  const now = before.slice(1, 2);
  await diff('r2', now, { notRun: ['XC-302/two-subsidies'] });
  await carryOn(database);
  const carried = await verdicts();
  await diff('r3', now, { notRun: ['XC-302/two-subsidies'] });
  const evaluated = await verdicts();
  expect(carried.map(({ seen_in, ...verdict }) => verdict)).toEqual(
    evaluated.map(({ seen_in, ...verdict }) => verdict),
  );
  expect(await database.all('SELECT * FROM findings WHERE touched')).toEqual([]);
});

describe('a findings file', () => {
  test('has the same bytes whatever the order of the findings, on two threads', async () => {
    const many = Array.from({ length: 5000 }, (_, at) => ({
      rule: at % 3 === 0 ? 'XC-101' : 'XC-102',
      person: `p${at % 1700}`,
      about: String(at),
    }));
    const bytes = async (found: Said[]): Promise<string> => {
      await fill('previous', []);
      await fill('found', found);
      await diffFindings(database, { runId: 'r1', asOf: '2022-06-30', rules: plan({}), exemptions: [] });
      const path = join(folder, 'findings.parquet');
      await writeFindings(database, path);
      return readFileSync(path).toString('base64');
    };
    const first = await bytes(many);
    expect(await bytes([...many].reverse())).toBe(first);
  });

  test('is cut into slices of whole persons that hold everybody with news and nobody else', async () => {
    const people = Array.from({ length: 2300 }, (_, at) => ({ rule: 'XC-101', person: `p${at}` }));
    await diff('r1', people);
    const more = people
      .slice(0, 1200)
      .map(({ person }) => ({ rule: 'XC-302', person, facts: { cause: 'two-subsidies' } }));
    await diff('r2', [...people.slice(0, 2200), ...more]);
    const slices = await changedSlices(database);
    expect(slices).toEqual([
      { offset: 0, count: expect.any(Number) },
      { offset: slices[0]!.count, count: 1200 * 2 + 100 - slices[0]!.count },
    ]);
    const path = join(folder, 'sliced.parquet');
    await writeFindings(database, path);
    const persons: string[][] = [];
    for (const { offset, count } of slices) {
      const rows = await database.all<{ person_key: string }>(
        `SELECT person_key FROM (SELECT person_key FROM '${path}' LIMIT ${count} OFFSET ${offset})`,
      );
      persons.push([...new Set(rows.map(({ person_key }) => person_key))]);
    }
    expect(persons.map(({ length }) => length)).toEqual([1000, 300]);
    const expected = [...people.slice(0, 1200), ...people.slice(2200)].map(({ person }) => `C:${person}`);
    expect(persons.flat().sort()).toEqual(expected.sort());
  });

  test('counts what this run closed, not what was closed before', async () => {
    await diff('r1', [
      { rule: 'XC-101', person: 'a' },
      { rule: 'XC-101', person: 'b' },
    ]);
    await diff('r2', [{ rule: 'XC-101', person: 'b', priority: 'P1' }]);
    expect((await countRules(database, {}))['XC-101']).toMatchObject({
      byStatus: { new: 0, changed: 1, closed: 1 },
      byPriority: { P1: 1 },
    });
    await diff('r3', [{ rule: 'XC-101', person: 'b', priority: 'P1' }]);
    expect((await countRules(database, {}))['XC-101']?.byStatus).toMatchObject({ continued: 1, closed: 0 });
  });

  test('has the columns that rules leave, in their order, and those that runs add', () => {
    const added = ['person_ref', 'status', 'closed_by', 'closed_on', 'seen_in'];
    expect(Object.keys(findingColumns).filter((column) => !added.includes(column))).toEqual(findingFields);
  });
});

type Model = Map<string, Omit<Verdict, 'key'>>;

/** The law of ground rules 3 and 4, one finding after the other. */
function nextModel(before: Model, found: readonly Said[], notRun: readonly string[], runId: string): Model {
  const family = (rule: string) => plan({}).find((planned) => planned.rule === rule)!.family;
  const runs = (rule: string) => !notRun.some((part) => part.startsWith(rule));
  const after: Model = new Map();
  for (const [key, held] of before) {
    const rule = key.split('|')[0]!;
    if (held.status === 'closed') after.set(key, held);
    else if (!runs(rule)) after.set(key, { ...held, status: 'carried-over' });
    else after.set(key, { ...held, status: 'closed', closed_by: proofOf(rule) });
  }
  const carried = [...after].filter(([, { status }]) => status === 'carried-over').map(([key]) => key.split('|'));
  for (const { rule, person, about, priority } of found) {
    const key = `${rule}|${person}|${about}`;
    const held = before.get(key);
    const open = held !== undefined && held.status !== 'closed';
    if (!open && carried.some(([other, who]) => who === person && family(other!) === family(rule))) continue;
    const kept = open
      ? held.priority === priority
        ? 'continued'
        : 'changed'
      : held === undefined
        ? 'new'
        : 'reopened';
    after.set(key, { status: kept, priority: priority!, closed_by: null, seen_in: runId });
  }
  return after;
}

type How = { notRun?: readonly string[]; withdrawn?: string; asOf?: string; exempt?: string[] };

/** One run over what the run before it left. */
async function diff(runId: string, found: readonly Said[], how: How = {}): Promise<Verdict[]> {
  await fill('found', found);
  await diffFindings(database, {
    runId,
    asOf: how.asOf ?? '2022-06-30',
    rules: plan(how),
    exemptions: how.exempt ?? [],
  });
  await database.run(`CREATE OR REPLACE TABLE previous AS SELECT ${Object.keys(findingColumns)} FROM findings`);
  return verdicts();
}

async function statuses(runId: string, found: readonly Said[], how?: How): Promise<Record<string, string>> {
  return Object.fromEntries((await diff(runId, found, how)).map(({ key, status }) => [key, status]));
}

const verdicts = (): Promise<Verdict[]> =>
  database.all<Verdict>(
    `SELECT replace(finding_key, 'C:', '') AS key, status, priority, closed_by, seen_in FROM findings ORDER BY finding_key`,
  );

function plan({ notRun = [], withdrawn }: How): PlannedRule[] {
  const parts = [
    ['XC-101', null, 'not-covered'],
    ['XC-102', null, 'not-covered'],
    ['XC-302', 'two-subsidies', 'money'],
    ['XC-302', 'employee-member', 'money'],
  ] as const;
  return parts
    .filter(([rule]) => rule !== withdrawn)
    .map(([rule, cause, family]) => ({
      rule,
      cause,
      family,
      version: '1',
      evaluated: !notRun.includes(cause === null ? rule : `${rule}/${cause}`),
      notRun: [],
      proof: proofOf(rule).split(' '),
    }));
}

const proofOf = (rule: string): string => (rule === 'XC-302' ? 'premium-payment:s3' : 'enrolment:s1 population:s2');

async function fill(table: 'found' | 'previous', said: readonly Said[]): Promise<void> {
  const all = Object.entries(findingColumns);
  const added = ['status', 'closed_by', 'closed_on', 'seen_in'];
  const columns = table === 'found' ? all.filter(([column]) => !added.includes(column)) : all;
  await database.run(`CREATE OR REPLACE TABLE ${table} (${columns.map((column) => column.join(' '))})`);
  if (said.length === 0) return;
  await database.run(
    `INSERT INTO ${table} BY NAME
    SELECT rule, rule || '|C:' || person || '|' || about AS finding_key, ('0x' || md5('C:' || person)[1:4])::USMALLINT AS h,
      'C:' || person AS person_key, 'ref-' || person AS person_ref, about, priority, 'A' AS grade, rows, facts
    FROM (SELECT unnest(from_json($1, '[{"rule":"VARCHAR","person":"VARCHAR","about":"VARCHAR","priority":"VARCHAR","rows":"VARCHAR","facts":"VARCHAR"}]'), recursive := true))`,
    [
      JSON.stringify(
        said.map((one) => ({ about: '', priority: 'P2', rows: '', ...one, facts: JSON.stringify(one.facts ?? {}) })),
      ),
    ],
  );
}
