import { BIRTH_YEARS, PROVINCES } from '../../../schemas/certificate.ts';
import { isOneOf, literal, REJECTS } from './clean-cells.ts';

/** Where a certificate stands in the row, and under which names its judgement is kept. */
export type CertificatePlace = {
  /** Prefix of the columns that the stages below make: `status`, `key`, `birth`, `p17`, `second`. */
  readonly prefix: string;
  /** SQL of the cleaned type (two digits) and number. */
  readonly type: string;
  readonly field: string;
  /** SQL of the birth date in the row beside it, where there is one. */
  readonly birth: string | undefined;
};

/** The first 17 digits of a cell that holds a number in good order, its check character included; NULL of all others. */
export const goodNumber = ({ field }: { readonly field: string }): string => `"n_${field}"`;

/**
 * Stages that find the numbers in good order among the cells as read. Nearly all are: they cost a cast, a division
 * chain and a comparison, and neither the pattern of a clean cell nor any of a citizen number.
 */
export function goodNumberStages(fields: readonly string[]): string[][] {
  return [
    fields.map(
      (field) =>
        `CASE WHEN strlen("x_${field}") = 18 THEN try_cast(substring("x_${field}", 1, 17) AS BIGINT) END AS "q_${field}"`,
    ),
    fields.map(
      (field) => `CASE WHEN "q_${field}" BETWEEN 10000000000000000 AND 89999999999999999 THEN
        CASE WHEN "x_${field}" = "q_${field}"::VARCHAR || check_character("q_${field}") THEN "q_${field}" END END AS ${goodNumber({ field })}`,
    ),
  ];
}

/**
 * Stages that judge certificate numbers, the law of schemas/certificate.ts in SQL: each list of columns is selected
 * beside the columns of the stage before.
 */
export function certificateStages({ prefix: p, type, field, birth }: CertificatePlace): string[][] {
  const good = goodNumber({ field });
  const number = `"${p}number"`;
  const citizen = `"${p}citizen"`;
  const long = `(${citizen} OR (${type} = '07' AND ${number}[1] = '9'))`;
  return [
    [`upper("v_${field}") AS ${number}`, `${isOneOf(type, ['01', '17'])} AS ${citizen}`],
    [
      `${citizen} AND ${good} IS NOT NULL AS "${p}plain"`,
      `CASE WHEN ${citizen} AND strlen(${number}) = 15 THEN regexp_full_match(${number}, '[0-9]{15}') ELSE false END AS "${p}short"`,
    ],
    [
      `CASE WHEN "${p}plain" THEN ${number}
         WHEN "${p}short" THEN ${number}[1:6] || '19' || ${number}[7:15]
         WHEN ${long} AND length(${number}) = 18 THEN ${number} END AS "${p}long"`,
    ],
    [
      `CASE WHEN "${p}plain" THEN ${good}
         WHEN regexp_full_match("${p}long"[1:17], '[0-9]{17}') THEN try_cast("${p}long"[1:17] AS BIGINT) END AS "${p}p17"`,
      `CASE ${birth === undefined ? '' : `WHEN "${p}plain" AND ${dayNumber(birth)} = ${good} // 1000 % 100000000 THEN ${birth}`}
         WHEN "${p}plain" OR regexp_full_match("${p}long"[7:14], '[0-9]{8}')
         THEN try_strptime("${p}long"[7:14], '%Y%m%d')::DATE END AS "${p}date"`,
    ],
    [
      `CASE WHEN "${p}plain" THEN true
         ELSE coalesce("${p}short" OR check_character("${p}p17") = "${p}long"[18], false) END AS "${p}checks"`,
      `CASE WHEN year("${p}date") BETWEEN ${BIRTH_YEARS.first} AND ${BIRTH_YEARS.last} THEN "${p}date" END AS "${p}birth"`,
    ],
    [
      `CASE WHEN "${p}plain" AND "${p}checks" AND "${p}birth" IS NOT NULL THEN 'ok' ELSE ${slowStatus(p, type)} END AS "${p}status"`,
    ],
    [
      `CASE "${p}status"
         WHEN 'ok' THEN CASE WHEN ${citizen} THEN 'C' ELSE ${type} END || ':' || ${number}
         WHEN 'upgraded' THEN 'C:' || "${p}long" || check_character("${p}p17") END AS "${p}key"`,
    ],
  ];
}

/** A date as the eight digits of a citizen number: most rows say the same day twice, and reading digits as a date costs more. */
const dayNumber = (date: string): string => `(year(${date}) * 10000 + month(${date}) * 100 + day(${date}))`;

/** Codes of the number, for its cell: a defect rejects the row unless the feed keeps such rows. */
export function certificateIssues(p: string, keepsRow: boolean, knownAreas: readonly string[]): string {
  const mark = keepsRow ? '' : REJECTS;
  const areas = knownAreas.map((area) => `starts_with("${p}long", ${literal(area)})`);
  const known = [isOneOf(`"${p}long"[1:2]`, PROVINCES), ...areas].join(' OR ');
  return `CASE
    WHEN "${p}key" IS NOT NULL THEN CASE WHEN "${p}citizen" AND NOT (${known}) THEN 'unknown-area' END
    WHEN "${p}status" = 'bad-check-digit' AND "${p}birth" IS NULL THEN '${mark}bad-check-digit ${mark}bad-birth-date'
    ELSE '${mark}' || "${p}status" END`;
}

/** Sex and birth date beside the number that says them too: warnings for their own cells. */
export function personIssues(p: string, columns: { sex: string; birth: string }): { sex: string; birth: string } {
  const usable = `"${p}key" IS NOT NULL`;
  return {
    sex: `CASE WHEN ${usable} AND ("${p}p17" % 2 = 1) <> (${columns.sex} = '1') THEN 'id-sex-differs' END`,
    birth: `CASE WHEN ${usable} AND "${p}birth" <> ${columns.birth} THEN 'id-birth-differs' END`,
  };
}

/** What is not a plain, good citizen number, in the order of the data dictionary. */
function slowStatus(p: string, type: string): string {
  const n = `"${p}number"`;
  const times = (digit: string) => `length(${n}) - length(replace(${n}, '${digit}', ''))`;
  return `CASE
    WHEN ${n} IS NULL THEN 'missing'
    WHEN regexp_full_match(${n}, '[0-9](?:[.][0-9]+E[+]?|E[+])[0-9]{1,2}') THEN 'excel-damaged'
    WHEN regexp_full_match(${n}, '${allOneDigit}') OR starts_with(${n}, '123456789') OR ${times('0')} >= 15 OR ${times('9')} >= 15 THEN 'placeholder'
    WHEN "${p}short" THEN CASE WHEN "${p}birth" IS NULL THEN 'bad-birth-date' ELSE 'upgraded' END
    WHEN ${type} = '07' AND regexp_full_match(${n}, '[A-Z]{3}[0-9]{12}') THEN 'ok'
    WHEN "${p}long" IS NULL THEN CASE WHEN "${p}citizen" OR ${type} = '07' THEN 'bad-length' ELSE 'ok' END
    WHEN NOT "${p}checks" AND regexp_full_match(${n}, '[0-9]{15}000') THEN 'excel-damaged'
    WHEN NOT "${p}checks" THEN 'bad-check-digit'
    WHEN "${p}birth" IS NULL THEN 'bad-birth-date'
    ELSE 'ok' END`;
}

const allOneDigit = Array.from({ length: 10 }, (_, digit) => `${digit}+`).join('|');
