import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fact, inOrder } from '../../functions/crosscheck/facts/fact.ts';
import { groundMacros } from '../../functions/crosscheck/facts/ground.ts';
import { facts } from '../../functions/crosscheck/facts/register.ts';
import { sentence } from '../../functions/crosscheck/sentence.ts';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';

let database: Database;

beforeAll(async () => {
  database = await openDatabase({ memoryMb: 200, threads: 1, tempDir: tmpdir() });
  // `readable` calls a function that only an evaluation has.
  const macros = groundMacros({ asOf: '2022-06-30', year: '2022' }).filter((macro) => !macro.includes('compare_names'));
  for (const macro of macros) await database.run(macro);
});
afterAll(() => database.close());

const words = { cause: { none: '未获资助' }, categories: { orphan: '孤儿', 'at-risk': '边缘易致贫户' } };

async function said(summary: string, columns: string): Promise<string | null> {
  const [row] = await database.all<{ said: string | null }>(
    `SELECT ${sentence({ summary, words })} AS said FROM (${columns})`,
  );
  return row!.said;
}

it('says facts by their words, lists with commas, amounts in yuan', async () => {
  const columns = "SELECT {cause: 'none', categories: ['orphan', 'at-risk'], days: 3} AS facts, 123405 AS amount_fen";
  const summary = '{categories*}{cause}，{days}天，{amount}。';
  expect(await said(summary, columns)).toBe('孤儿、边缘易致贫户未获资助，3天，1234.05元。');
});

it('says a code without words as it is, and leaves out a part whose fact is missing', async () => {
  const columns = "SELECT {cause: 'other', hint: NULL::VARCHAR} AS facts, 5 AS amount_fen";
  expect(await said('{cause}[，{hint}][，{cause}]，{amount}', columns)).toBe('other，other，0.05元');
});

it('says nothing at all when a fact outside brackets is missing, so that a test sees it', async () => {
  expect(await said('{hint}。', 'SELECT {hint: NULL::VARCHAR} AS facts, NULL AS amount_fen')).toBeNull();
});

it('builds facts after those they read, each once, and refuses rings and unknown names', () => {
  const names = inOrder(['uncovered', 'target'], facts).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const fact of inOrder(['uncovered'], facts))
    for (const read of fact.facts ?? []) expect(names.indexOf(read)).toBeLessThan(names.indexOf(fact.name));
  const ring: Fact[] = [
    { name: 'a', facts: ['b'], sql: () => '' },
    { name: 'b', facts: ['a'], sql: () => '' },
  ];
  expect(() => inOrder(['a'], ring)).toThrow('a → b → a');
  expect(() => inOrder(['c'], ring)).toThrow('c');
});
