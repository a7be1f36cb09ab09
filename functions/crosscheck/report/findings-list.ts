import type { Report } from '../../../schemas/run.ts';
import type { Database } from '../../runtime/duckdb.ts';
import { maskColumns } from './mask-columns.ts';

/** Open findings by rule; the same findings give the same bytes. */
const order = 'rule, person_ref, about, finding_key';

/**
 * Writes `findings.csv` of a run's findings files: the open findings, names and numbers masked, UTF-8 with BOM.
 * @returns how many findings and persons it lists.
 */
export async function writeFindingsList(
  database: Database,
  files: readonly string[],
  rules: readonly { readonly code: string; readonly slug: string }[],
  path: string,
): Promise<Report['findings']> {
  await database.run(
    `CREATE OR REPLACE TABLE open AS
    SELECT rule, person_ref, psn_name, certno, township, priority, grade, amount_fen, rows, facts, summary, about, finding_key
    FROM read_parquet([${files.map((file) => `'${file}'`)}]) WHERE status <> 'closed'`,
  );
  await maskColumns(database, 'open');
  const slugs = rules.map(({ code, slug }) => `('${code}', '${slug}')`);
  // DuckDB writes no byte-order mark; in front of the first header's name it is one.
  await database.run(
    `COPY (
      SELECT rule AS "\uFEFFrule", slug, person_ref, cell(names.mapped) AS psn_name, cell(numbers.mapped) AS certno,
        township, priority, grade, amount_fen, rows, facts, cell(summary) AS summary
      FROM open
      LEFT JOIN (VALUES ${slugs}) AS named(rule, slug) USING (rule)
      LEFT JOIN masked_names names ON names.value = psn_name
      LEFT JOIN masked_numbers numbers ON numbers.value = certno
      ORDER BY ${order}
    ) TO '${path}' (FORMAT csv, HEADER)`,
  );
  const [totals] = await database.all<{ open: number; persons: number }>(
    'SELECT count(*) AS open, count(DISTINCT person_ref) AS persons FROM open',
  );
  const priorities = await database.all<{ priority: string; findings: number }>(
    'SELECT priority, count(*) AS findings FROM open GROUP BY priority ORDER BY priority',
  );
  const byPriority = Object.fromEntries(priorities.map(({ priority, findings }) => [priority, findings]));
  return { ...totals!, byPriority };
}
