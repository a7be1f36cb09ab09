import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateTask, runPrelude } from '../../functions/crosscheck/evaluate.ts';
import { type Example, type ExampleFinding, partsOf } from '../../functions/crosscheck/rule.ts';
import { rules } from '../../functions/crosscheck/rules/register.ts';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';
import { feeds as everyFeed } from '../../schemas/feeds/register.ts';
import type { Finding } from '../../schemas/finding.ts';
import { Settings } from '../../schemas/settings.ts';
import { ExampleRows, writeSnapshot } from './example-lake.ts';

/** Every example of every rule; those with equal circumstances share a county, each with people of its own. */
const examples = rules.flatMap((rule) => rule.examples.map((example) => ({ rule: rule.code, ...example })));
const counties = new Map<string, number[]>();
examples.forEach(({ asOf = '2022-06-30', year = '2022', settings = {} }, index) => {
  const circumstances = JSON.stringify({ asOf, year, settings });
  counties.set(circumstances, [...(counties.get(circumstances) ?? []), index]);
});

const found = new Map<number, (Finding & { who: string })[]>();
const folder = mkdtempSync(join(tmpdir(), 'examples-'));
let database: Database;

beforeAll(async () => {
  database = await openDatabase({ memoryMb: 500, threads: 2, tempDir: folder });
  let number = 0;
  for (const [circumstances, members] of counties) await judge(JSON.parse(circumstances), members, `${number++}`);
}, 120_000);

afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

describe.each(rules)('$code $name.en', ({ code, examples: own }) => {
  it('has examples', () => expect(own.length).toBeGreaterThan(0));

  it.each(own.map((example) => [example.title, example] as const))('%s', (_, example) => {
    const index = examples.findIndex(({ rule, title }) => rule === code && title === example.title);
    const findings = found.get(index)!.filter(({ rule }) => rule === code);
    const expected = example.finds.map((finding) => ({ ...finding, who: finding.who ?? 'a' }));
    const place = ({ who, about }: { who: string; about?: string | undefined }) => `${who} ${about ?? ''}`;
    const inOrder = <T extends { who: string; about?: string }>(list: readonly T[]) =>
      list.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
    expect(inOrder(findings).map(({ who }) => who)).toEqual(inOrder(expected).map(({ who }) => who));
    inOrder(findings).forEach((finding, at) => {
      expect(seen(finding, inOrder(expected)[at]!)).toEqual(inOrder(expected)[at]);
    });
  });
});

/** The part of a finding that an example speaks about. */
function seen(finding: Finding & { who: string }, expected: ExampleFinding): ExampleFinding {
  const facts = JSON.parse(finding.facts) as Record<string, unknown>;
  const values = {
    ...finding,
    rows: finding.rows.split(' ').length,
    facts: Object.fromEntries(Object.keys(expected.facts ?? {}).map((fact) => [fact, facts[fact]])),
  };
  return Object.fromEntries(Object.keys(expected).map((key) => [key, values[key as keyof typeof values]]));
}

async function judge(
  { asOf, year, settings }: Required<Pick<Example, 'asOf' | 'year' | 'settings'>>,
  members: readonly number[],
  name: string,
): Promise<void> {
  const rows = new ExampleRows();
  for (const index of members) {
    rows.add(index, examples[index]!.given);
    found.set(index, []);
  }
  const feeds: Record<string, Awaited<ReturnType<typeof writeSnapshot>>> = {};
  for (const feed of everyFeed) {
    feeds[feed.name] = await writeSnapshot(database, join(folder, name), feed, rows.feeds.get(feed.name) ?? [], {
      dataAsOf: asOf,
    });
  }
  const evaluated = rules.flatMap((rule) => partsOf(rule).map(({ cause }) => ({ rule: rule.code, cause })));
  const inputs = {
    asOf,
    year,
    settings: Settings.parse(settings),
    range: { from: 0, to: 0xffff },
    feeds,
    evaluated,
  };
  const matches = join(folder, `${name}-matches.parquet`);
  await runPrelude(database, inputs);
  await keep(rows);
  await database.run(`COPY matches TO '${matches}' (FORMAT parquet)`);
  await evaluateTask(database, { ...inputs, matches });
  await keep(rows);
}

async function keep(rows: ExampleRows): Promise<void> {
  for (const finding of await database.all<Finding>('SELECT * FROM findings')) {
    const { example, who } = rows.owners.get(finding.person_key)!;
    found.get(example)!.push({ ...finding, who });
  }
}
