import type { Column, Feed } from '../../../schemas/feeds/feed.ts';
import { lakeType, operationColumn } from '../../../schemas/feeds/feed.ts';
import { areaNames, type Settings } from '../../../schemas/settings.ts';
import type { Database } from '../../runtime/duckdb.ts';
import { type CellRules, cellSql, literal, named, REJECTS } from './clean-cells.ts';
import { certificateIssues, certificateStages, goodNumberStages, personIssues } from './clean-certificate.ts';
import { findRepeats } from './clean-duplicates.ts';
import { writeIssues } from './clean-issues.ts';
import { cleanMacros } from './clean-macros.ts';

export type CleanCounts = {
  /** Rows read = accepted + rejected + dropped. */
  readonly rows: number;
  readonly accepted: number;
  /** Of the accepted ones, those with a warning. */
  readonly warned: number;
  readonly rejected: number;
  /** Repetitions of an earlier row. */
  readonly dropped: number;
};

/** What the reading says beside the rows; a delta needs the column `oper`. */
export type CleanInput = {
  readonly absent: readonly string[];
  readonly excelSerials: boolean;
  readonly mode?: 'full' | 'delta';
};

/**
 * Cleans and judges the table `raw` (row_no, defect, a text column per field that the file has) in one pass of SQL made
 * from the feed's declaration; no row comes into JavaScript. Leaves `accepted` (the columns of the lake, `seq` NULL;
 * for a delta also `oper`) and `row_issues` (row_no, severity, code, field, header, value: masked).
 */
export async function cleanRows(
  db: Database,
  declared: Feed,
  input: CleanInput,
  settings: Settings,
): Promise<CleanCounts> {
  const feed = input.mode === 'delta' ? { ...declared, columns: [...declared.columns, operationColumn] } : declared;
  for (const macro of cleanMacros()) await db.run(macro);
  await db.run(`CREATE OR REPLACE TABLE accepted AS ${await judgement(db, feed, input, settings)}`);
  await findRepeats(db, feed);
  await writeIssues(db, feed.columns);
  const counts = await count(db);
  await db.run('DELETE FROM accepted WHERE rejected OR row_no IN (SELECT row_no FROM repeats WHERE dropped)');
  for (const column of ['issues', 'rejected']) await db.run(`ALTER TABLE accepted DROP COLUMN ${column}`);
  await db.run('DROP TABLE repeats');
  return counts;
}

/**
 * The query over `raw`: stage over stage, each adding columns that the next reads more than once. DuckDB would
 * otherwise work out a repeated expression as often as it is written. Ends with the lake columns, `issues` (what is wrong,
 * `field=code code;field=code`) and `rejected`.
 */
async function judgement(db: Database, feed: Feed, input: CleanInput, settings: Settings): Promise<string> {
  const { columns } = feed;
  const rules: CellRules = { excelSerials: input.excelSerials, areaNames: (list) => areaNames(settings, list) };
  const present = await db.all<{ name: string }>(
    `SELECT column_name AS name FROM duckdb_columns() WHERE table_name = 'raw'`,
  );
  const names = new Set(present.map((column) => column.name));
  const cells = columns.map((column) => ({ column, sql: cellSql(column, rules) }));
  const issues = [
    ...cells.map(({ column, sql }) => ({ field: column.field, sql: cellIssues(feed, column, sql.issues) })),
    ...rowIssues(feed, settings),
  ];
  const read = columns.map(
    (column) => `${names.has(column.field) ? `"${column.field}"` : 'NULL::VARCHAR'} AS ${named('x_', column)}`,
  );
  const numbers = columns.filter(({ type }) => type.kind === 'certificate');
  const stages = [
    ...(numbers.length === 0 ? [] : goodNumberStages(numbers.map(({ field }) => field))),
    cells.map(({ column, sql }) => `${sql.isClean} AS ${named('ok_', column)}`),
    cells.map(({ column, sql }) => `${sql.halfWidth} AS ${named('w_', column)}`),
    cells.map(({ column, sql }) => `${sql.trimmed} AS ${named('c_', column)}`),
    cells.map(({ column, sql }) => `${sql.tidied} AS ${named('t_', column)}`),
    cells.map(({ column, sql }) => `${sql.value} AS ${named('v_', column)}`),
    ...certificates(feed).flatMap((place) => certificateStages(place)),
    issues.map(({ sql }, i) => `${sql} AS issue${i}`),
    [
      `${personKey(feed)} AS person_key`,
      `CASE WHEN defect IS NOT NULL THEN '=${REJECTS}' || defect
         WHEN ${issues.map((_, i) => `issue${i} IS NULL`).join(' AND ')} THEN NULL
         ELSE concat_ws(';', ${issues.map(({ field }, i) => `'${field}=' || issue${i}`).join(', ')}) END AS issues`,
      `${rawCells(columns)} AS raw_cells`,
    ],
  ];
  const judged = stages.reduce(
    (from, added) => `SELECT *, ${added.join(',\n ')} FROM (${from})`,
    `SELECT row_no, defect, ${read.join(', ')} FROM raw`,
  );
  return `SELECT ${lakeColumns(feed, input.absent).join(',\n ')}, issues, coalesce(contains(issues, '${REJECTS}'), false) AS rejected FROM (${judged})`;
}

