import { z } from 'zod';
import { Settings } from './settings.ts';

const civilDate = z.iso.date();
const year = z.string().regex(/^\d{4}$/);
const count = z.int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** A range of h: `0000-1fff`. */
const task = z.string().regex(/^[0-9a-f]{4}-[0-9a-f]{4}$/);
const bilingual = z.object({ zh: z.string(), en: z.string() });

/** What is asked for. The same `requestId` twice is the same run. */
export const RunRequest = z.object({
  requestId: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  /** UTC instant; requests wait in this order. */
  requestedAt: z.iso.datetime(),
  asOf: civilDate,
  year,
});
export type RunRequest = z.infer<typeof RunRequest>;

/** What became of a request: it waits for the run before it, or became a run, or could not. */
export const RunRequestState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting'), request: RunRequest }),
  z.object({ state: z.literal('started'), request: RunRequest, runId: z.string() }),
  z.object({ state: z.literal('failed'), request: RunRequest, reason: z.string() }),
]);
export type RunRequestState = z.infer<typeof RunRequestState>;

/** A Parquet file of a pinned snapshot. `digest` names its bytes. */
export const PinnedFile = z.object({ key: z.string(), digest: z.string(), range: task });
export type PinnedFile = z.infer<typeof PinnedFile>;

/** A snapshot as the run reads it, whatever is delivered later. */
export const PinnedSnapshot = z.object({
  snapshotId: z.string(),
  dataAsOf: civilDate,
  /** False: the delivery came without a manifest, its data-as-of is assumed (未声明). */
  declared: z.boolean(),
  ageDays: count,
  rows: count,
  files: z.array(PinnedFile),
  /** Rows without a usable certificate; only enrolment has them. */
  unkeyed: z.object({ key: z.string(), digest: z.string() }).optional(),
  /** What intake counted: rows read, accepted, with warnings, rejected. */
  counts: z.record(z.string(), count),
  /** Seconds per step of intake. */
  timings: z.record(z.string(), z.number()).optional(),
});
export type PinnedSnapshot = z.infer<typeof PinnedSnapshot>;

/** A feed in a run. `missing`: in use, but no snapshot is old enough to be read. */
export const PinnedFeed = z.object({
  feed: z.string(),
  state: z.enum(['pinned', 'missing', 'not-in-use']),
  limitDays: count,
  snapshot: PinnedSnapshot.optional(),
  /** Of a list that drops people who left: the days it tells about, newest first. */
  dates: z.array(civilDate).optional(),
});
export type PinnedFeed = z.infer<typeof PinnedFeed>;

/** Why a rule, or the part of it with one cause, is not evaluated. */
export const NotRun = z.object({ code: z.enum(['missing', 'stale']), feed: z.string(), text: bilingual });

/** A rule, or the part of a rule with one `cause`, in a run. */
export const PlannedRule = z.object({
  rule: z.string(),
  /** The finding's fact `cause` where the causes of a rule need different feeds; null for all findings of the rule. */
  cause: z.string().nullable(),
  /** Section of the rule book; a person with a carried-over finding gets no new one of the same family. */
  family: z.string(),
  /** Of its definition. */
  version: z.string(),
  evaluated: z.boolean(),
  notRun: z.array(NotRun),
  /** Snapshots that prove it when a finding of the rule is gone. */
  proof: z.array(z.string()),
});
export type PlannedRule = z.infer<typeof PlannedRule>;

/** Everything a run's result depends on, pinned at its start: `runs/<runId>/inputs.json`. */
export const RunInputs = z.object({
  asOf: civilDate,
  year,
  /** Grows by one with every completed run that changes cases. */
  sequence: z.int().positive(),
  /** The completed run that findings are compared with, and the ranges of its findings files. */
  previous: z.object({ runId: z.string(), tasks: z.array(task) }).nullable(),
  /** False for a look back: as of a date before that of the previous run. It is compared with nothing. */
  changesCases: z.boolean(),
  settings: Settings,
  feeds: z.array(PinnedFeed),
  rules: z.array(PlannedRule),
  /** Who is left out of XC-101 to XC-107 on the as-of date: accepted exemptions that have not expired. */
  exemptions: z.array(z.string()).default([]),
  tasks: z.array(task).min(1),
});
export type RunInputs = z.infer<typeof RunInputs>;

