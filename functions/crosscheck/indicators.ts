import type { Coverage } from '../../schemas/run.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { EvaluationInputs } from './evaluation.ts';
import { feedViews } from './facts/feed-views.ts';
import { groundMacros } from './facts/ground.ts';
import type { Circumstances } from './rule.ts';

/** SELECTs over the facts of a task, for `countCoverage`. */
export type CoverageSql = { readonly townships: string; readonly insured: string };

export function coverageSql({ settings }: Circumstances): CoverageSql {
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
    insured: `SELECT count(DISTINCT person_key) AS insured FROM (${insuredHere(settings)})`,
  };
}

/** SELECT of (person_key, ref) over the fact `cover`: the rows of the register by which somebody is insured locally. */
export const insuredHere = (settings: Settings): string =>
  `SELECT person_key, ref FROM cover WHERE class <> 'O'${inArea(settings, 'region')}`;

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

/**
 * How many are insured locally under no usable certificate number: such a person is insured all the same, and known by
 * the bureau's own number. Whoever has a usable one beside it in another row is counted there. Of all ranges at once.
 */
export async function countUnkeyedInsured(database: Database, inputs: EvaluationInputs): Promise<number> {
  const counted = await amongUnkeyedInsured(database, inputs, (rows) =>
    database.all<{ insured: number }>(
      `SELECT count(*) AS insured FROM (SELECT DISTINCT insuplc_admdvs, psn_no FROM (${rows}))`,
    ),
  );
  return counted?.[0]?.insured ?? 0;
}

/**
 * Gives `ask` a SELECT of (insuplc_admdvs, psn_no, ref) of the rows of these people.
 * @returns undefined, and asks nothing, when every row of the register has a usable number.
 */
export async function amongUnkeyedInsured<Answer>(
  database: Database,
  { feeds, range, settings, ...times }: Omit<EvaluationInputs, 'evaluated'>,
  ask: (rows: string) => Promise<Answer>,
): Promise<Answer | undefined> {
  const { enrolment } = feeds;
  if (enrolment?.unkeyed === undefined) return undefined;
  const insured = `active(insutype, psn_insu_stas, psn_insu_date, paus_insu_date, insu_year, absent)
    AND scheme_class(insutype) <> 'O'${inArea(settings, 'insuplc_admdvs')}`;
  await database.run(`DROP SCHEMA IF EXISTS unkeyed CASCADE; CREATE SCHEMA unkeyed; SET search_path = 'unkeyed,main'`);
  try {
    await database.run([...groundMacros(times), ...feedViews({ enrolment }, range)].join(';\n'));
    return await ask(`
      WITH unkeyed_rows AS (SELECT insuplc_admdvs, psn_no, ref FROM "enrolment-unkeyed" WHERE ${insured})
      FROM unkeyed_rows ANTI JOIN (
        SELECT insuplc_admdvs, psn_no FROM enrolment SEMI JOIN unkeyed_rows USING (insuplc_admdvs, psn_no) WHERE ${insured}
      ) USING (insuplc_admdvs, psn_no)`);
  } finally {
    await database.run(`SET search_path = 'main'; DROP SCHEMA unkeyed CASCADE`);
  }
}

const inArea = ({ area }: Settings, column: string): string =>
  area.code === undefined ? '' : ` AND ${column} = '${area.code}'`;