/** In the order of every snapshot. */
function lakeColumns(feed: Feed, absent: readonly string[]): string[] {
  const own = (column: Column) => `${withDefault(column)} AS "${column.field}"`;
  return [
    `('0x' || md5(person_key)[1:4])::USMALLINT AS h`,
    'person_key',
    'row_no',
    'NULL::INTEGER AS seq',
    `${feed.unusableCertificate === 'none' ? `'ok'` : '"certno status"'} AS cert_status`,
    ...feed.columns.map(own),
    ...(feed.relatives ?? []).map((relative) => `"${relative.certno} key" AS "${relative.key}"`),
    `${absent.length > 0 ? literal(absent.join(' ')) : 'NULL'}::VARCHAR AS absent`,
    `'{' || nullif(raw_cells, '') || '}' AS raw`,
  ];
}

function withDefault(column: Column): string {
  const value = named('v_', column);
  return column.default === undefined ? value : `coalesce(${value}, ${literal(column.default)})`;
}

/** The cells whose clean-up changed the text, as they were sent: the members of a JSON object. */
function rawCells(columns: readonly Column[]): string {
  const cells = columns.map((column) => {
    const [x, ok] = [named('x_', column), named('ok_', column)];
    const differs = lakeType(column.type) === 'VARCHAR' ? `${x} IS DISTINCT FROM ${named('v_', column)}` : 'true';
    return `CASE WHEN NOT ${ok} AND ${differs} THEN '"${column.field}":' || to_json(${x})::VARCHAR END`;
  });
  return `CASE WHEN ${columns.map((column) => named('ok_', column)).join(' AND ')} THEN NULL
    ELSE concat_ws(',', ${cells.join(', ')}) END`;
}

/** Every certificate that makes a key: the person's own, and those of the people the row names. */
function certificates(feed: Feed) {
  const own = { certType: 'psn_cert_type', certno: 'certno' };
  const places = feed.unusableCertificate === 'none' ? (feed.relatives ?? []) : [own, ...(feed.relatives ?? [])];
  return places.map(({ certType, certno }) => {
    const type = feed.columns.find((column) => column.field === certType);
    if (!type) throw new Error(`${feed.name} has no column ${certType}`);
    const birth = certno === 'certno' && feed.columns.some(({ field }) => field === 'brdy') ? '"v_brdy"' : undefined;
    return { field: certno, prefix: `${certno} `, type: withDefault(type), birth };
  });
}

function personKey(feed: Feed): string {
  if (!feed.personDocument) return '"certno key"';
  return `'${feed.personDocument.prefix}:' || "v_${feed.personDocument.field}"`;
}

/** What is wrong with a cell by itself, as far as the feed minds. */
function cellIssues(feed: Feed, column: Column, sql: string): string {
  const { field, required } = column;
  const present = `${named('t_', column)} IS NOT NULL`;
  // A missing certificate is said by the number's own judgement.
  if (certificates(feed).some((place) => place.field === field)) {
    return `CASE WHEN ${present} THEN ${keepsRow(feed, field) ? `replace(${sql}, '${REJECTS}', '')` : sql} END`;
  }
  // A withdrawal needs no more than its key.
  const mayLack = isDelta(feed) && required && column !== operationColumn && !feed.key.includes(field);
  return mayLack ? `CASE WHEN ${present} OR "v_oper" IS DISTINCT FROM 'D' THEN ${sql} END` : sql;
}

/** What only several cells together show. */
function rowIssues(feed: Feed, settings: Settings): { field: string; sql: string }[] {
  const numbers = certificates(feed).map(({ field, prefix }) => {
    const sql = certificateIssues(prefix, keepsRow(feed, field), settings.intake.knownAreas);
    const mayLack = isDelta(feed) && !feed.key.includes('person');
    return {
      field,
      sql: mayLack ? `CASE WHEN "v_${field}" IS NOT NULL OR "v_oper" IS DISTINCT FROM 'D' THEN ${sql} END` : sql,
    };
  });
  if (feed.unusableCertificate === 'none') return numbers;
  const { sex, birth } = personIssues('certno ', { sex: '"v_gend"', birth: '"v_brdy"' });
  return [...numbers, { field: 'gend', sql: sex }, { field: 'brdy', sql: birth }];
}

/** The feed takes rows whose person has no usable certificate. */
function keepsRow(feed: Feed, field: string): boolean {
  return field === 'certno' && feed.unusableCertificate === 'keep';
}

function isDelta(feed: Feed): boolean {
  return feed.columns.includes(operationColumn);
}

async function count(db: Database): Promise<CleanCounts> {
  const [counts] = await db.all<CleanCounts>(`
    WITH fates AS (
      SELECT rejected AS is_rejected, row_no IN (SELECT row_no FROM repeats WHERE dropped) AS is_dropped,
        row_no IN (SELECT row_no FROM row_issues) AS is_remarked
      FROM accepted)
    SELECT count(*) AS rows, count(*) FILTER (WHERE NOT is_rejected AND NOT is_dropped) AS accepted,
      count(*) FILTER (WHERE NOT is_rejected AND NOT is_dropped AND is_remarked) AS warned,
      count(*) FILTER (WHERE is_rejected) AS rejected, count(*) FILTER (WHERE is_dropped) AS dropped
    FROM fates`);
  return counts!;
}
