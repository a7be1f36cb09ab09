import { z } from 'zod';

/**
 * The key of a policy is (insurer, policy_no, policy_sub_no); `policy_sub_no` is empty where the policy is the
 * person's own.
 */
export const PolicyKey = z.object({ insurer: z.string(), policy_no: z.string(), policy_sub_no: z.string() });
export type PolicyKey = z.infer<typeof PolicyKey>;

export const samePolicy = (one: PolicyKey, other: PolicyKey): boolean =>
  one.insurer === other.insurer && one.policy_no === other.policy_no && one.policy_sub_no === other.policy_sub_no;

/** A consent covers the moments from `consent_begn` 00:00 to `consent_end` 24:00 in Shanghai, unless it was revoked. */
export const Consent = z.object({
  consent_no: z.string(),
  consent_begn: z.iso.date(),
  consent_end: z.iso.date(),
  /** Further fields it allows beyond the thin notice. */
  fields: z.array(z.string()).default([]),
});
export type Consent = z.infer<typeof Consent>;

/** What a roster's row or a message says of a policy. */
export const PolicyTerms = z.object({
  /** The hub's own reference of the person. */
  person_ref: z.string(),
  /** The person as this insurer knows it: made with another secret. */
  insurer_person_ref: z.string(),
  product_code: z.string(),
  begn_date: z.iso.date(),
  end_date: z.iso.date(),
  wait_end: z.iso.date().optional(),
  pre_existing: z.boolean(),
  consent: Consent.optional(),
  /** 1 valid, 2 terminated. */
  policy_stas: z.enum(['1', '2']),
});
export type PolicyTerms = z.infer<typeof PolicyTerms>;

/**
 * The person a policy was first said to be of, where the insurer has corrected that since: beside that person stays
 * what the policy has counted, whoever it counts for.
 */
const FirstHolder = z.string().optional();

/** A person's policy as a settlement reads it: an item beside the person's other policies. */
export const Policy = PolicyKey.extend({
  ...PolicyTerms.shape,
  /** Absent where there is none, and where it was revoked. */
  consent: Consent.optional(),
  /** Consents revoked ever, with the instant: none of these numbers counts again. */
  revoked: z.record(z.string(), z.iso.datetime()).default({}),
  /** Instant of the statement that decides, and where it came from: `roster:<snapshot id>` or `message:<id>`. */
  asOf: z.iso.datetime(),
  source: z.string(),
  firstHolder: FirstHolder,
  /** Of the policy's record: counts what became known of it. */
  version: z.int().positive(),
});
export type Policy = z.infer<typeof Policy>;

const said = { asOf: z.iso.datetime(), source: z.string() };

/**
 * Everything that is known of a policy: the newest statement of each kind. A policy that was terminated or whose
 * consent was revoked before anybody said whose it is has a record without terms.
 */
export const PolicyRecord = PolicyKey.extend({
  /** The newest roster that had it, and the newest one that should have had it and did not. */
  listed: z.object({ ...said, terms: PolicyTerms }).optional(),
  unlisted: z.object(said).optional(),
  upserted: z.object({ ...said, terms: PolicyTerms }).optional(),
  terminated: z.object({ ...said, end_date: z.iso.date().optional() }).optional(),
  revoked: z.record(z.string(), z.iso.datetime()).default({}),
  firstHolder: FirstHolder,
  version: z.int().nonnegative(),
});
export type PolicyRecord = z.infer<typeof PolicyRecord>;

/** What a policy has paid in a year, whoever was insured by it; kept beside the person it was first said to be of. */
export const Accumulator = z.object({
  year: z.string(),
  /** Costs that counted against the deductible, fen; at most the deductible. */
  deductibleFen: z.int().min(0),
  /** Costs above the deductible that went through the bands, fen. */
  countedFen: z.int().min(0),
  paidFen: z.int().min(0),
  version: z.int().min(0),
});
export type Accumulator = z.infer<typeof Accumulator>;

/** The roster that policies were last brought in line with. */
export const LoadedRoster = z.object({
  snapshotId: z.string(),
  dataAsOf: z.iso.date(),
  sequence: z.int(),
  /** The instant its statements count from. */
  asOf: z.iso.datetime(),
  /** Insurers that any roster ever named: what a full roster leaves out of theirs is terminated. */
  insurers: z.array(z.string()),
});
export type LoadedRoster = z.infer<typeof LoadedRoster>;

/** A load under way: from which roster to which, and how far it has come. */
export const RosterLoad = z.object({
  from: LoadedRoster.optional(),
  to: LoadedRoster,
  startedAt: z.iso.datetime(),
  /** `changes`: what differs between the two rosters. `messages`: policies that messages spoke of in between. */
  step: z.enum(['changes', 'messages']),
  /** Changes that are done, of a list that is the same whenever it is made. */
  done: z.int().nonnegative(),
  version: z.int().positive(),
});
export type RosterLoad = z.infer<typeof RosterLoad>;
