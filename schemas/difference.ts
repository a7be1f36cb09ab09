import { z } from 'zod';
import { YuanText } from './money.ts';

/** What can differ between the hub and somebody else about money. */
export const differenceClasses = {
  'hub-only': { zh: '仅枢纽有', en: 'The hub has it, the other side does not' },
  'insurer-only': { zh: '仅对方有', en: 'The other side has it, the hub does not' },
  'amount-differs': { zh: '金额不符', en: 'Both have it, with other amounts' },
  duplicate: { zh: '重复', en: 'The other side has it more than once' },
  late: { zh: '逾期回复', en: 'The answer came after the share was resolved' },
  'wrong-day': { zh: '记账日不符', en: 'The other side has it on another day' },
  'sums-differ': { zh: '账单合计不平', en: 'The sums of a bill do not fit' },
  'same-id-other-content': { zh: '同号异内容', en: 'A settlement id came again with other content' },
  'answer-above-remainder': { zh: '赔付超过剩余', en: 'An insurer answered more than was left' },
  'answer-refused': { zh: '回复未被采纳', en: 'An answer of an insurer was not taken' },
  dispute: { zh: '保险公司异议', en: 'An insurer disputes a share' },
  'tiers-differ': { zh: '分段计算不符', en: 'The tiers of a bill are not what the benefit table gives' },
  'other-person': {
    zh: '保单已更正为他人',
    en: 'A policy that was asked for a bill is said to be another person’s now',
  },
  'not-computable': { zh: '无法计算', en: 'A bill came that could not be judged' },
} as const;
export type DifferenceClass = keyof typeof differenceClasses;

/** Who the hub was compared with: an insurer, the bureau's core system, a clearing statement, or the bill itself. */
export const differenceSources = ['insurer', 'core', 'clearing', 'bill'] as const;

/** States of a difference and what each may become. */
export const differenceTransitions = {
  open: ['explained', 'resolved'],
  explained: ['resolved', 'open'],
  resolved: ['open'],
} as const satisfies Record<string, readonly string[]>;
export type DifferenceState = keyof typeof differenceTransitions;

/** What is found. Amounts in fen; ids only, no name and no certificate number. */
export const Difference = z.object({
  /** The day of the books, in Shanghai. */
  day: z.iso.date(),
  source: z.enum(differenceSources),
  class: z.enum(Object.keys(differenceClasses) as [DifferenceClass, ...DifferenceClass[]]),
  /** What it is about, one and the same however often it is found: `setl_id` and what else tells it apart. */
  key: z.string(),
  insurer: z.string().optional(),
  product_code: z.string().optional(),
  setl_id: z.string().optional(),
  policy_no: z.string().optional(),
  policy_sub_no: z.string().optional(),
  refd_setl_flag: z.enum(['0', '1']).optional(),
  hubFen: z.int().optional(),
  otherFen: z.int().optional(),
  /** The other day of `wrong-day`. */
  otherDay: z.iso.date().optional(),
  /** How often of `duplicate`. */
  times: z.int().optional(),
  note: z.object({ zh: z.string(), en: z.string() }).optional(),
});
export type Difference = z.infer<typeof Difference>;

/** A difference as kept. What was found never changes; its state does, each time with an event. */
export const DifferenceItem = Difference.extend({
  id: z.string(),
  state: z.enum(Object.keys(differenceTransitions) as [DifferenceState, ...DifferenceState[]]),
  openedAt: z.iso.datetime(),
  /** Who is to clear it up: a client of the hub, or `insurer:<uscc>`. */
  owner: z.string(),
  version: z.int().positive(),
});
export type DifferenceItem = z.infer<typeof DifferenceItem>;

/** What was done about a difference; numbered, never changed. */
export const DifferenceEvent = z.object({
  n: z.int().positive(),
  at: z.iso.datetime(),
  by: z.string(),
  to: DifferenceItem.shape.state,
  owner: z.string().optional(),
  reason: z.string().min(1).max(1000),
});
export type DifferenceEvent = z.infer<typeof DifferenceEvent>;

/** What an operator does about a difference: `POST /v1/differences/{id}`. */
export const DifferenceAct = z.strictObject({
  to: DifferenceItem.shape.state,
  reason: z.string().trim().min(1).max(1000),
  owner: z.string().max(50).optional(),
});

/** A difference as people see it. `ageDays`: since the day it was found. */
export const DifferenceView = DifferenceItem.omit({ hubFen: true, otherFen: true }).extend({
  hub_amt: YuanText.optional(),
  other_amt: YuanText.optional(),
  ageDays: z.int(),
});
export type DifferenceView = z.infer<typeof DifferenceView>;
export const DifferenceList = z.object({ differences: z.array(DifferenceView) });
export type DifferenceList = z.infer<typeof DifferenceList>;

/** With all that was done about it, the oldest first. */
export const DifferenceHistory = DifferenceView.extend({ events: z.array(DifferenceEvent) });
export type DifferenceHistory = z.infer<typeof DifferenceHistory>;

export const DifferencesQuery = z.object({
  state: DifferenceItem.shape.state.default('open'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
