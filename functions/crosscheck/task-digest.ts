import { createHash } from 'node:crypto';
import type { RunInputs } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { Evaluation } from './evaluation.ts';
import type { HashRange } from './hash-range.ts';
import { feedInputs, questions } from './lake-files.ts';

/**
 * Digest of all that decides what the rules find in a range: equal digests of a task and of the previous run's task
 * of the range mean that every finding is still what it was. It is taken of the very SQL that would be run, its files
 * named by their digests: a change of settings, rules, facts or of how findings are made of them is a change of that
 * text. The tables `matches` and `prelude_findings` hold what the prelude left for the range.
 */
export async function taskDigest(
  evaluation: Evaluation,
  inputs: RunInputs,
  range: HashRange,
  database: Database,
): Promise<string> {
  const feeds = await feedInputs(inputs, range, { unkeyed: false }, async ({ digest }) => digest);
  const text = evaluation.taskText({ ...questions(inputs), range, feeds, matches: 'matches' });
  const rules = inputs.rules.map(({ rule, cause, family, version, evaluated }) => [
    rule,
    cause,
    family,
    version,
    evaluated,
  ]);
  const prelude = [await tableDigest(database, 'matches'), await tableDigest(database, 'prelude_findings')];
  return createHash('sha256').update(JSON.stringify({ text, rules, prelude })).digest('hex');
}

/** Of the content of a small table, whatever the order of its rows. */
async function tableDigest(database: Database, table: string): Promise<string> {
  const [row] = await database.all<{ digest: string | null }>(
    `SELECT sha256(string_agg(t::VARCHAR, chr(10) ORDER BY t::VARCHAR)) AS digest FROM ${table} t`,
  );
  return row!.digest ?? 'empty';
}
