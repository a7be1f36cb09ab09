import { z } from 'zod';
import { Yuan } from './money.ts';
import { Uscc } from './uscc.ts';

/**
 * What an insurer sells: declared in a file that `canbao product add FILE` checks and brings to the hub. A version,
 * once added, never changes; a settlement names the version that it was judged by.
 */
const NoNegative = Yuan.refine((fen) => fen >= 0, { error: '不得为负 · must not be negative' });
const Ratio = z.number().min(0).max(1);

/** From the amount where the last band ended (or the deductible) up to `upTo`, this share is paid; no `upTo`: all. */
const Band = z.strictObject({ upTo: NoNegative.optional(), ratio: Ratio });

/** How a `hub` product's share is computed here. Amounts are per policy and calendar year of the stay's end. */
export const BenefitRules = z.strictObject({
  /** What counts: costs within the policy's scope (inscp_scp_amt) that no fund paid, or everything left. */
  counts: z.enum(['within-policy', 'all']),
  deductible: NoNegative.prefault('0.00'),
  /** In order; by the amount above the deductible accumulated over the year. */
  bands: z.array(Band).min(1),
  annualCap: NoNegative.optional(),
  /** Bills whose stay begins before the policy's `wait_end` are not paid; without one, this many days from its beginning. */
  waitingDays: z.int().min(0).default(0),
  /** med_type codes that are not covered. */
  excludedMedTypes: z.array(z.string()).default([]),
  /** Multiplies the ratio where the policy is flagged `pre_existing`. */
  preExistingFactor: Ratio.default(1),
});
export type BenefitRules = z.infer<typeof BenefitRules>;

const common = {
  insurer: Uscc,
  product_code: z
    .string()
    .min(1)
    .max(30)
    .regex(/^[\w.-]+$/),
  name: z.string().min(1).max(100),
  /** 商业保险, or 互助 (工会医疗互助): one more payer of the same kind. */
  kind: z.enum(['commercial', 'mutual-aid']).default('commercial'),
  /** Fields beyond the thin notice that the person's consent may name. */
  furtherFields: z.array(z.enum(['diag_codes', 'invoice_no'])).default([]),
};

export const Product = z.discriminatedUnion('mode', [
  z.strictObject({ ...common, mode: z.literal('hub'), rules: BenefitRules }),
  z.strictObject({ ...common, mode: z.literal('insurer') }),
]);
export type Product = z.infer<typeof Product>;

/** A product as stored: versions count from 1. */
export const ProductVersion = z.object({ version: z.int().positive(), addedAt: z.iso.datetime(), product: Product });
export type ProductVersion = z.infer<typeof ProductVersion>;
