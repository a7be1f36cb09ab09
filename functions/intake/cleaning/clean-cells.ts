import { codeByText } from '../../../schemas/code-lists.ts';
import type { Column } from '../../../schemas/feeds/feed.ts';
import { goodNumber } from './clean-certificate.ts';
import { NOT_TEXT, PRIVATE_USE, re2, YEAR } from './clean-macros.ts';

/**
 * SQL that cleans the cells of one column, in the order of the data dictionary: half-width, blanks and `'` at the
 * ends, the form of its kind, missing words. The steps are to be selected one over the other, because each names its
 * result after the field, with a prefix, and the next reads it more than once: `x_` text as read · `ok_` clean as it
 * is, the fast path that skips all the rest · `w_` half-width · `c_` without what stands around it · `t_` tidied text,
 * NULL when missing · `v_` what goes to the lake · `i_` what is wrong, as space-separated codes.
 */
export function cellSql(column: Column, rules: CellRules): CellSql {
  const [x, ok, w, c] = ['x_', 'ok_', 'w_', 'c_'].map((prefix) => named(prefix, column)) as [
    string,
    string,
    string,
    string,
  ];
  const trimmed = ['text', 'name'].includes(column.type.kind) ? `one_line(trimmed(${w}))` : `trimmed(${w})`;
  return {
    isClean: `CASE WHEN coalesce(${x}, '') = '' THEN true ELSE ${cleanTest(column, x)} END`,
    halfWidth: `CASE WHEN ${ok} THEN NULL WHEN needs_trim(${x}) THEN half_width(${x}) END`,
    trimmed: `CASE WHEN ${ok} THEN NULL WHEN ${w} IS NULL THEN ${x} ELSE ${trimmed} END`,
    tidied: `CASE WHEN ${ok} THEN nullif(${x}, '') WHEN ${isOneOf(c, MISSING)} THEN NULL ELSE ${tidied(column, c)} END`,
    value: value(column, rules),
    issues: issues(column),
  };
}

export type CellSql = {
  readonly isClean: string;
  readonly halfWidth: string;
  readonly trimmed: string;
  readonly tidied: string;
  readonly value: string;
  readonly issues: string;
};

export type CellRules = {
  /** Plain numbers in date columns are Excel serial numbers. */
  readonly excelSerials: boolean;
  /** Further names of a list's categories, as the area's agencies use them. */
  readonly areaNames: (list: string) => Readonly<Record<string, string>>;
};

/** Stands before a code that rejects the row. */
export const REJECTS = '!';

