import { createHash } from 'node:crypto';
import { feedNamed } from '../../schemas/feeds/register.ts';
import { defaultSettings, feedUse } from '../../schemas/settings.ts';
import type { Database } from '../runtime/duckdb.ts';
import { addCompareNames } from './compare-names.ts';
import { concludeFindings } from './conclude.ts';
import type { EvaluationInputs, Funnels, TaskOutcome } from './evaluation.ts';
import { inOrder } from './facts/fact.ts';
import { feedViews } from './facts/feed-views.ts';
import { groundMacros } from './facts/ground.ts';
import { facts } from './facts/register.ts';
import { countCoverage } from './indicators.ts';
import type { Circumstances, Rule } from './rule.ts';
import { rules } from './rules/register.ts';
import { sentence } from './sentence.ts';

export type TaskInputs = EvaluationInputs & {
  /** Local Parquet file of what the prelude left in the table `matches`. */
  readonly matches?: string;
  /** Local Parquet files of accepted exemptions: person_key, until DATE (the first day it no longer holds). */
  readonly exemptions?: readonly string[];
};

/** Views, facts and drafts live here, beside the tables of whoever called; gone when the findings are done. */
const workSchema = 'evaluation';

/**
 * Asks the rules of a task about a range of h, and leaves the table `findings` (columns of schemas/finding.ts, in a
 * total order). Its content depends on the inputs alone, whatever the order of rows in the files.
 */
export async function evaluateTask(
  database: Database,
  inputs: TaskInputs,
  catalogue: readonly Rule[] = rules,
): Promise<TaskOutcome> {
  const asked = catalogue.filter((rule) => rule.stage === 'task' && isAsked(rule, inputs));
  const circumstances = circumstancesOf(inputs);
  return inWorkSchema(database, async () => {
    await prepare(database, inputs, circumstances);
    const known = ['cover', 'target', 'in_hardship', 'elsewhere'];
    await buildFacts(database, [...asked.flatMap((rule) => rule.facts), ...known], circumstances);
    const funnels = await askRules(database, asked, inputs, circumstances);
    await concludeFindings(database, asked);
    return { rules: funnels, ...(await countCoverage(database, circumstances)) };
  });
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
  const asked = catalogue.filter((rule) => rule.stage === 'prelude' && isAsked(rule, inputs));
  const circumstances = circumstancesOf(inputs);
  return inWorkSchema(database, async () => {
    await prepare(database, inputs, circumstances);
    const shared = ['same_person', 'birth_matches', 'hints'];
    await buildFacts(database, [...asked.flatMap((rule) => rule.facts), ...shared], circumstances);
    const funnels = await askRules(database, asked, inputs, circumstances);
    await concludeFindings(database, asked);
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

async function prepare(database: Database, inputs: TaskInputs, circumstances: Circumstances): Promise<void> {
  const { from, to } = inputs.range;
  const matches = inputs.matches
    ? `SELECT * FROM read_parquet('${inputs.matches}') WHERE h BETWEEN ${from} AND ${to}`
    : 'SELECT NULL::VARCHAR AS kind, NULL::USMALLINT AS h, NULL::VARCHAR AS person_key WHERE false';
  const exempt = inputs.exemptions?.length
    ? `SELECT * FROM read_parquet([${inputs.exemptions.map((path) => `'${path}'`)}])`
    : 'SELECT NULL::VARCHAR AS person_key, NULL::DATE AS until WHERE false';
  const statements = [
    ...groundMacros(circumstances),
    ...feedViews(inputs.feeds, inputs.range),
    `CREATE VIEW "prelude-matches" AS ${matches}`,
    `CREATE VIEW exemptions AS ${exempt}`,
    `CREATE TABLE drafts (n BIGINT, rule VARCHAR, person_key VARCHAR, about VARCHAR, outcome VARCHAR, priority VARCHAR,
      amount_fen BIGINT, queue VARCHAR, facts VARCHAR, summary VARCHAR, refs BIGINT[])`,
  ];
  addCompareNames(database);
  await database.run(statements.join(';\n'));
}

async function buildFacts(database: Database, wanted: readonly string[], circumstances: Circumstances): Promise<void> {
  for (const fact of inOrder(wanted, facts)) {
    await database.run(`CREATE TABLE ${fact.name} AS ${fact.sql(circumstances)}`);
  }
}

async function askRules(
  database: Database,
  asked: readonly Rule[],
  inputs: EvaluationInputs,
  circumstances: Circumstances,
): Promise<Funnels> {
  const inTurn = asked.toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0) || a.code.localeCompare(b.code));
  for (const rule of inTurn) await database.run(draftsOf(rule, inTurn, inputs, circumstances));
  return readFunnels(database, asked);
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

async function readFunnels(database: Database, asked: readonly Rule[]): Promise<Funnels> {
  if (asked.length === 0) return {};
  const counted = asked.flatMap(({ code, considered, setAside }) => [
    `SELECT '${code}' AS rule, NULL AS reason, (${considered})::BIGINT AS number`,
    ...(setAside ? [`SELECT '${code}', * FROM (${setAside})`] : []),
  ]);
  const rows = await database.all<{ rule: string; reason: string | null; number: number }>(
    `${counted.join(' UNION ALL ')}
    UNION ALL SELECT rule, outcome, count(*) FROM drafts WHERE outcome IS NOT NULL GROUP BY ALL
    ORDER BY rule, reason`,
  );
  return Object.fromEntries(
    asked.map(({ code }) => {
      const own = rows.filter(({ rule }) => rule === code);
      const excluded = own.filter(({ reason, number }) => reason !== null && number > 0);
      return [
        code,
        {
          considered: own.find(({ reason }) => reason === null)?.number ?? 0,
          excluded: Object.fromEntries(excluded.map(({ reason, number }) => [reason, number])),
        },
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
