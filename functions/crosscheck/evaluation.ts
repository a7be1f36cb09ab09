import type { RuleCounts, TaskReport } from '../../schemas/run.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Database } from '../runtime/duckdb.ts';
import type { FeedInput } from './facts/feed-views.ts';
import type { HashRange } from './hash-range.ts';
import type { Rule } from './rule.ts';

/** What the rules are asked in one step of a run. */
export type EvaluationInputs = {
  readonly asOf: string;
  readonly year: string;
  readonly settings: Settings;
  readonly range: HashRange;
  /** Pinned snapshots on local disk; a feed without one is left out. */
  readonly feeds: Readonly<Record<string, FeedInput>>;
  /** Of lists that drop people who left: feed → data-as-of of its snapshots, newest first. Absent: the pinned one's. */
  readonly snapshotDates?: Readonly<Record<string, readonly string[]>>;
  /** Rules, or causes of a rule (null: all of it), that the run evaluates. */
  readonly evaluated: readonly { readonly rule: string; readonly cause: string | null }[];
};

export type TaskInputs = EvaluationInputs & {
  /** Local Parquet file of what the prelude left in the table `matches`. */
  readonly matches?: string;
};

/** Rule code → how many it judged, and why something it looked at is no finding. */
export type Funnels = Readonly<Record<string, Pick<RuleCounts, 'considered' | 'excluded'>>>;

export type TaskOutcome = Pick<TaskReport, 'townships' | 'insured'> & { readonly rules: Funnels };

/** The rules as a run calls them; tests of runs put their own in their place. */
export type Evaluation = {
  readonly rules: readonly Rule[];
  /** Feeds that the prelude reads. */
  readonly preludeFeeds: readonly string[];
  /** Changes with the definition of a rule. */
  readonly version: (rule: Rule) => string;
  /** Leaves the tables `matches` and `findings`. */
  readonly runPrelude: (database: Database, inputs: EvaluationInputs) => Promise<Funnels>;
  /** How many are insured locally under no usable number. */
  readonly countUnkeyed: (database: Database, inputs: EvaluationInputs) => Promise<number>;
  /** Leaves the table `findings`. */
  readonly evaluateTask: (database: Database, inputs: TaskInputs) => Promise<TaskOutcome>;
  /** All that `evaluateTask` would make of the files: the same text over the same bytes gives the same findings. */
  readonly taskText: (inputs: TaskInputs) => string;
};
