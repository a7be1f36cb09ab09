import { z } from 'zod';
import { Bill } from './bill.ts';
import { Accumulator, Consent, PolicyKey } from './policy.ts';
import { ProductVersion } from './product.ts';

/** States of a settlement and what each may become; the one list of them. */
export const settlementTransitions = {
  received: ['awaiting-insurers', 'settled'],
  'awaiting-insurers': ['settled', 'settled-by-hand', 'reversing', 'reversed'],
  settled: ['settled-by-hand', 'reversing', 'reversed'],
  'settled-by-hand': ['reversing', 'reversed'],
  reversing: ['reversed'],
  reversed: [],
} as const satisfies Record<string, readonly string[]>;
export type SettlementState = keyof typeof settlementTransitions;

/** States of an insurer's share; each share is resolved exactly once. `waiting`: those before it have not answered. */
export const shareTransitions = {
  waiting: ['pending', 'posted', 'voided'],
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
  explanation: z.array(Explanation).optional(),
  noticeId: z.string().optional(),
  /** First 2xx of the notice: the answer's time begins. */
  noticedAt: z.iso.datetime().optional(),
  answerBy: z.iso.datetime().optional(),
  resolvedAt: z.iso.datetime().optional(),
  reason: z.string().optional(),
  insurer_claim_no: z.string().optional(),
});
export type Share = z.infer<typeof Share>;

/** A policy of the person that was not asked, and why: `no-consent`, `outside-dates`, `terminated`, `no-product` … */
export const NotAsked = PolicyKey.extend({ product_code: z.string(), reason: z.string() });

export const entryKinds = ['pending', 'post', 'void', 'expire', 'reverse'] as const;

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
  /** Id of the command that caused it. */
  caused_by: z.string(),
  at: z.iso.datetime(),
  /** What the share was computed from, for the statement: base, rule, explanation. */
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
  consent: Consent.optional(),
  policy_stas: z.enum(['1', '2']),
  policyVersion: z.int(),
  accumulator: Accumulator,
});
export type Coverage = z.infer<typeof Coverage>;

/** The settings a settlement was judged by. */
export const SettlementTerms = z.object({
  profile: z.string(),
  windowSeconds: z.int(),
  answerWithinHours: z.int(),
  acctDebited: z.boolean(),
});
export type SettlementTerms = z.infer<typeof SettlementTerms>;

const caused = { id: z.string(), at: z.iso.datetime() };
/** Everything that ever changes a settlement, numbered and kept: replayed from empty they give the same ledger. */
export const Command = z.discriminatedUnion('kind', [
  z.object({
    ...caused,
    kind: z.literal('accept'),
    bill: Bill,
    coverages: z.array(Coverage),
    notAsked: z.array(NotAsked),
    terms: SettlementTerms,
  }),
  z.object({ ...caused, kind: z.literal('noticed'), share: z.string(), acceptedAt: z.iso.datetime() }),
  z.object({
    ...caused,
    kind: z.literal('answer'),
    share: z.string(),
    decision: z.enum(['approved', 'declined']),
    paidFen: z.int(),
    reason_code: z.string().optional(),
    insurer_claim_no: z.string(),
    messageId: z.string(),
  }),
  z.object({ ...caused, kind: z.literal('close-window') }),
  z.object({ ...caused, kind: z.literal('expire'), share: z.string(), why: z.enum(['no-answer', 'not-sent']) }),
  z.object({ ...caused, kind: z.literal('void'), share: z.string(), why: z.enum(['consent-revoked']) }),
  z.object({ ...caused, kind: z.literal('reverse'), bill: Bill }),
  z.object({ ...caused, kind: z.literal('settle-by-hand'), by: z.string(), reason: z.string() }),
]);
export type Command = z.infer<typeof Command>;
