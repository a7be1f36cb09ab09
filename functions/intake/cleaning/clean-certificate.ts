import { BIRTH_YEARS, PROVINCES } from '../../../schemas/certificate.ts';
import { isOneOf, literal, REJECTS } from './clean-cells.ts';

/** Where a certificate stands in the row, and under which names its judgement is kept. */
export type CertificatePlace = {
  /** Prefix of the columns that the stages below make: `status`, `key`, `birth`, `p17`, `second`. */
  readonly prefix: string;
  /** SQL of the cleaned type (two digits) and number. */
  readonly type: string;
  readonly certno: string;
};

/**
 * Stages that judge certificate numbers, the law of schemas/certificate.ts in SQL: each list of columns is selected
 * beside the columns of the stage before. A good citizen number costs one pattern, one division chain, one date.
 */
export function certificateStages({ prefix: p, type, certno }: CertificatePlace): string[][] {
  const number = `"${p}number"`;
  const citizen = `"${p}citizen"`;
  const long = `(${citizen} OR (${type} = '07' AND ${number}[1] = '9'))`;
  return [
    [
      `upper(${certno}) AS ${number}`,
      `${isOneOf(type, ['01', '17'])} AS ${citizen}`,
      `regexp_full_match(${certno}, '[1-8][0-9]{16}[0-9X]') AS "${p}common"`,
    ],
    [
      `${citizen} AND "${p}common" AS "${p}plain"`,
      `${citizen} AND regexp_full_match(${number}, '[0-9]{15}') AS "${p}short"`,
    ],
    [
      `CASE WHEN "${p}plain" THEN ${number}
         WHEN "${p}short" THEN ${number}[1:6] || '19' || ${number}[7:15]
         WHEN ${long} AND length(${number}) = 18 THEN ${number} END AS "${p}long"`,
    ],
    [
      `CASE WHEN "${p}plain" OR regexp_full_match("${p}long"[1:17], '[0-9]{17}') THEN try_cast("${p}long"[1:17] AS BIGINT) END AS "${p}p17"`,
      `CASE WHEN "${p}plain" OR regexp_full_match("${p}long"[7:14], '[0-9]{8}')
         THEN try_strptime("${p}long"[7:14], '%Y%m%d')::DATE END AS "${p}date"`,
    ],
    [
      `coalesce("${p}short" OR check_character("${p}p17") = "${p}long"[18], false) AS "${p}checks"`,
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
