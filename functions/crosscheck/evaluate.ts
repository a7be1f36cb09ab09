import { createHash } from 'node:crypto';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { defaultSettings, feedUse } from '../../schemas/settings.ts';
import type { Database } from '../runtime/duckdb.ts';
import { addCompareNames, compareNamesLaw } from './compare-names.ts';
import { type Conclusion, concludeFindings, conclusionOf } from './conclude.ts';
import type { EvaluationInputs, Funnels, TaskInputs, TaskOutcome } from './evaluation.ts';
import { inOrder } from './facts/fact.ts';
import { feedViews } from './facts/feed-views.ts';
import { groundMacros } from './facts/ground.ts';
import { facts } from './facts/register.ts';
import { type CoverageSql, countCoverage, coverageSql } from './indicators.ts';
import type { Circumstances, Rule } from './rule.ts';
import { rules } from './rules/register.ts';
import { sentence } from './sentence.ts';

/** Views, facts and drafts live here, beside the tables of whoever called; gone when the findings are done. */
const workSchema = 'evaluation';

/** Everything that a step says to DuckDB, in this order. */
type Script = {
  readonly prepare: string;
  /** One working table each. */
  readonly facts: readonly string[];
  /** One rule each. */
  readonly drafts: readonly string[];
  /** Undefined when no rule is asked. */
  readonly funnels: string | undefined;
  readonly conclusion: Conclusion;
};

/**
 * Asks the rules of a task about a range of h, and leaves the table `findings` (columns of schemas/finding.ts, in a
 * total order). Its content depends on the inputs alone, whatever the order of rows in the files.
 */
export async function evaluateTask(
  database: Database,
  inputs: TaskInputs,
  catalogue: readonly Rule[] = rules,
): Promise<TaskOutcome> {
  const { coverage, ...script } = taskScript(inputs, catalogue);
  return inWorkSchema(database, async () => {
    const funnels = await follow(database, script);
    return { rules: funnels, ...(await countCoverage(database, coverage)) };
  });
}

/** What `evaluateTask` does, in words: its SQL, and the law of the one function in there that is none. */
export function taskText(inputs: TaskInputs, catalogue: readonly Rule[] = rules): string {
  return JSON.stringify([taskScript(inputs, catalogue), compareNamesLaw()]);
}

/**
 * Asks the rules that look across all ranges of h. Leaves the tables `findings` and `matches` (kind, h, person_key):
 * what the tasks must know of other ranges.
 */
export async function runPrelude(
  database: Database,
  inputs: EvaluationInputs,
  catalogue: readonly Rule[] = rules,
): Promise<Funnels> {
  const script = scriptOf(inputs, 'prelude', ['same_person', 'birth_matches', 'hints'], catalogue);
  return inWorkSchema(database, async () => {
    const funnels = await follow(database, script);
    await database.run(`CREATE OR REPLACE TABLE main.matches AS
      SELECT kind, ('0x' || md5(person_key)[1:4])::USMALLINT AS h, person_key
      FROM (
        SELECT DISTINCT 'same-person' AS kind, person_key FROM same_person
        UNION ALL
        SELECT kind, person_key FROM birth_matches
        UNION ALL
        SELECT kind, person_key FROM hints
      )
      ORDER BY h, person_key, kind`);
    return funnels;
  });
}

/** The feeds that the prelude reads. */
export const preludeFeeds: readonly string[] = ['birth', 'enrolment', 'population'];

/** Digest of everything that a rule's answer depends on beside the data and the settings. */
export function ruleVersion(rule: Rule): string {
  const circumstances: Circumstances = {
    asOf: '2000-01-01',
    year: '2000',
    settings: defaultSettings,
    uses: () => true,
    snapshotDates: () => [],
  };
  const { examples, settings, sql, ...declared } = rule;
  const built = inOrder(rule.facts, facts).map((fact) => fact.sql(circumstances));
  const text = JSON.stringify([declared, sql(defaultSettings, circumstances), built, groundMacros(circumstances)]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function inWorkSchema<T>(database: Database, work: () => Promise<T>): Promise<T> {
  await database.run(`DROP SCHEMA IF EXISTS ${workSchema} CASCADE; CREATE SCHEMA ${workSchema}`);
  await database.run(`SET search_path = '${workSchema},main'; SET preserve_insertion_order = false`);
  try {
    return await work();
  } finally {
    await database.run(`RESET preserve_insertion_order; SET search_path = 'main'; DROP SCHEMA ${workSchema} CASCADE`);
  }
}

function taskScript(inputs: TaskInputs, catalogue: readonly Rule[]): Script & { readonly coverage: CoverageSql } {
  const script = scriptOf(inputs, 'task', ['cover', 'target', 'in_hardship', 'elsewhere'], catalogue);
  return { ...script, coverage: coverageSql(circumstancesOf(inputs)) };
}

/** @param also Facts that are built whether or not a rule asks for them. */
function scriptOf(
  inputs: TaskInputs,
  stage: Rule['stage'],
  also: readonly string[],
  catalogue: readonly Rule[],
): Script {
  const circumstances = circumstancesOf(inputs);
  const asked = catalogue.filter((rule) => rule.stage === stage && isAsked(rule, inputs));
  const inTurn = asked.toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0) || a.code.localeCompare(b.code));
  const wanted = [...asked.flatMap((rule) => rule.facts), ...also];
  return {
    prepare: prepare(inputs, circumstances),
    facts: inOrder(wanted, facts).map((fact) => `CREATE TABLE ${fact.name} AS ${fact.sql(circumstances)}`),
    drafts: inTurn.map((rule) => draftsOf(rule, inTurn, inputs, circumstances)),
    funnels: asked.length === 0 ? undefined : funnelsOf(asked),
    conclusion: conclusionOf(asked),
  };
}

