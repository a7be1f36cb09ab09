import { z } from 'zod';
import { JudgedBenefits } from './benefits.ts';
import { Bill, sumFields } from './bill.ts';
import { DifferenceView } from './difference.ts';
import { YuanText as Amount } from './money.ts';
import { Accumulator, Consent, PolicyKey } from './policy.ts';
import { ProductVersion } from './product.ts';
import { SumProfile } from './sum-profile.ts';

/**
 * States of a settlement and what each may become; the one list of them. `received`: its sums differ, it waits for
 * people. `reversing`: a reversal came before its settlement.
 */
export const settlementTransitions = {
  received: ['awaiting-insurers', 'settled', 'reversed'],
  'awaiting-insurers': ['settled', 'settled-by-hand', 'reversed'],
  settled: ['settled-by-hand', 'reversed'],
  'settled-by-hand': ['reversed'],
  reversing: ['reversed'],
  reversed: [],
} as const satisfies Record<string, readonly string[]>;
export type SettlementState = keyof typeof settlementTransitions;

/** States of an insurer's share; each share is resolved exactly once. `waiting`: those before it have not answered. */
export const shareTransitions = {
  waiting: ['pending', 'voided'],
  pending: ['posted', 'declined', 'voided', 'expired'],
  posted: [],
  declined: [],
  voided: [],
  expired: [],
} as const satisfies Record<string, readonly string[]>;
export type ShareState = keyof typeof shareTransitions;

/** A line of how an amount came about: the step, what it was applied to, what came out; fen. */
export const Explanation = z.object({ zh: z.string(), en: z.string(), baseFen: z.int(), resultFen: z.int() });
export type Explanation = z.infer<typeof Explanation>;

/** What a bill counts for a policy in a year; taken back when the bill is reversed. */
export const Contribution = z.object({
  year: z.string(),
  deductibleFen: z.int().min(0),
  countedFen: z.int().min(0),
  paidFen: z.int().min(0),
  /** As in the policy: beside whom it is kept, where that is not the bill's own person. */
  firstHolder: z.string().optional(),
});
export type Contribution = z.infer<typeof Contribution>;

/** What an insurer said of a share that was no longer open: it changes no money. */
const LateAnswer = z.object({
  messageId: z.string(),
  decision: z.enum(['approved', 'declined']),
  paidFen: z.int(),
  at: z.iso.datetime(),
});

export const Share = PolicyKey.extend({
  /** `<insurer>/<product_code>/<policy_no>/<policy_sub_no>` */
  id: z.string(),
  product_code: z.string(),
  productVersion: z.int(),
  mode: z.enum(['hub', 'insurer']),
  state: z.enum(Object.keys(shareTransitions) as [ShareState, ...ShareState[]]),
  /** What the payers before left when its turn came. */
  baseFen: z.int().min(0).optional(),
  /** Mode `insurer`: what is reserved while it is pending. */
  reservedFen: z.int().min(0).optional(),
  paidFen: z.int().min(0).optional(),
  /** Of what was paid: how much relieved the patient's cash, how much the personal account. */
  cashFen: z.int().min(0).optional(),
  acctFen: z.int().min(0).optional(),
  /** The patient had paid already; the insurer pays the amount out. */
  payout: z.boolean().optional(),
  counted: Contribution.optional(),
  noticeId: z.string().optional(),
  /** Its turn came; the notice was written. */
  pendingSince: z.iso.datetime().optional(),
  /** First 2xx of the notice: the answer's time begins. */
  noticedAt: z.iso.datetime().optional(),
  answerBy: z.iso.datetime().optional(),
  resolvedAt: z.iso.datetime().optional(),
  /** Why it is 0, voided or expired. */
  reason: z.string().optional(),
  insurer_claim_no: z.string().optional(),
  /** The message that resolved it. */
  answeredBy: z.string().optional(),
  /** What the insurer said in the body of its acceptance of the notice has been taken. */
  answeredInBody: z.boolean().optional(),
  late: LateAnswer.optional(),
  /** `claim.paid`: the insurer says that it has paid. */
  paidOut: z.object({ paidFen: z.int(), at: z.iso.datetime(), messageId: z.string() }).optional(),
});
export type Share = z.infer<typeof Share>;

/** A policy of the person that was not asked, and why: `no-consent`, `outside-dates`, `terminated`, `no-product` … */
export const NotAsked = PolicyKey.extend({ product_code: z.string(), reason: z.string() });
export type NotAsked = z.infer<typeof NotAsked>;

export const entryKinds = ['pending', 'post', 'void', 'expire', 'reverse'] as const;
export type EntryKind = (typeof entryKinds)[number];

