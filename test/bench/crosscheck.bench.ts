import { addCompareNames } from '../../functions/crosscheck/compare-names.ts';
import { inOrder } from '../../functions/crosscheck/facts/fact.ts';
import { feedViews } from '../../functions/crosscheck/facts/feed-views.ts';
import { groundMacros } from '../../functions/crosscheck/facts/ground.ts';
import { facts } from '../../functions/crosscheck/facts/register.ts';
import type { Circumstances } from '../../functions/crosscheck/rule.ts';
import { rules } from '../../functions/crosscheck/rules/register.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { feedUse, Settings } from '../../schemas/settings.ts';
import { seconds, withBareDuckdb } from './measure.ts';

const everything = { from: 0, to: 0xffff };

/**
 * Seconds of all rules' SQL in one bare DuckDB over the whole county's snapshot files: facts, then every rule's
 * SELECT into a table. No tasks, evidence, sentences, grades, comparison with the run before, or storing.
 */
export function barelyAskAllRules(
  snapshots: ReadonlyMap<string, string[]>,
  asOf: string,
  work: string,
): Promise<number> {
  const settings = Settings.parse({});
  const circumstances: Circumstances = {
    asOf,
    year: asOf.slice(0, 4),
    settings,
    uses: (name) => feedUse(settings, feedNamed(name)!).inUse && snapshots.has(name),
    snapshotDates: () => [asOf],
  };
  return withBareDuckdb(work, async (db) => {
    const inputs = Object.fromEntries(
      [...snapshots].map(([feed, paths]) => [
        feed,
        {
          snapshotId: feed,
          dataAsOf: asOf,
          files: paths.filter((path) => !path.endsWith('unkeyed.parquet')),
          ...unkeyedOf(paths),
        },
      ]),
    );
    return seconds(async () => {
      addCompareNames(db);
      for (const statement of [...groundMacros(circumstances), ...feedViews(inputs, everything)])
        await db.run(statement);
      await db.run(
        'CREATE VIEW "prelude-matches" AS SELECT NULL::VARCHAR AS kind, NULL::USMALLINT AS h, NULL::VARCHAR AS person_key WHERE false',
      );
      for (const fact of inOrder(
        rules.flatMap((rule) => rule.facts),
        facts,
      ))
        await db.run(`CREATE TABLE ${fact.name} AS ${fact.sql(circumstances)}`);
      for (const rule of rules) await db.run(`CREATE TABLE "${rule.code}" AS ${rule.sql(settings, circumstances)}`);
    });
  });
}

function unkeyedOf(paths: readonly string[]): { unkeyed?: string } {
  const unkeyed = paths.find((path) => path.endsWith('unkeyed.parquet'));
  return unkeyed === undefined ? {} : { unkeyed };
}
