import { CHECK_CHARACTERS, WEIGHTS } from '../../../schemas/certificate.ts';
import { YUAN_PATTERN } from '../../../schemas/money.ts';
import { BLANKS, DOTS, HANZI } from '../../../schemas/names.ts';

/** The parts of clean-up that columns share, as DuckDB macros; they exist once per connection. */
export function cleanMacros(): string[] {
  return [...textMacros(), ...dateMacros(), amountMacro(), certificateMacro()].map(
    (macro) => `CREATE OR REPLACE MACRO ${macro}`,
  );
}

/** Years a date may have; what lies before is a slip of the pen, `9999-12-31` is "for good". */
export const YEAR = '(?:1[89]|[2-9][0-9])[0-9]{2}';
/** Characters inside a pattern's brackets. */
export const NOT_TEXT = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\ufffd-\\uffff';
export const PRIVATE_USE = '\\ue000-\\uf8ff\\u{f0000}-\\u{10fffd}';
const ZERO_WIDTH = '\\u00ad\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\ufeff';
const AROUND = `${BLANKS}${ZERO_WIDTH}`;

/** A JavaScript pattern's escapes as RE2 writes them: `\u00a0` → `\x{00a0}`. */
export function re2(pattern: string): string {
  return pattern.replace(/\\u\{?([0-9a-f]+)\}?/g, '\\x{$1}');
}

function textMacros(): string[] {
  const wide = `${characters(0xff10, 10)}${characters(0xff21, 26)}${characters(0xff41, 26)}`;
  const narrow = `${characters(0x30, 10)}${characters(0x41, 26)}${characters(0x61, 26)}`;
  const otherDots = DOTS.replace('\\u00b7', '');
  const dotted = re2(`([${HANZI}])[${otherDots}]([${HANZI}])`);
  return [
    // Most cells that are not clean as they are need none of this; the test costs a tenth of the work.
    `needs_trim(x) AS regexp_matches(x, '${re2(`^[${AROUND}'']|[${AROUND}]$|[０-９Ａ-Ｚａ-ｚ\\t\\r\\n${ZERO_WIDTH}]`)}')`,
    // translate() is slow, and slower with every pair: digits alone are the usual case.
    `half_width(x) AS CASE
       WHEN regexp_matches(x, '[Ａ-Ｚａ-ｚ]') THEN translate(x, '${wide}', '${narrow}')
       WHEN regexp_matches(x, '[０-９]') THEN translate(x, '${wide.slice(0, 10)}', '${narrow.slice(0, 10)}')
       ELSE x END`,
    // Zero-width signs go wherever they are: nobody can see them. No branch may match nothing: that is slow.
    `trimmed(x) AS regexp_replace(x, '${re2(`^[${AROUND}]+''?[${AROUND}]*|^''[${AROUND}]*|[${AROUND}]+$|[${ZERO_WIDTH}]`)}', '', 'g')`,
    // A line break inside a quoted cell is a blank; other control characters are an error of the cell.
    `one_line(t) AS regexp_replace(t, '[\\t\\r\\n]+', ' ', 'g')`,
    // Twice, because a character between two dots can belong to one match only.
    `tidy_name(t) AS regexp_replace(regexp_replace(
       CASE WHEN regexp_full_match(t, '${re2(`[${HANZI}${DOTS}${BLANKS}]*`)}')
         THEN regexp_replace(t, '${re2(`[${BLANKS}]`)}', '', 'g') ELSE t END,
       '${dotted}', '\\1·\\2', 'g'), '${dotted}', '\\1·\\2', 'g')`,
    `tidy_certificate(t) AS CASE WHEN regexp_full_match(t, '.{17}x') THEN t[1:17] || 'X' ELSE t END`,
    `padded(t, width) AS
       CASE WHEN length(t) < width AND regexp_full_match(t, '[0-9]+') THEN lpad(t, width, '0') ELSE t END`,
  ];
}

/**
 * `read_date` and `read_datetime` take tidied text in any form of the data dictionary; NULL when it is none of them.
 * An instant with a zone is read on the clock of Shanghai.
 */
