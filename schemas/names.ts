import { from, to } from 'opencc-js/preset/t2cn';

export type NameComparison = 'equal' | 'variant' | 'not-comparable' | 'differs';

/**
 * Compares two names of one certificate (rules.md, ground rule 2). A name is a check, never a key: a missing or
 * unreadable one says nothing against the person.
 */
export function compareNames(
  a: string | null | undefined,
  b: string | null | undefined,
  more: { formerName?: string | null; underOneYear?: boolean } = {},
): NameComparison {
  if (!a || !b) return 'not-comparable';
  if (a === b) return 'equal';
  const folded = [foldName(a), foldName(b)];
  if (folded[0] === folded[1]) return 'variant';
  if (more.formerName && folded.includes(foldName(more.formerName))) return 'variant';
  if ([a, b].some((name) => UNREADABLE.test(name) || (more.underOneYear && NEWBORN.test(name))))
    return 'not-comparable';
  return 'differs';
}

/** Simplified characters, no separators, no letter case: for comparing only, never stored. */
export function foldName(name: string): string {
  return Array.from(name, (character) => foldedCharacters.get(character) ?? character).join('');
}

/** One kind of dot between hanzi; no blanks inside a name of hanzi alone. Expects a cell that is already trimmed. */
export function cleanName(cell: string): string {
  const closed = HANZI_NAME.test(cell) ? cell.replace(new RegExp(`[${BLANKS}]`, 'gu'), '') : cell;
  return closed.replace(new RegExp(`(?<=[${HANZI}])[${DOTS}](?=[${HANZI}])`, 'gu'), '·');
}

/**
 * Statements that give a DuckDB connection `fold_name(x)` and `compare_names(a, b, former, under_one_year)`, which
 * agree with the functions above (test/schemas/names.test.ts). The table behind them is a session variable: one look-up
 * per character is a hundred times faster than `translate()` with thousands of pairs.
 */
export function nameMacros(): string[] {
  const common = Array.from({ length: TABLE_END - TABLE_START }, (_, i) =>
    tableEntry(String.fromCodePoint(TABLE_START + i)),
  );
  const rare = [...foldedCharacters].filter(([key]) => key.codePointAt(0)! >= TABLE_END);
  const [rareKeys, rareValues] = [0, 1].map((i) => rare.map((pair) => pair[i]).join(''));
  return [
    `SET VARIABLE folded_characters = string_split('${common.join('').replaceAll("'", "''")}', '')`,
    `CREATE OR REPLACE MACRO fold_character(c) AS CASE WHEN unicode(c) BETWEEN ${TABLE_START} AND ${TABLE_END - 1}
       THEN list_extract(getvariable('folded_characters'), unicode(c) - ${TABLE_START - 1}) ELSE c END`,
    `CREATE OR REPLACE MACRO fold_name(x) AS replace(array_to_string(list_transform(string_split(
       CASE WHEN regexp_matches(x, '[\\x{${TABLE_END.toString(16)}}-\\x{10ffff}]') THEN translate(x, '${rareKeys}', '${rareValues}') ELSE x END,
       ''), lambda c: fold_character(c)), ''), ' ', '')`,
    `CREATE OR REPLACE MACRO compare_names(a, b, former, under_one_year) AS CASE
       WHEN coalesce(a, '') = '' OR coalesce(b, '') = '' THEN 'not-comparable'
       WHEN a = b THEN 'equal'
       WHEN fold_name(a) = fold_name(b) THEN 'variant'
       WHEN coalesce(former, '') <> '' AND fold_name(former) IN (fold_name(a), fold_name(b)) THEN 'variant'
       WHEN regexp_matches(a || b, '${sqlClass(UNREADABLE)}') THEN 'not-comparable'
       WHEN under_one_year AND (regexp_matches(a, '${NEWBORN.source}') OR regexp_matches(b, '${NEWBORN.source}')) THEN 'not-comparable'
       ELSE 'differs' END`,
  ];
}

/** Characters inside a pattern's brackets, for JavaScript with the flag `u`. */
export const HANZI = '\\u3005\\u3007\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3fffd}';
export const BLANKS = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
/** U+00B7 first: what all the others become. */
export const DOTS = '\\u00b7\\u2022\\u2027\\u22c5\\u2219\\u0387\\u30fb\\uff65\\uff0e.';

const HANZI_NAME = new RegExp(`^[${HANZI}${DOTS}${BLANKS}]*$`, 'u');
const UNREADABLE = /[?？□*＊\ue000-\uf8ff\u{f0000}-\u{10fffd}\ufffd]/u;
const NEWBORN = /[子女婴]$/u;
/** Signs between the parts of a name; folding drops them. */
const SEPARATORS = new RegExp(`[${DOTS}${BLANKS}'’‘,，、_‐-―－-]`, 'u');

/** The folding table holds every character of this range; what lies beyond is rare in names. */
const TABLE_START = 0x20;
const TABLE_END = 0xa000;

const foldedCharacters = foldingTable();

function foldingTable(): Map<string, string> {
  const chains = [characterPairs(from.tw?.[0]), characterPairs(from.hk?.[0]), characterPairs(to.cn?.[0])];
  const table = new Map<string, string>();
  const simplify = (character: string) => chains.reduce((c, pairs) => pairs.get(c) ?? c, character.normalize('NFC'));
  for (const pairs of chains) for (const key of pairs.keys()) table.set(key, simplify(key));
  // Compatibility ideographs are one character each in canonical form too.
  for (const key of charactersBetween(0xf900, 0xfad9)) table.set(key, simplify(key));
  for (const key of [...charactersBetween(0x21, 0x52f), ...charactersBetween(0xff21, 0xff5a)]) {
    const lower = key.normalize('NFKC').toLowerCase();
    if (lower !== key && /^\p{L}$/u.test(lower)) table.set(key, lower);
  }
  for (const key of charactersBetween(0x09, 0xffff)) if (SEPARATORS.test(key)) table.set(key, '');
  return table;
}

/** OpenCC's single-character pairs of a group of dictionaries (`traditional simplified|…`, first choice of several). */
function characterPairs(dictionaries: readonly unknown[] = []): Map<string, string> {
  const entries = dictionaries.flatMap((dictionary) => (typeof dictionary === 'string' ? dictionary.split('|') : []));
  const pairs = entries.map((entry) => entry.split(' ') as [string, string]);
  return new Map(pairs.filter(([key, value]) => [...key].length === 1 && [...value].length === 1));
}

function charactersBetween(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));
}

/** A blank stands for nothing, so that every entry is one character long. */
function tableEntry(character: string): string {
  return (foldedCharacters.get(character) ?? character) || ' ';
}

/** The same pattern for RE2, whose escapes are `\x{…}`. */
function sqlClass(pattern: RegExp): string {
  return pattern.source.replace(/\\u\{?([0-9a-f]+)\}?/g, '\\x{$1}');
}