/**
 * An entry of the ledger, never edited. `post` and `reverse` move money; `pending` reserves it, and `post`, `void`
 * or `expire` of the same share ends the reservation. Accounts: `payer:<field>` (public payers, hospital, personal
 * account), `insurer:<uscc>:<product>`, `patient`, `provider:<fixmedins_code>`.
 */
export const LedgerEntry = z.object({
  /** Hash of (setl_id, share, kind, cause): the same cause posts once. */
  entry_id: z.string(),
  setl_id: z.string(),
  /** Position within the settlement, from 1. */
  n: z.int().positive(),
  /** Share id, or the payer's field. */
  share: z.string(),
  kind: z.enum(entryKinds),
  debit: z.string(),
  credit: z.string(),
  amount_fen: z.int().min(0),
  /** Id of the command that caused it; `/acct_pay` after it where the same cause also relieves the personal account. */
  caused_by: z.string(),
  at: z.iso.datetime(),
  /** Of an insurer's share: whose policy. */
  policy: PolicyKey.extend({ product_code: z.string() }).optional(),
  /** What the amount was computed from, for the statement: base, rule, explanation. */
  basis: z.object({ baseFen: z.int(), rule: z.string(), explanation: z.array(Explanation).optional() }).optional(),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

/** A policy as acceptance saw it, with what it had paid so far: part of the command, so that it can be replayed. */
export const Coverage = PolicyKey.extend({
  product: ProductVersion,
  insurer_person_ref: z.string(),
  begn_date: z.iso.date(),
  end_date: z.iso.date(),
  wait_end: z.iso.date().optional(),
  pre_existing: z.boolean(),
  consent: Consent,
  policyVersion: z.int(),
  firstHolder: z.string().optional(),
  /** Mode `hub`: of the year of the stay's end. */
  accumulator: Accumulator.optional(),
});
export type Coverage = z.infer<typeof Coverage>;

/** The settings a settlement was judged by. */
export const SettlementTerms = z.object({
  sums: SumProfile,
  windowSeconds: z.int(),
  answerWithinHours: z.int(),
  acctDebited: z.boolean(),
});
export type SettlementTerms = z.infer<typeof SettlementTerms>;

const caused = { id: z.string(), at: z.iso.datetime() };
/** Policies of the shares that still wait, as they are when the share before them is resolved. */
const turns = { coverages: z.array(Coverage).default([]) };
/** Everything that ever changes a settlement, numbered and kept: replayed from empty they give the same ledger. */
export const Command = z.discriminatedUnion('kind', [
  z.object({
    ...caused,
    kind: z.literal('accept'),
    bill: Bill,
    /** In the order in which they are asked. */
    coverages: z.array(Coverage),
    notAsked: z.array(NotAsked),
    terms: SettlementTerms,
    benefits: JudgedBenefits.optional(),
  }),
  z.object({ ...caused, kind: z.literal('noticed'), share: z.string(), acceptedAt: z.iso.datetime() }),
  z.object({
    ...caused,
    ...turns,
    kind: z.literal('answer'),
    policy: PolicyKey,
    decision: z.enum(['approved', 'declined']),
    paidFen: z.int(),
    reason_code: z.string().optional(),
    insurer_claim_no: z.string(),
    messageId: z.string(),
    receivedAt: z.iso.datetime(),
  }),
  z.object({
    ...caused,
    kind: z.literal('paid'),
    policy: PolicyKey,
    paidFen: z.int(),
    paidAt: z.iso.datetime(),
    messageId: z.string(),
  }),
  z.object({ ...caused, kind: z.literal('close-window') }),
  z.object({
    ...caused,
    ...turns,
    kind: z.literal('expire'),
    share: z.string(),
    why: z.enum(['no-answer', 'not-sent']),
  }),
  z.object({
    ...caused,
    ...turns,
    kind: z.literal('void'),
    share: z.string(),
    why: z.enum(['consent-revoked', 'consent-ended']),
    /** Its notice is still to be sent, and must not be. */
    stop: z.boolean(),
  }),
  /** `unsent`: notices that no attempt was made to send; they are taken back. `untaken`: those tried in vain. */
  z.object({
    ...caused,
    kind: z.literal('reverse'),
    bill: Bill,
    unsent: z.array(z.string()),
    untaken: z.array(z.string()).default([]),
  }),
  z.object({
    ...caused,
    kind: z.literal('settle-by-hand'),
    by: z.string(),
    reason: z.string(),
    unsent: z.array(z.string()),
    /** Notices that were tried in vain and are still to be sent; they are given up. */
    untaken: z.array(z.string()),
  }),
]);
export type Command = z.infer<typeof Command>;

const ShareAnswer = PolicyKey.extend({
  product_code: z.string(),
  state: z.string(),
  base_amt: Amount.optional(),
  paid_amt: Amount,
  reason: z.string().optional(),
});

/** What `POST /v1/settlements` answers: what everybody pays, and what is left to the patient. */
export const SettlementAnswer = z.object({
  setl_id: z.string(),
  state: z.string(),
  medfee_sumamt: Amount,
  /** By the names of the national platform; only those that are not 0. */
  payers: z.record(z.string(), Amount),
  shares: z.array(ShareAnswer),
  /** Of a reversal: what insurers had paid to the patient after the counter. It stands in none of the sums. */
  payouts: z.array(ShareAnswer).optional(),
  not_asked: z.array(NotAsked),
  /** How the funds' amounts come about, or where they are not what the benefit table gives. */
  benefits: z
    .object({
      how: JudgedBenefits.shape.how.exclude(['stated']),
      lines: z.array(
        z.object({ payer: z.string(), zh: z.string(), en: z.string(), base_amt: Amount, result_amt: Amount }),
      ),
      differs: z.array(z.object({ field: z.string(), stated: Amount, computed: Amount })),
    })
    .optional(),
  acct_pay: Amount,
  acct_mulaid_pay: Amount,
  /** What the patient pays in cash. */
  psn_cash_pay: Amount,
});
export type SettlementAnswer = z.infer<typeof SettlementAnswer>;

export const SumDifference = z.object({
  field: z.enum(sumFields),
  stated: Amount,
  computed: Amount,
  of: z.array(z.string()),
});
export type SumDifference = z.infer<typeof SumDifference>;

const ReversalOf = z.object({ setl_id: z.string(), at: z.iso.datetime(), bill: Bill });

/** What all commands so far have made of a settlement. */
export const Settlement = z.object({
  setl_id: z.string(),
  state: z.enum(Object.keys(settlementTransitions) as [SettlementState, ...SettlementState[]]),
  /** Commands so far. */
  version: z.int().positive(),
  /** Ledger entries so far. */
  entries: z.int().min(0),
  /** Absent while only its reversal is known. */
  bill: Bill.optional(),
  terms: SettlementTerms.optional(),
  shares: z.array(Share),
  notAsked: z.array(NotAsked),
  /** Why it stays `received`. */
  sums: z.array(SumDifference).optional(),
  receivedAt: z.iso.datetime(),
  /** Until then the counter waits for insurers. */
  windowEnds: z.iso.datetime().optional(),
  settledAt: z.iso.datetime().optional(),
  /** As first given at the counter; it does not change any more. */
  answer: SettlementAnswer.optional(),
  benefits: JudgedBenefits.optional(),
  reversal: ReversalOf.optional(),
  /** While only reversals are known: those that came after the first. Which of them reverses it its bill will tell. */
  alsoWaiting: z.array(ReversalOf).optional(),
});
export type Settlement = z.infer<typeof Settlement>;

/**
 * `GET /v1/settlements/{setl_id}`: `counter` is what was answered first; the rest is as it is now. Of a bill whose
 * sums differ only `sums` is known.
 */
export const SettlementView = SettlementAnswer.partial().extend({
  setl_id: z.string(),
  state: z.string(),
  received_at: z.iso.datetime(),
  window_ends: z.iso.datetime().optional(),
  settled_at: z.iso.datetime().optional(),
  counter: SettlementAnswer.optional(),
  /** What insurers said when it was too late to count; each is a difference. */
  late: z
    .array(
      PolicyKey.extend({
        product_code: z.string(),
        decision: LateAnswer.shape.decision,
        paid_amt: Amount,
        at: z.iso.datetime(),
      }),
    )
    .optional(),
  reversed_by: z.string().optional(),
  sums: z.array(SumDifference).optional(),
  /** About it, whatever their state, the oldest first: a reversal of it that was refused among them. */
  differences: z.array(DifferenceView).optional(),
});
export type SettlementView = z.infer<typeof SettlementView>;

/** The same of a reversal. `refused`: nothing was reversed by it, whatever was answered before its settlement came. */
export const ReversalView = z.object({
  setl_id: z.string(),
  orig_setl_id: z.string(),
  received_at: z.iso.datetime(),
  counter: SettlementAnswer.optional(),
  refused: z.string().optional(),
  reason: z.object({ zh: z.string(), en: z.string() }).optional(),
  differences: z.array(DifferenceView).optional(),
});
export type ReversalView = z.infer<typeof ReversalView>;

/** `POST /v1/settlements/{setl_id}/settle-by-hand` */
export const SettleByHand = z.strictObject({ reason: z.string().trim().min(1).max(1000) });
