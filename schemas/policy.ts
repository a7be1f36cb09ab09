import { z } from 'zod';

/**
 * A person's policy with one insurer: an item beside the person's other policies. The key of a policy is
 * (insurer, policy_no, policy_sub_no); `policy_sub_no` is empty where the policy is the person's own.
 */
export const PolicyKey = z.object({ insurer: z.string(), policy_no: z.string(), policy_sub_no: z.string() });
export type PolicyKey = z.infer<typeof PolicyKey>;

/** A consent covers the moments from `begn` 00:00 to `end` 24:00 in Shanghai, unless it was revoked before. */
export const Consent = z.object({
  consent_no: z.string(),
  consent_begn: z.iso.date(),
  consent_end: z.iso.date(),
  /** Further fields it allows beyond the thin notice. */
  fields: z.array(z.string()).default([]),
});
export type Consent = z.infer<typeof Consent>;

export const Policy = PolicyKey.extend({
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
  /** Instant of the newest revocation of a consent, and the consent's number: the same number never counts again. */
  revoked: z.record(z.string(), z.iso.datetime()).default({}),
  policy_stas: z.enum(['1', '2']),
  /** Order of what is known of the policy: an older roster or message after a newer one changes nothing. */
  asOf: z.string(),
  /** Where it came from: `roster:<snapshot id>` or `message:<webhook-id>`. */
  source: z.string(),
  version: z.int().positive(),
});
export type Policy = z.infer<typeof Policy>;

/** What a policy has paid in a year; kept beside it. */
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