/** States of a run and what each may become; the one list of them. */
export const runTransitions = {
  running: ['completed', 'failed'],
  completed: [],
  failed: [],
} as const satisfies Record<string, readonly string[]>;

/** A run: an item of the table `runs`. */
export const Run = z.object({
  runId: z.string(),
  requestId: z.string(),
  state: z.enum(Object.keys(runTransitions) as [keyof typeof runTransitions]),
  asOf: civilDate,
  year,
  sequence: z.int().positive(),
  /** The sequence as text: a later run's is greater. */
  order: z.string(),
  changesCases: z.boolean(),
  startedAt: z.iso.datetime(),
  /** After this instant the sweep fails it. */
  deadlineAt: z.iso.datetime(),
  /** When the last of its steps was done. */
  progressAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  /** Of a failed run, for an operator. */
  reason: z.string().optional(),
  preludeDone: z.boolean(),
  tasks: z.array(task),
  done: z.array(task),
});
export type Run = z.infer<typeof Run>;

/** Messages of the queue `crosscheck`; each may come twice, late, or out of order. */
export const CrosscheckMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), requestId: z.string() }),
  z.object({ kind: z.literal('prelude'), runId: z.string() }),
  z.object({ kind: z.literal('task'), runId: z.string(), task }),
  z.object({ kind: z.literal('finish'), runId: z.string() }),
  /** No step of a run: a sample of the insured is to be drawn. */
  z.object({ kind: z.literal('sample-check'), sampleId: z.string() }),
]);
export type CrosscheckMessage = z.infer<typeof CrosscheckMessage>;

/** Rows `offset` to `offset + count` of `runs/<runId>/findings/<task>.parquet`. */
export const Slice = z.object({ offset: count, count: z.int().positive() });
export type Slice = z.infer<typeof Slice>;

/** A message of the queue `findings`: a slice holds all rows of its persons, and their cases must be looked at. */
export const FindingsMessage = Slice.extend({ runId: z.string(), task });
export type FindingsMessage = z.infer<typeof FindingsMessage>;

export const findingStatuses = ['new', 'continued', 'changed', 'closed', 'reopened', 'carried-over'] as const;
export type FindingStatus = (typeof findingStatuses)[number];

/** Of one rule: its funnel and what became of its findings. `found` = new + continued + changed + reopened + withheld. */
export const RuleCounts = z.object({
  considered: count,
  excluded: z.record(z.string(), count),
  found: count,
  /** Found, but not raised: the person has a carried-over finding of the same family. */
  withheld: count,
  byPriority: z.record(z.string(), count),
  byStatus: z.record(z.enum(findingStatuses), count),
});
export type RuleCounts = z.infer<typeof RuleCounts>;

/** Distinct people of one township. */
export const Coverage = z.object({
  target: count,
  covered: count,
  /** Of the target people not known to be covered: elsewhere was never asked, or too long ago. */
  unknown: count,
  hardship: count,
  hardshipCovered: count,
});
export type Coverage = z.infer<typeof Coverage>;

/** What a task leaves beside its findings: `runs/<runId>/tasks/<task>.json`. */
export const TaskReport = z.object({
  task,
  /** Of everything its findings depend on but the previous findings. Equal digests: equal findings. */
  inputDigest: digest,
  /** The findings of the previous run were carried on without evaluation. */
  reused: z.boolean(),
  slices: z.array(Slice),
  rules: z.record(z.string(), RuleCounts),
  /** Township of 9 digits, or `unknown`. */
  townships: z.record(z.string(), Coverage),
  /** People with active basic cover in the enrolment register, of this area. */
  insured: count,
  /** Seconds per step: the only part in which two computations of a task may differ. */
  timings: z.record(z.string(), z.number()),
});
export type TaskReport = z.infer<typeof TaskReport>;

