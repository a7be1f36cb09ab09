import { type FindingStatus, findingStatuses, type RuleCounts, type Slice } from '../../schemas/run.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { Funnels } from './evaluation.ts';

/** The columns of a run's findings, in the order of its files `runs/<runId>/findings/<task>.parquet`. */
export const findingColumns = {
  rule: 'VARCHAR',
  /** `rule|person_key|about`: the same finding in every run. */
  finding_key: 'VARCHAR',
  h: 'USMALLINT',
  person_key: 'VARCHAR',
  person_ref: 'VARCHAR',
  about: 'VARCHAR',
  priority: 'VARCHAR',
  grade: 'VARCHAR',
  amount_fen: 'BIGINT',
  township: 'VARCHAR',
  village: 'VARCHAR',
  owner: 'VARCHAR',
  queue: 'VARCHAR',
  rows: 'VARCHAR',
  evidence: 'VARCHAR',
  facts: 'VARCHAR',
  summary: 'VARCHAR',
  psn_name: 'VARCHAR',
  certno: 'VARCHAR',
  status: 'VARCHAR',
  closed_by: 'VARCHAR',
  /** As-of date of the run that closed it. */
  closed_on: 'DATE',
  /** The run whose snapshots `rows` and `evidence` quote: of a finding carried over or closed, an earlier one. */
  seen_in: 'VARCHAR',
} as const;
export type FindingColumn = keyof typeof findingColumns;

/** Persons whose cases one message is about. */
const personsPerSlice = 1000;
/** Persons with news come first, so that they are few contiguous slices; all rows of a person are neighbours. */
const order = 'touched DESC, h, person_key, rule, about, finding_key';

/** Writes the table `findings` in a total order: the same findings give the same bytes. */
export async function writeFindings(database: Database, path: string): Promise<void> {
  const columns = Object.entries(findingColumns).map(([column, type]) => `${column}::${type} AS ${column}`);
  await database.run(
    `COPY (SELECT ${columns} FROM findings ORDER BY ${order}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`,
  );
}

/** Slices of the file that `writeFindings` writes, for all persons about whom something has changed. */
export async function changedSlices(database: Database): Promise<Slice[]> {
  return database.all<Slice>(
    `WITH
      persons AS (
        SELECT h, person_key, count(*) AS rows FROM findings WHERE touched GROUP BY h, person_key
      ),
      placed AS (
        SELECT rows, sum(rows) OVER ahead - rows AS start, (row_number() OVER ahead - 1) // ${personsPerSlice} AS slice
        FROM persons WINDOW ahead AS (ORDER BY h, person_key)
      )
    SELECT min(start)::BIGINT AS "offset", sum(rows)::BIGINT AS "count" FROM placed GROUP BY slice ORDER BY slice`,
  );
}

type FoundCounts = Pick<RuleCounts, 'considered' | 'excluded' | 'found' | 'withheld'>;

/** Funnels completed by what was found (table `found`), and how much of that is not raised in table `findings`. */
export async function countFound(database: Database, funnels: Funnels): Promise<Record<string, FoundCounts>> {
  const counted = await database.all<{ rule: string; found: number; withheld: number }>(
    `SELECT rule, count(*) AS found, count(*) FILTER (raised IS NULL) AS withheld
    FROM found LEFT JOIN (
      SELECT finding_key, true AS raised FROM findings WHERE status NOT IN ('closed', 'carried-over')
    ) USING (finding_key)
    GROUP BY rule ORDER BY rule`,
  );
  const nothing = { considered: 0, excluded: {}, found: 0, withheld: 0 };
  const counts: Record<string, FoundCounts> = {};
  for (const [rule, funnel] of Object.entries(funnels)) counts[rule] = { ...nothing, ...funnel };
  for (const { rule, found, withheld } of counted) counts[rule] = { ...nothing, ...counts[rule], found, withheld };
  return counts;
}

/** Of each rule also what became of its findings: `closed` are those that this run closed, priorities of open ones. */
export async function countRules(
  database: Database,
  counts: Readonly<Record<string, FoundCounts>>,
): Promise<Record<string, RuleCounts>> {
  const statuses = await database.all<{ rule: string; status: FindingStatus; priority: string; findings: number }>(
    `SELECT rule, status, priority, count(*) AS findings FROM findings WHERE status <> 'closed' OR changed_now
    GROUP BY ALL ORDER BY ALL`,
  );
  const rules = new Set([...Object.keys(counts), ...statuses.map(({ rule }) => rule)]);
  return Object.fromEntries(
    [...rules].sort().map((code) => {
      const total: RuleCounts = { ...noCounts(), ...counts[code], byStatus: noCounts().byStatus, byPriority: {} };
      for (const { status, priority, findings } of statuses.filter(({ rule }) => rule === code)) {
        total.byStatus[status] += findings;
        if (status !== 'closed') total.byPriority[priority] = (total.byPriority[priority] ?? 0) + findings;
      }
      return [code, total];
    }),
  );
}

export const noCounts = (): RuleCounts => ({
  considered: 0,
  excluded: {},
  found: 0,
  withheld: 0,
  byPriority: {},
  byStatus: Object.fromEntries(findingStatuses.map((status) => [status, 0])) as Record<FindingStatus, number>,
});
