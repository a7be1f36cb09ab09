import { z } from 'zod';
import { MedType } from './med-type.ts';
import { Yuan, YuanText } from './money.ts';
import { daysBetween } from './time.ts';
import { Uscc } from './uscc.ts';

const Ratio = z.number().min(0).max(1);

/** How a `hub` product's share is computed here. Amounts are per policy and calendar year of the stay's end. */
const rules = <Amount extends z.ZodType, OrNothing extends z.ZodType>(
  amount: Amount,
  orNothing: OrNothing,
  medType: z.ZodType<string, string> = z.string(),
) =>
  z.strictObject({
    /** What counts: costs within the policy's scope (inscp_scp_amt) that no fund paid, or everything left. */
    counts: z.enum(['within-policy', 'all']),
    deductible: orNothing,
    /**
     * In order, by the amount above the deductible accumulated over the year: from where the last band ended up to
     * `upTo`, this share is paid; without `upTo`, of all the rest.
     */
    bands: z.array(z.strictObject({ upTo: amount.optional(), ratio: Ratio })).min(1),
    annualCap: amount.optional(),
    /** Stays that begin before the policy's `wait_end` are not paid; without one, this many days from its beginning. */
    waitingDays: z.int().min(0).default(0),
    /** med_type codes that are not covered. */
    excludedMedTypes: z.array(medType).default([]),
    /** Multiplies the ratio where the policy is flagged `pre_existing`. */
    preExistingFactor: Ratio.default(1),
  });

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

const product = <Rules extends z.ZodType>(hubRules: Rules) =>
  z.discriminatedUnion('mode', [
    z.strictObject({ ...common, mode: z.literal('hub'), rules: hubRules }),
    z.strictObject({ ...common, mode: z.literal('insurer') }),
  ]);

const NoNegative = Yuan.refine((fen) => fen >= 0, { error: '不得为负 · must not be negative' });
const RulesOnWire = rules(NoNegative, NoNegative.prefault('0.00'), MedType).superRefine(({ bands }, context) => {
  bands.forEach(({ upTo }, at) => {
    const wrong = at === bands.length - 1 ? false : upTo === undefined || upTo <= (bands[at - 1]?.upTo ?? 0);
    const lastWrong = at === bands.length - 1 && upTo !== undefined && upTo <= (bands[at - 1]?.upTo ?? 0);
    if (wrong || lastWrong)
      context.addIssue({
        code: 'custom',
        path: ['bands', at, 'upTo'],
        message: '各段须依次递增，仅末段可无上限 · bands rise, and only the last may be without end',
      });
  });
});

/**
 * What an insurer sells: declared in a file that `canbao product add FILE` checks and brings to the hub. A version,
 * once added, never changes; a settlement names the version that it was judged by.
 */
export const ProductOnWire = product(RulesOnWire);
export type ProductOnWire = z.input<typeof ProductOnWire>;

/** The same for whom it is shown: nothing is judged again that was once accepted. */
export const ProductShown = product(rules(Yuan, Yuan));

const Fen = z.int().min(0);
export const BenefitRules = rules(Fen, Fen);
export type BenefitRules = z.infer<typeof BenefitRules>;

/** The same inside the hub: amounts in fen. */
export const Product = product(BenefitRules);
export type Product = z.infer<typeof Product>;

/** A product as stored: versions count from 1. */
export const ProductVersion = z.object({ version: z.int().positive(), addedAt: z.iso.datetime(), product: Product });
export type ProductVersion = z.infer<typeof ProductVersion>;

/** A version of a product as it is shown: amounts as on the wire. */
export const ProductVersionView = ProductVersion.extend({ product: product(rules(YuanText, YuanText)) });
export type ProductVersionView = z.infer<typeof ProductVersionView>;
/** The newest version of each. */
export const ProductList = z.object({ products: z.array(ProductVersionView) });
export type ProductList = z.infer<typeof ProductList>;

/** Days of one request for results: it ends within seconds, and whoever asks for more adds up. */
export const mostResultDays = 31;
/** From the first day of posting to the last, both included. */
export const ResultsQuery = z
  .object({ from: z.iso.date(), to: z.iso.date() })
  .refine(({ from, to }) => from <= to && daysBetween(from, to) < mostResultDays, {
    path: ['to'],
    error: `起止不得颠倒，一次至多 ${mostResultDays} 天 · from is not after to, and at most ${mostResultDays} days at a time`,
  });

const ResultTotal = z.object({ count: z.int(), amount: YuanText });
/** What a product has paid and taken back in a span of days. */
export const ProductResultsView = z.object({
  insurer: z.string(),
  product_code: z.string(),
  from: z.iso.date(),
  to: z.iso.date(),
  paid: ResultTotal,
  taken_back: ResultTotal,
  net: YuanText,
});
export type ProductResultsView = z.infer<typeof ProductResultsView>;
