import { z } from 'zod';
import { DifferenceView } from './difference.ts';
import { Yuan, YuanText } from './money.ts';

/** Whose statement: an insurer's own, the bureau's clearing of an insurer, or the core system's file of a day. */
const statementSources = ['insurer', 'clearing', 'core'] as const;

/** What one statement speaks of. A core system's file knows neither insurer nor product. */
export const StatementScope = z.object({
  source: z.enum(statementSources),
  insurer: z.string().max(18).default(''),
  product_code: z.string().max(30).default(''),
  refd_setl_flag: z.enum(['0', '1']),
});
export type StatementScope = z.infer<typeof StatementScope>;

/** One name a scope, also where products are named like the mark between the parts. */
export const scopeName = ({ source, insurer, product_code, refd_setl_flag }: StatementScope): string =>
  `${source}#${insurer}#${product_code.replaceAll('#', '%23')}#${refd_setl_flag}`;

/** A line of somebody's books; what is taken back is positive too, under flag 1. Fen. */
export const BookLine = z.object({
  setl_id: z.string().min(1).max(30),
  policy_no: z.string().max(40).default(''),
  policy_sub_no: z.string().max(40).default(''),
  fen: z.int(),
  /** Further amounts of a bill that must agree: by field, fen. */
  parts: z.record(z.string(), z.int()).optional(),
});
export type BookLine = z.infer<typeof BookLine>;

/** A statement is sent in parts, numbered from 1; each says what the whole comes to. */
export const StatementPart = StatementScope.extend({
  day: z.iso.date(),
  part: z.int().min(1),
  parts: z.int().min(1).max(1000),
  count: z.int().min(0),
  totalFen: z.int(),
  /** When it was said: of two versions of one part the newer counts. */
  asOf: z.iso.datetime(),
  lines: z.array(BookLine).max(1000),
});
export type StatementPart = z.infer<typeof StatementPart>;

type SaidOfParts = { readonly part: number; readonly parts: number };
type SaidByInsurer = SaidOfParts & {
  readonly count: number;
  readonly items: readonly Pick<BookLine, 'setl_id' | 'policy_no' | 'policy_sub_no'>[];
};

/** What a message of a statement contradicts in itself is its sender's slip; what only the whole shows is a difference. */
export function agreesWithItself(said: SaidByInsurer, context: z.RefinementCtx): void {
  isOneOfItsParts(said, context);
  const { parts, count, items } = said;
  if (parts === 1 ? count !== items.length : count < items.length)
    context.addIssue({
      code: 'custom',
      path: ['count'],
      message: `count 为整份对账单的笔数，应与明细一致（明细 ${items.length} 笔） · the count of the whole statement is not that of its items (${items.length} here)`,
    });
  const seen = new Set<string>();
  for (const [n, { setl_id, policy_no, policy_sub_no }] of items.entries()) {
    const claim = JSON.stringify([setl_id, policy_no, policy_sub_no]);
    if (seen.has(claim))
      context.addIssue({
        code: 'custom',
        path: ['items', n],
        message:
          '同一 setl_id、policy_no、policy_sub_no 重复出现 · the same setl_id, policy_no and policy_sub_no twice',
      });
    seen.add(claim);
  }
}

function isOneOfItsParts({ part, parts }: SaidOfParts, context: z.RefinementCtx): void {
  if (part > parts)
    context.addIssue({ code: 'custom', path: ['part'], message: 'part 不得大于 parts · part is at most parts' });
}

const LineOnWire = BookLine.omit({ fen: true, parts: true }).extend({
  amount: Yuan,
  parts: z.record(z.string(), Yuan).optional(),
});

/** A part of a statement as operators send it: `POST /v1/reconciliations/{day}/statements`. */
export const StatementOnWire = StatementScope.extend({
  source: z.enum(['clearing', 'core']),
  part: z.int().min(1).default(1),
  parts: z.int().min(1).max(1000).default(1),
  count: z.int().min(0),
  amount: Yuan,
  items: z.array(LineOnWire).max(1000),
})
  .strict()
  .superRefine(isOneOfItsParts);
export type StatementOnWire = z.infer<typeof StatementOnWire>;

const Totals = z.object({ count: z.int(), fen: z.int() });

/** What became of one statement of a day. */
export const Reconciled = StatementScope.extend({
  day: z.iso.date(),
  hub: Totals,
  other: Totals,
  /** The whole was said to come to something else than its lines do. */
  contradicts: z.boolean(),
  /** Differences found, by id. */
  differences: z.array(z.string()),
  /** Of the statement that was compared. */
  digest: z.string(),
});
export type Reconciled = z.infer<typeof Reconciled>;

const TotalsView = z.object({ count: z.int(), amount: YuanText });
/** The same as people see it. `equal`: the totals and every line. */
export const ReconciledView = Reconciled.omit({ digest: true }).extend({
  hub: TotalsView,
  other: TotalsView,
  equal: z.boolean(),
});
export type ReconciledView = z.infer<typeof ReconciledView>;

const Booked = StatementScope.omit({ source: true });
export type Booked = z.infer<typeof Booked>;

/** `GET /v1/reconciliations/{day}`: what a day came to beside everybody else's books. */
export const DayView = z.object({
  day: z.iso.date(),
  /** When the hub closed it; null: it has not yet. */
  closedAt: z.iso.datetime().nullable(),
  results: z.array(ReconciledView),
  /** Statements of insurers that are not there as a whole; `overdue`: they should be. */
  missing: z.array(StatementScope.extend({ dueBy: z.iso.datetime(), overdue: z.boolean() })),
  /** Products and flags that stand in the hub's books of the day. */
  booked: z.array(Booked),
  /** The first of them; `differenceCount` counts all. */
  differences: z.array(DifferenceView),
  differenceCount: z.int(),
});
export type DayView = z.infer<typeof DayView>;

/** What became of a part that an operator has brought; `result` where the whole is there, and its day over. */
export const StatementTaken = z.object({ whole: z.boolean(), result: ReconciledView.nullable() });
export type StatementTaken = z.infer<typeof StatementTaken>;
