import type { Coverage } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { Circumstances } from './rule.ts';

/** SELECTs over the facts of a task, for `countCoverage`. */
export type CoverageSql = { readonly townships: string; readonly insured: string };

export function coverageSql({ settings }: Circumstances): CoverageSql {
  const here = settings.area.code === undefined ? '' : ` AND region = '${settings.area.code}'`;
  return {
    townships: `
    WITH people AS (
      SELECT township, 1 AS target, covered::INTEGER AS covered,
        (NOT covered AND person_key NOT IN (SELECT person_key FROM elsewhere WHERE answer = 'none'))::INTEGER AS unknown,
        0 AS hardship, 0 AS hardship_covered
      FROM target
      UNION ALL
      SELECT h.township, 0, 0, 0, 1,
        (h.person_key IN (SELECT person_key FROM cover) OR h.person_key IN (SELECT person_key FROM elsewhere WHERE answer = 'found'))::INTEGER
      FROM in_hardship h
    )
    SELECT coalesce(township, 'unknown') AS township, sum(target)::BIGINT AS target, sum(covered)::BIGINT AS covered,
      sum(unknown)::BIGINT AS unknown, sum(hardship)::BIGINT AS hardship, sum(hardship_covered)::BIGINT AS "hardshipCovered"
    FROM people GROUP BY ALL ORDER BY township`,
    insured: `SELECT count(DISTINCT person_key) AS insured FROM cover WHERE class <> 'O'${here}`,
  };
}

/**
 * Distinct people of a range by township of nine digits (`unknown` where nobody knows it), and how many are insured
 * locally.
 */
export async function countCoverage(
  database: Database,
  sql: CoverageSql,
): Promise<{ townships: Record<string, Coverage>; insured: number }> {
  const rows = await database.all<Coverage & { township: string }>(sql.townships);
  const [counted] = await database.all<{ insured: number }>(sql.insured);
  return {
    townships: Object.fromEntries(rows.map(({ township, ...coverage }) => [township, coverage])),
    insured: counted!.insured,
  };
}