/** Leaves the table `findings`, and in the work schema the facts. */
async function follow(database: Database, script: Script): Promise<Funnels> {
  addCompareNames(database);
  for (const statement of [script.prepare, ...script.facts, ...script.drafts]) await database.run(statement);
  const funnels = script.funnels === undefined ? {} : await readFunnels(database, script.funnels);
  await concludeFindings(database, script.conclusion);
  return funnels;
}

function prepare(inputs: TaskInputs, circumstances: Circumstances): string {
  const { from, to } = inputs.range;
  const matches = inputs.matches
    ? `SELECT * FROM read_parquet('${inputs.matches}') WHERE h BETWEEN ${from} AND ${to}`
    : 'SELECT NULL::VARCHAR AS kind, NULL::USMALLINT AS h, NULL::VARCHAR AS person_key WHERE false';
  return [
    ...groundMacros(circumstances),
    ...feedViews(inputs.feeds, inputs.range),
    `CREATE VIEW "prelude-matches" AS ${matches}`,
    `CREATE TABLE drafts (n BIGINT, rule VARCHAR, person_key VARCHAR, about VARCHAR, outcome VARCHAR, priority VARCHAR,
      amount_fen BIGINT, queue VARCHAR, facts VARCHAR, summary VARCHAR, refs BIGINT[])`,
  ].join(';\n');
}

/** Statement that adds what a rule has to say to the drafts. */
function draftsOf(rule: Rule, all: readonly Rule[], inputs: EvaluationInputs, circumstances: Circumstances): string {
  const earlier = all.filter(
    ({ family, place }) => rule.place && family === rule.family && place && place < rule.place,
  );
  const causes = inputs.evaluated.filter((part) => part.rule === rule.code).map(({ cause }) => cause);
  const partly = causes.includes(null) ? 'true' : `facts.cause IN (${causes.map((cause) => `'${cause}'`)})`;
  const answered = earlier.map(({ code }) => `'${code}'`).join(', ') || "''";
  return `
    INSERT INTO drafts
    WITH answers AS (${rule.sql(inputs.settings, circumstances)}),
    judged AS (
      SELECT answers.* REPLACE (CASE WHEN e.person_key IS NULL THEN outcome::VARCHAR ELSE 'earlier-rule' END AS outcome)
      FROM answers LEFT JOIN (SELECT DISTINCT person_key FROM drafts WHERE rule IN (${answered})) e
        ON e.person_key = answers.person_key
      WHERE ${partly}
    )
    SELECT row_number() OVER () + (SELECT count(*) FROM drafts), '${rule.code}', person_key, about, outcome, priority,
      amount_fen, queue, json_merge_patch('{}', to_json(facts)), ${sentence(rule)}, list_distinct(refs)
    FROM judged WHERE outcome IS NULL
    UNION ALL
    SELECT NULL, '${rule.code}', person_key, about, outcome, NULL, NULL, NULL, NULL, NULL, NULL
    FROM judged WHERE outcome IS NOT NULL`;
}

/** SELECT of (rule, reason, number); without a reason: how many it had to judge. */
function funnelsOf(asked: readonly Rule[]): string {
  const counted = asked.flatMap(({ code, considered, setAside }) => [
    `SELECT '${code}' AS rule, NULL AS reason, (${considered})::BIGINT AS number`,
    ...(setAside ? [`SELECT '${code}', * FROM (${setAside})`] : []),
  ]);
  return `${counted.join(' UNION ALL ')}
    UNION ALL SELECT rule, outcome, count(*) FROM drafts WHERE outcome IS NOT NULL GROUP BY ALL
    ORDER BY rule, reason`;
}

async function readFunnels(database: Database, funnels: string): Promise<Funnels> {
  const rows = await database.all<{ rule: string; reason: string | null; number: number }>(funnels);
  const considered = rows.filter(({ reason }) => reason === null);
  return Object.fromEntries(
    considered.map(({ rule, number }) => {
      const excluded = rows.filter((row) => row.rule === rule && row.reason !== null && row.number > 0);
      return [
        rule,
        { considered: number, excluded: Object.fromEntries(excluded.map((row) => [row.reason, row.number])) },
      ];
    }),
  );
}

const isAsked = (rule: Rule, { evaluated }: EvaluationInputs): boolean =>
  evaluated.some((part) => part.rule === rule.code);

function circumstancesOf({ asOf, year, settings, feeds, snapshotDates }: EvaluationInputs): Circumstances {
  return {
    asOf,
    year,
    settings,
    uses: (name) => {
      const feed = feedNamed(name);
      return feed !== undefined && feedUse(settings, feed).inUse;
    },
    snapshotDates: (name) => snapshotDates?.[name] ?? (feeds[name] ? [feeds[name].dataAsOf] : []),
  };
}
