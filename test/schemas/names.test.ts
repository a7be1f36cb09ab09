import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../functions/runtime/duckdb.ts';
import { cleanName, compareNames, foldName, nameMacros } from '../../schemas/names.ts';

describe('a name as it is kept', () => {
  test.each([
    ['every kind of dot between hanzi becomes one', '阿卜杜•热合曼', '阿卜杜·热合曼'],
    ['also a full stop, and also between single characters', '阿.依．木‧江', '阿·依·木·江'],
    ['blanks inside a name of hanzi alone go', '张　 三', '张三'],
    ['blanks around a dot go', '买买提 · 艾力', '买买提·艾力'],
    ['blanks and stops of a foreign name stay', 'JOHN A. SMITH', 'JOHN A. SMITH'],
    ['traditional characters stay as they were sent', '張國強', '張國強'],
    ['a private-use character is no hanzi', '张•\ue000', '张•\ue000'],
  ])('%s', (_, sent, kept) => expect(cleanName(sent)).toBe(kept));
});

describe('two names of one certificate', () => {
  test.each([
    ['the same characters are equal', '张三', '张三', {}, 'equal'],
    ['traditional and simplified are variants', '張國強', '张国强', {}, 'variant'],
    ['Taiwan and Hong Kong shapes too', '衞裏', '卫里', {}, 'variant'],
    ['separators do not count', '买买提·艾力', '买买提艾力', {}, 'variant'],
    ['letter case does not count', 'John Smith', 'JOHN·SMITH', {}, 'variant'],
    ['the former name is a variant', '张三', '张四', { formerName: '張四' }, 'variant'],
    ['a question mark cannot be compared', '张?', '张三', {}, 'not-comparable'],
    ['a box cannot be compared', '张□', '李三', {}, 'not-comparable'],
    ['a private-use character cannot be compared', '张\ue123', '张三', {}, 'not-comparable'],
    ['a masked name cannot be compared', '张*', '李三', {}, 'not-comparable'],
    [
      'a newborn called after its mother cannot be compared',
      '李梅之女',
      '王小雨',
      { underOneYear: true },
      'not-comparable',
    ],
    ['the same name of a grown person differs', '李梅之女', '王小雨', {}, 'differs'],
    ['a missing name says nothing', '', '王小雨', {}, 'not-comparable'],
    ['different people differ', '张三', '李四', {}, 'differs'],
  ] as const)('%s', (_, a, b, more, expected) => expect(compareNames(a, b, more)).toBe(expected));
});

describe('the same law in SQL', () => {
  let db: Database;
  beforeAll(async () => {
    db = await openDatabase({ memoryMb: 256, threads: 1, tempDir: '/tmp' });
    for (const statement of nameMacros()) await db.run(statement);
  });
  afterAll(() => db.close());

  const character = fc.oneof(
    fc.constantFrom(...'张張国國裏里·•．. ?□*子女婴Aaéｚ\ue001々龍龙'),
    fc
      .integer({ min: 0x21, max: 0x2ffff })
      .filter((c) => c < 0xd800 || c > 0xdfff)
      .map(String.fromCodePoint),
  );
  const name = fc.string({ unit: character, maxLength: 6 });

  test('folding gives what TypeScript gives, for every character', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 50, maxLength: 200 }), async (names) => {
        const rows = await db.all<{ folded: string }>(
          `select fold_name(n) as folded from (select unnest(from_json($1, '["VARCHAR"]')) as n)`,
          [JSON.stringify(names)],
        );
        expect(rows.map((row) => row.folded)).toEqual(names.map(foldName));
      }),
      { numRuns: 20 },
    );
  });

  test('comparing gives what TypeScript gives', async () => {
    const pair = fc.record({ a: name, b: name, former: fc.option(name), young: fc.boolean() });
    const alike = pair.chain((p) => fc.constantFrom(p, { ...p, b: foldName(p.a) }, { ...p, former: foldName(p.b) }));
    await fc.assert(
      fc.asyncProperty(fc.array(alike, { minLength: 50, maxLength: 100 }), async (pairs) => {
        const rows = await db.all<{ result: string }>(
          `select compare_names(p.a, p.b, p.former, p.young) as result
           from (select unnest(from_json($1, '[{"a":"VARCHAR","b":"VARCHAR","former":"VARCHAR","young":"BOOLEAN"}]')) as p)`,
          [JSON.stringify(pairs)],
        );
        const expected = pairs.map((p) => compareNames(p.a, p.b, { formerName: p.former, underOneYear: p.young }));
        expect(rows.map((row) => row.result)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});
