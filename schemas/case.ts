import { z } from 'zod';
import { ExemptionView } from './exemption.ts';

/**
 * States of a case and what each may become; the one list of them. A case that becomes open again is reopened:
 * it keeps its history.
 */
export const caseTransitions = {
  open: ['closed'],
  closed: ['open'],
} as const satisfies Record<string, readonly string[]>;

export type CaseState = keyof typeof caseTransitions;

/** Why a case was closed. */
export const resolutions = {
  exempt: { zh: '已批准豁免', en: 'an exemption was accepted' },
  'cause-gone': { zh: '数据显示疑点原因已消除', en: 'the data no longer shows the cause' },
} as const;

const priority = z.enum(['P0', 'P1', 'P2', 'P3']);

/** A run, as a case remembers it: `order` compares as text, a later run's is greater; `at` is when it started. */
export const RunMark = z.object({
  runId: z.string(),
  order: z.string(),
  asOf: z.iso.date(),
  at: z.iso.datetime(),
});
export type RunMark = z.infer<typeof RunMark>;

/** A finding that is open on a case. Its key within the person is `rule|about`. */
export const CaseFinding = z.object({
  rule: z.string(),
  /** Class, year, ticket, settlement …; empty when the rule knows one finding per person. */
  about: z.string(),
  priority,
  grade: z.enum(['A', 'B', 'C', 'D', 'E']),
  /** Money at stake, integer fen. */
  amount_fen: z.int().nullable(),
  owner: z.string(),
  queue: z.string(),
  /** Evidence, `<feed>:<row>` separated by spaces, of the snapshots that the run `seenIn` pins. */
  rows: z.string(),
  seenIn: z.string(),
  facts: z.record(z.string(), z.unknown()),
  /** One Chinese sentence without name or number. */
  summary: z.string(),
  /** Run that brought it to the case. */
  since: z.string(),
});
export type CaseFinding = z.infer<typeof CaseFinding>;

/** Findings that did not fit into an item: how many of each rule, and the object in the lake that holds all. */
export const Beyond = z.object({
  count: z.int().positive(),
  byRule: z.record(z.string(), z.int()),
  key: z.string(),
});
export type Beyond = z.infer<typeof Beyond>;

/** One person's open work: an item of the table `cases` (`pk` = person_ref, `sk` = `case`). */
export const Case = z.object({
  person_ref: z.string(),
  state: z.enum(Object.keys(caseTransitions) as [CaseState, ...CaseState[]]),
  /** Grows by one with every change; every write names the version it changes. */
  version: z.int().positive(),
  /** The highest of its open findings; of a closed case, the highest that it had last. */
  priority,
  /** 9 digits, or `unknown`. */
  township: z.string(),
  /** 12 digits. */
  village: z.string().nullable(),
  psn_name: z.string().nullable(),
  certno: z.string().nullable(),
  /** Highest priority first; at most `maxFindings`, the others are `beyond`. */
  findings: z.array(CaseFinding),
  beyond: Beyond.optional(),
  opened: RunMark,
  /** The newest run that was brought to the case: the same or an older one changes nothing. */
  updated: RunMark,
  closed: RunMark.extend({
    resolution: z.enum(Object.keys(resolutions) as [keyof typeof resolutions]),
    /** Snapshots that proved that the causes are gone. */
    provedBy: z.array(z.string()),
  }).optional(),
  reopened: RunMark.extend({ times: z.int().positive() }).optional(),
});
export type Case = z.infer<typeof Case>;

/** What became of one finding. */
export const FindingChange = z.object({
  change: z.enum(['opened', 'changed', 'closed', 'reopened']),
  rule: z.string(),
  about: z.string(),
  priority,
  /** Of a closed finding: the snapshots that proved the closing. */
  provedBy: z.array(z.string()).optional(),
});
export type FindingChange = z.infer<typeof FindingChange>;

/** What one run changed on a case: an item beside it (`sk` = `event#<instant>#<run>#<version>`). Never edited. */
export const CaseEvent = z.object({
  person_ref: z.string(),
  run: RunMark,
  /** Version of the case that the event led to. */
  version: z.int().positive(),
  state: z.enum(Object.keys(caseTransitions) as [CaseState, ...CaseState[]]),
  /** Set when the state changed with it. */
  transition: z.enum(['closed', 'reopened']).optional(),
  changes: z.array(FindingChange),
  beyond: Beyond.optional(),
});
export type CaseEvent = z.infer<typeof CaseEvent>;

/** Limits of one item: DynamoDB takes 400 KB. */
export const maxFindings = 50;
export const maxFindingsBytes = 250_000;

export const CasesQuery = z.object({
  township: z.string().regex(/^(\d{9}|unknown)$/),
  state: Case.shape.state.default('open'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  after: z.string().optional(),
});
/** Names and numbers masked, here and in the view of one case. */
export const CasePage = z.object({ cases: z.array(Case), next: z.string().nullable() });
export type CasePage = z.infer<typeof CasePage>;
export const CaseHistory = Case.extend({ events: z.array(CaseEvent), exemption: ExemptionView.optional() });
export type CaseHistory = z.infer<typeof CaseHistory>;