/** Rates are null where nobody could be counted. */
const rate = z.number().nullable();

/** `runs/<runId>/report.json` in `exchange`. The same run again differs in `timings` at most. */
export const Report = z.object({
  run: z.object({
    runId: z.string(),
    asOf: civilDate,
    year,
    sequence: z.int().positive(),
    previousRunId: z.string().nullable(),
    changesCases: z.boolean(),
    area: z.object({ code: z.string().optional(), name: z.string() }),
  }),
  feeds: z.array(
    z.object({
      feed: z.string(),
      title: bilingual,
      agency: bilingual,
      state: z.enum(['pinned', 'missing', 'not-in-use']),
      snapshotId: z.string().nullable(),
      dataAsOf: civilDate.nullable(),
      /** Null where there is no snapshot; false is shown as 未声明. */
      declared: z.boolean().nullable(),
      ageDays: count.nullable(),
      limitDays: count,
      fresh: z.boolean(),
      counts: z.record(z.string(), count),
    }),
  ),
  rules: z.array(
    RuleCounts.extend({
      rule: z.string(),
      slug: z.string(),
      title: bilingual,
      family: z.string(),
      owner: z.string(),
      /** `partly`: one of its causes needs a feed that is missing or stale. */
      state: z.enum(['evaluated', 'partly', 'not-run']),
      notRun: z.array(bilingual),
      /** Words for the codes of `excluded`. */
      reasons: z.record(z.string(), bilingual),
    }),
  ),
  /** Three figures that are never mixed. */
  participation: z.object({
    /** ① 考核口径: locally insured ÷ official resident population; null until the bureau has entered that. */
    assessed: z.object({ insured: count, residents: count, source: z.string(), date: civilDate, rate }).nullable(),
    /** ② 名单口径: target people known to be covered ÷ target population; ③ share of them of whom nothing is known. */
    total: Coverage.extend({ rate, unknownRate: rate, hardshipRate: rate }),
    townships: z.array(
      Coverage.extend({
        township: z.string(),
        name: z.string().nullable(),
        rate,
        unknownRate: rate,
        hardshipRate: rate,
      }),
    ),
    /** Shares of 1. */
    targets: z.object({ participation: z.number(), hardshipParticipation: z.number() }),
  }),
  findings: z.object({ open: count, persons: count, byPriority: z.record(z.string(), count) }),
  tasks: z.object({ total: count, evaluated: count, reused: count }),
  inputs: z.object({
    settingsDigest: digest,
    ruleVersions: z.record(z.string(), z.string()),
    snapshots: z.record(z.string(), z.string()),
  }),
  timings: z.object({
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    /** Seconds per step, summed over tasks. */
    seconds: z.record(z.string(), z.number()),
    /** Of the intake of each pinned feed: seconds per step. */
    intake: z.record(z.string(), z.record(z.string(), z.number())),
    peakMemoryMb: z.number(),
  }),
});
export type Report = z.infer<typeof Report>;

/** `POST /v1/runs` */
export const RunOrder = z.object({ asOf: civilDate, year: year.optional() });

/** A run as its followers see it; one that waits is known by its request. A completed one has addresses of its outputs. */
export const RunView = z.object({
  runId: z.string(),
  state: z.enum(['waiting', ...(Object.keys(runTransitions) as [keyof typeof runTransitions])]),
  asOf: civilDate,
  reason: z.string().optional(),
  /** Absent while it waits. */
  startedAt: z.iso.datetime().optional(),
  /** When the last step so far was done; of a completed run, when its findings were in the lake. */
  progressAt: z.iso.datetime().optional(),
  tasks: count,
  done: count,
  files: z.object({ findings: z.url(), report: z.url(), page: z.url() }).optional(),
});
export type RunView = z.infer<typeof RunView>;