export function named(prefix: string, column: { readonly field: string }): string {
  return `"${prefix}${column.field}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const PLAIN_TEXT = '[!-&(-~一-鿿](?:[ -~一-鿿]*[!-~一-鿿])?';
const MISSING = ['', 'null', 'NULL', '无', '-', '/'];
const YES = ['1', '是', 'Y', 'y'];
const NO = ['0', '否', 'N', 'n'];

/** `x IN (…)` with many words becomes a hash join each; with 40 columns these cost more than the rows. */
export function isOneOf(sql: string, texts: readonly string[]): string {
  return `list_contains([${texts.map(literal).join(', ')}], ${sql})`;
}

/** A test that is cheap, and true only of cells that clean-up would leave as they are. */
function cleanTest({ field, type }: Column, x: string): string {
  switch (type.kind) {
    case 'code':
      return isOneOf(x, Object.keys(type.list.codes));
    case 'date':
      return `${x} LIKE '____-__-__' AND coalesce(try_cast(${x} AS DATE) >= DATE '1800-01-01', false)`;
    case 'datetime':
      return `${x} LIKE '____-__-__ __:__:__' AND coalesce(try_cast(${x} AS TIMESTAMP) >= TIMESTAMP '1800-01-01', false)`;
    case 'amount':
      return `regexp_full_match(${x}, '-?[0-9]{1,13}(?:[.][0-9]{1,2})?')`;
    case 'integer':
      return `regexp_full_match(${x}, '-?[0-9]{1,9}')`;
    case 'year':
      return `regexp_full_match(${x}, '${YEAR}')`;
    case 'flag':
      return isOneOf(x, ['1', '0']);
    case 'certificate':
      return `CASE WHEN ${goodNumber({ field })} IS NOT NULL THEN true
        ELSE regexp_full_match(${x}, '[0-9A-Z]+') AND strlen(${x}) <= ${type.max} AND ${x} <> 'NULL' END`;
    case 'name':
      return `regexp_full_match(${x}, '[一-鿿]+') AND strlen(${x}) <= ${type.max} AND ${x} <> '无'`;
    case 'text': {
      const form = type.pattern ?? PLAIN_TEXT;
      return `regexp_full_match(${x}, '${form}') AND strlen(${x}) <= ${type.max} AND NOT ${isOneOf(x, MISSING)}`;
    }
  }
}

function tidied({ type }: Column, c: string): string {
  switch (type.kind) {
    case 'code':
      return (type.list.width ?? 0) > 1 ? `padded(${c}, ${type.list.width})` : c;
    case 'certificate':
      return `tidy_certificate(${c})`;
    case 'name':
      return `tidy_name(${c})`;
    case 'text':
      return type.pattern ? `upper(${c})` : c;
    default:
      return c;
  }
}

function value(column: Column, rules: CellRules): string {
  const { type } = column;
  const ok = named('ok_', column);
  const t = named('t_', column);
  switch (type.kind) {
    case 'code': {
      const known = [...codeByText(type.list, rules.areaNames(type.list.name))];
      const mapped = known.map(([text, code]) => `WHEN ${literal(text)} THEN ${literal(code)}`).join(' ');
      return `CASE WHEN ${ok} THEN ${t} ELSE CASE ${t} ${mapped} ELSE ${unlisted(column, t)} END END`;
    }
    case 'date':
      return `CASE WHEN ${ok} THEN try_cast(${t} AS DATE) ELSE read_date(${t}, ${type.dayZero === 'month-end'}, ${rules.excelSerials}) END`;
    case 'datetime':
      return `CASE WHEN ${ok} THEN try_cast(${t} AS TIMESTAMP) ELSE read_datetime(${t}, ${rules.excelSerials}) END`;
    case 'amount':
      return `CASE WHEN ${ok} THEN (try_cast(${t} AS DECIMAL(18, 2)) * 100)::BIGINT ELSE fen_of_yuan(${t}) END`;
    case 'integer':
      return `CASE WHEN ${ok} OR regexp_full_match(${t}, '-?[0-9]{1,9}(?:[.]0+)?') THEN try_cast(${t} AS INTEGER) END`;
    case 'year':
      return `CASE WHEN ${ok} THEN ${t} WHEN regexp_full_match(${t}, '${YEAR}(?:年度?)?') THEN ${t}[1:4] END`;
    case 'flag':
      return `coalesce(${isOneOf(t, YES)}, false)`;
    default:
      return t;
  }
}

/** What becomes of a code that is not on the list. */
function unlisted({ type }: Column, t: string): string {
  if (type.kind !== 'code' || type.unknown === 'refuse') return 'NULL';
  if (type.unknown === 'keep') return t;
  const width = type.list.width ?? 0;
  return `CASE WHEN regexp_full_match(${t}, '[0-9]+') AND ${isOneOf(`${t}[1:${width}]`, Object.keys(type.list.codes))} THEN ${t} END`;
}

function issues(column: Column): string {
  const [ok, t] = [named('ok_', column), named('t_', column)];
  const { type } = column;
  const has = (characters: string) => `regexp_matches(${t}, '${re2(`[${characters}]`)}')`;
  const notText = { when: has(NOT_TEXT), code: `${REJECTS}not-text` };
  const wrong = wrongValue(column);
  const suspect = wrong ? [wrong.when] : [];
  const found = wrong ? [notText, wrong] : [notText];
  if ('max' in type) {
    suspect.push(`length(${t}) > ${type.max}`, has(NOT_TEXT + PRIVATE_USE));
    found.push({ when: `length(${t}) > ${type.max}`, code: `${REJECTS}too-long` });
    found.push({ when: has(PRIVATE_USE), code: 'private-use-character' });
  }
  const codes = found.map(({ when, code }) => `CASE WHEN ${when} THEN '${code}' END`).join(', ');
  return `CASE WHEN ${t} IS NULL THEN ${column.required ? `'${REJECTS}missing'` : 'NULL'} WHEN ${ok} THEN NULL
    WHEN ${suspect.join(' OR ')} THEN concat_ws(' ', ${codes}) END`;
}

/** Asked only of cells that are not missing. */
function wrongValue(column: Column): { when: string; code: string } | undefined {
  const [t, v] = [named('t_', column), named('v_', column)];
  const { type } = column;
  switch (type.kind) {
    case 'code': {
      const mark = column.required && type.unknown === 'refuse' ? REJECTS : '';
      return { when: `${isOneOf(v, Object.keys(type.list.codes))} IS NOT TRUE`, code: `${mark}unknown-code` };
    }
    case 'flag':
      return { when: `NOT ${isOneOf(t, [...YES, ...NO])}`, code: 'unknown-code' };
    case 'date':
    case 'datetime':
    case 'year':
      return { when: `${v} IS NULL`, code: `${REJECTS}bad-date` };
    case 'amount':
    case 'integer':
      return { when: `${v} IS NULL`, code: `${REJECTS}bad-amount` };
    case 'text':
      if (!type.pattern) return undefined;
      return { when: `NOT regexp_full_match(${t}, '${type.pattern}')`, code: `${REJECTS}bad-length` };
    default:
      return undefined;
  }
}
