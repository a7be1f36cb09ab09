import { createHash } from 'node:crypto';
import type { RunInputs } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import { type HashRange, intersect, rangeNamed } from './hash-range.ts';

/**
 * Digest of all that decides what the rules find in a range: equal digests of a task and of the previous run's task
 * of the range mean that every finding is still what it was. The tables `matches` and `prelude_findings` hold what
 * the prelude left for the range.
 */
export async function taskDigest(inputs: RunInputs, range: HashRange, database: Database): Promise<string> {
  const { asOf, year, settings } = inputs;
  const feeds = inputs.feeds.map(({ feed, state, snapshot, dates }) => ({
    feed,
    state,
    dates,
    files: snapshot?.files.filter((file) => intersect(rangeNamed(file.range), range)).map(({ digest }) => digest),
  }));
  const rules = inputs.rules.map(({ rule, cause, version, evaluated }) => ({ rule, cause, version, evaluated }));
  const prelude = [await tableDigest(database, 'matches'), await tableDigest(database, 'prelude_findings')];
  return createHash('sha256').update(JSON.stringify({ asOf, year, settings, feeds, rules, prelude })).digest('hex');
}

/** Of the content of a small table, whatever the order of its rows. */
async function tableDigest(database: Database, table: string): Promise<string> {
  const [row] = await database.all<{ digest: string | null }>(
    `SELECT sha256(string_agg(t::VARCHAR, chr(10) ORDER BY t::VARCHAR)) AS digest FROM ${table} t`,
  );
  return row!.digest ?? 'empty';
}
