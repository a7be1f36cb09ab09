import type { DuckDBValue } from '@duckdb/node-api';
import type { PlannedRule } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import { type FindingColumn, findingColumns } from './findings-file.ts';
import type { Rule } from './rule.ts';

/** What a rule says about a person, its evidence aside: a list that comes in another order changes no finding. */
const content: readonly FindingColumn[] = [
  'priority',
  'grade',
  'amount_fen',
  'township',
  'village',
  'owner',
  'queue',
  'facts',
  'summary',
  'psn_name',
  'certno',
];
/** What a run adds to what a rule says. */
const verdict: readonly FindingColumn[] = ['status', 'closed_by', 'closed_on', 'seen_in'];
const columns = Object.keys(findingColumns) as FindingColumn[];
const judged = columns.filter((column) => !verdict.includes(column));

/** Closed findings stay in the findings files this long; a cause that returns later makes a new finding. */
const closedKeptMonths = 24;

export type DiffRun = {
  readonly runId: string;
  readonly asOf: string;
  readonly rules: readonly PlannedRule[];
  /** Persons, by person_key, who are not asked for cover. */
  readonly exemptions: readonly string[];
};

/** What stands for the proof of a finding that no snapshot closed. */
const ruleWithdrawn = 'rule-withdrawn';
const exemption = 'exemption';
/** The rules that an exemption is from. */
const exemptFrom: Rule['family'] = 'not-covered';

/**
 * Compares what a run found in a range (table `found`, with person_ref) with the previous run's findings of the
 * same range (table `previous`), and leaves the table `findings`: the columns above, `changed_now` (this run made a
 * difference to the finding) and `touched` (to the person).
 *
 * | previous | found again                | not found: rule evaluated | not found: rule not evaluated |
 * |----------|----------------------------|---------------------------|-------------------------------|
 * | none     | new, unless withheld       |                           |                               |
 * | open     | continued or changed       | closed                    | carried-over                  |
 * | closed   | reopened, unless withheld  | stays closed              | stays closed                  |
 *
 * Withheld: the person has a carried-over finding of the same family. A finding of a rule that no longer exists is
 * closed, and of a person who is exempt from its family now it is closed by the exemption.
 * @throws when one finding was found twice: its key is not stable.
 */
export async function diffFindings(database: Database, run: DiffRun): Promise<void> {
  await refuseTwins(database);
  await storePlan(database, run.rules);
  await storeExempt(database, run.exemptions);
  const differs = content.map((column) => `f.${column} IS DISTINCT FROM p.${column}`).join(' OR ');
  const of = (table: string) => judged.map((column) => `${table}.${column}`).join(', ');
  await database.run(
    `CREATE OR REPLACE TABLE findings AS
    WITH
      before AS (
        SELECT p.*, p.status <> 'closed' AS open, plan.family,
          coalesce(plan.evaluated, true) AS evaluated, CASE WHEN exempt.person_key IS NOT NULL AND plan.family = '${exemptFrom}' THEN '${exemption}'
            ELSE coalesce(plan.proof, '${ruleWithdrawn}') END AS proof
        FROM previous p LEFT JOIN plan ON ${planOf('p')} LEFT JOIN exempt USING (person_key)
      ),
      carried AS (
        SELECT DISTINCT person_key, family FROM before ANTI JOIN found USING (finding_key) WHERE open AND NOT evaluated
      ),
      raised AS (
        SELECT ${of('f')},
          CASE WHEN p.finding_key IS NULL THEN 'new' WHEN NOT p.open THEN 'reopened'
            WHEN ${differs} THEN 'changed' ELSE 'continued' END AS status,
          NULL AS closed_by, NULL::DATE AS closed_on, $1 AS seen_in
        FROM found f
        LEFT JOIN before p USING (finding_key)
        LEFT JOIN plan ON ${planOf('f')}
        LEFT JOIN carried c ON c.person_key = f.person_key AND c.family = plan.family
        WHERE coalesce(p.open, false) OR c.person_key IS NULL
      ),
      kept AS (
        SELECT ${of('p')},
          CASE WHEN open AND NOT evaluated THEN 'carried-over' ELSE 'closed' END AS status,
          CASE WHEN NOT open THEN closed_by WHEN evaluated THEN proof END AS closed_by,
          CASE WHEN NOT open THEN closed_on WHEN evaluated THEN $2::DATE END AS closed_on,
          seen_in, open AND evaluated AS changed_now
        FROM before p ANTI JOIN raised USING (finding_key)
        WHERE open OR closed_on > $2::DATE - INTERVAL ${closedKeptMonths} MONTH
      ),
      judged AS (
        SELECT *, status <> 'continued' AS changed_now FROM raised UNION ALL BY NAME SELECT * FROM kept
      )
    SELECT ${columns}, changed_now, bool_or(changed_now) OVER (PARTITION BY person_key) AS touched FROM judged`,
    [run.runId, run.asOf],
  );
}

/**
 * The previous run's findings carried on as they are (table `previous` to table `findings`): for a task whose
 * inputs are those of the previous run's task, so that evaluating it would find the same again.
 */
export async function carryOn(database: Database): Promise<void> {
  await database.run(
    `CREATE OR REPLACE TABLE findings AS
    SELECT
      * REPLACE (CASE WHEN status IN ('closed', 'carried-over') THEN status ELSE 'continued' END AS status),
      false AS changed_now, false AS touched
    FROM previous`,
  );
}

async function refuseTwins(database: Database): Promise<void> {
  const [twin] = await database.all<{ rule: string }>(
    'SELECT min(rule) AS rule FROM found GROUP BY finding_key HAVING count(*) > 1 ORDER BY rule LIMIT 1',
  );
  if (twin !== undefined) throw new Error(`${twin.rule} gave one finding twice`);
}

/** Table `plan`: one row for each rule, or for each cause of a rule whose causes need different feeds. */
async function storePlan(database: Database, rules: readonly PlannedRule[]): Promise<void> {
  await database.run(
    'CREATE OR REPLACE TABLE plan (rule VARCHAR, cause VARCHAR, family VARCHAR, evaluated BOOLEAN, proof VARCHAR)',
  );
  for (const { rule, cause, family, evaluated, proof } of rules) {
    const row: DuckDBValue[] = [rule, cause, family, evaluated, proof.join(' ')];
    await database.run('INSERT INTO plan VALUES ($1, $2, $3, $4, $5)', row);
  }
}

async function storeExempt(database: Database, persons: readonly string[]): Promise<void> {
  await database.run(
    `CREATE OR REPLACE TABLE exempt AS SELECT unnest(from_json('${JSON.stringify(persons).replaceAll("'", "''")}', '["VARCHAR"]')) AS person_key`,
  );
}

const planOf = (table: string): string =>
  `plan.rule = ${table}.rule AND (plan.cause IS NULL OR plan.cause = (${table}.facts::JSON ->> 'cause'))`;