function dateMacros(): string[] {
  const day = `(${YEAR})(?:[-/.]|年)([0-9]{1,2})(?:[-/.]|月)([0-9]{1,2})`;
  const hour = '(?:[01]?[0-9]|2[0-4])';
  const clock = `${hour}(?:[:时][0-5]?[0-9](?:[:分](?:[0-5]?[0-9](?:[.][0-9]+)?)?秒?)?)?`;
  const zoned = `${YEAR}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)`;
  const stamp = `(${YEAR})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})`;
  const serial = '[0-9]{1,6}(?:[.][0-9]+)?';
  return [
    `civil_date(iso, month_end) AS CASE WHEN month_end AND regexp_matches(iso, '-0?0$')
       THEN last_day(try_cast(regexp_replace(iso, '-0?0$', '-01') AS DATE)) ELSE try_cast(iso AS DATE) END`,
    // Day 60 is the 29 February 1900 that Excel invented; four digits like 1998 are rather a year than a serial.
    `excel_time(n) AS CASE
       WHEN n < 1 OR n >= 110000 OR floor(n) = 60 OR (n = floor(n) AND n BETWEEN 1900 AND 2100) THEN NULL
       ELSE TIMESTAMP '1899-12-30' + to_days((floor(n) + (n < 60)::INTEGER)::INTEGER) + to_seconds(round((n - floor(n)) * 86400)) END`,
    `read_datetime(t, serials) AS CASE
       WHEN regexp_full_match(t, '${day}日?') THEN try_cast(regexp_replace(t, '^${day}日?$', '\\1-\\2-\\3') AS TIMESTAMP)
       WHEN regexp_full_match(t, '${YEAR}[0-9]{4}') THEN try_cast(t[1:4] || '-' || t[5:6] || '-' || t[7:8] AS TIMESTAMP)
       WHEN regexp_full_match(t, '${day}(?:日|[T ]) *${clock}') THEN try_cast(regexp_replace(rtrim(
         translate(regexp_replace(t, '^${day}(?:日|[T ]) *', '\\1-\\2-\\3 '), '时分秒', '::'), ':'), ' ([0-9]+)$', ' \\1:00') AS TIMESTAMP)
       WHEN regexp_full_match(t, '${stamp}') THEN try_cast(regexp_replace(t, '${stamp}', '\\1-\\2-\\3 \\4:\\5:\\6') AS TIMESTAMP)
       WHEN regexp_full_match(t, '${zoned}') THEN timezone('Asia/Shanghai', try_cast(t AS TIMESTAMPTZ))
       WHEN serials AND regexp_full_match(t, '${serial}') THEN excel_time(try_cast(t AS DOUBLE)) END`,
    `read_date(t, month_end, serials) AS CASE
       WHEN regexp_full_match(t, '${day}日?(?:(?:日|[T ]) *${clock})?')
         THEN civil_date(regexp_replace(t, '^${day}.*$', '\\1-\\2-\\3'), month_end)
       WHEN regexp_full_match(t, '${YEAR}[0-9]{4}') THEN civil_date(t[1:4] || '-' || t[5:6] || '-' || t[7:8], month_end)
       ELSE read_datetime(t, serials)::DATE END`,
  ];
}

/** `fenOfYuan` of schemas/money.ts, of tidied text. */
function amountMacro(): string {
  return `fen_of_yuan(t) AS CASE WHEN regexp_full_match(t, '${YUAN_PATTERN}')
    THEN (try_cast(regexp_replace(t, '[^0-9.-]', '', 'g') AS DECIMAL(18, 2)) * 100)::BIGINT END`;
}

/**
 * Check character of 17 digits given as a whole number: ten times faster than taking the digits as text. A digit is
 * p // 10^i - 10 (p // 10^(i+1)), and 10 times a weight leaves minus that weight (mod 11): so each quotient counts
 * with its own weight and the one before it.
 */
function certificateMacro(): string {
  const weight = (i: number): number => WEIGHTS[16 - i] ?? 0;
  const sum = WEIGHTS.map(
    (_, i) => `(p // ${10n ** BigInt(i)}) * ${(weight(i) + (i === 0 ? 0 : weight(i - 1))) % 11}`,
  ).join(' + ');
  return `check_character(p) AS substring('${CHECK_CHARACTERS}', (((${sum}) % 11) + 1)::INTEGER, 1)`;
}

function characters(first: number, count: number): string {
  return String.fromCodePoint(...Array.from({ length: count }, (_, i) => first + i));
}
