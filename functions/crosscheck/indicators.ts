import type { Coverage } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { Circumstances } from './rule.ts';

/**
 * Distinct people of a range by township of nine digits (`unknown` where nobody knows it), and how many are insured
 * locally. Reads the facts of a task.
 */
export async function countCoverage(
  database: Database,
  { settings }: Circumstances,
): Promise<{ townships: Record<string, Coverage>; insured: number }> {
  const rows = await database.all<Coverage & { township: string }>(`
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
    FROM people GROUP BY ALL ORDER BY township`);
  const here = settings.area.code === undefined ? '' : ` AND region = '${settings.area.code}'`;
  const [counted] = await database.all<{ insured: number }>(
    `SELECT count(DISTINCT person_key) AS insured FROM cover WHERE class <> 'O'${here}`,
  );
  return {
    townships: Object.fromEntries(rows.map(({ township, ...coverage }) => [township, coverage])),
    insured: counted!.insured,
  };
}
