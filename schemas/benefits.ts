import { z } from 'zod';

const Fen = z.int().min(0);
const Ratio = z.number().min(0).max(1);

export const benefitSchemes = ['employee', 'resident'] as const;
export type BenefitScheme = (typeof benefitSchemes)[number];

/** A line of basic insurance in hospital: from the deductible of one stay on, this share of what counts is paid. */
const BasicRule = z.strictObject({
  scheme: z.enum(benefitSchemes),
  /** Level of the institution; `town` for a township hospital. */
  level: z.enum(['1', '2', '3', 'town']),
  /** Absent: holds for people who work and for those who have retired. */
  retired: z.boolean().optional(),
  deductibleFen: Fen,
  ratio: Ratio,
});
export type BasicRule = z.infer<typeof BasicRule>;

const basic = (
  scheme: BenefitScheme,
  level: BasicRule['level'],
  deductibleFen: number,
  ratio: number,
  retired?: boolean,
) => ({
  scheme,
  level,
  ...(retired === undefined ? {} : { retired }),
  deductibleFen,
  ratio,
});

/**
 * What the public funds pay of a bill that comes with its fees only: basic insurance, then serious illness, then
 * medical assistance. The sample is what the plan of Zhanjiang says; where it gives no figure, none is assumed.
 */
export const BenefitTable = z.strictObject({
  /** Also compares bills whose tiers come computed with this table. */
  checkTiers: z.boolean().default(false),
  /** insutype → scheme. */
  schemes: z.record(z.string(), z.enum(benefitSchemes)).default({ '310': 'employee', '390': 'resident' }),
  basic: z
    .array(BasicRule)
    .default([
      basic('employee', '1', 20_000, 0.9, false),
      basic('employee', '2', 50_000, 0.85, false),
      basic('employee', '3', 80_000, 0.8, false),
      basic('employee', '1', 20_000, 0.93, true),
      basic('employee', '2', 50_000, 0.88, true),
      basic('employee', '3', 80_000, 0.83, true),
      basic('resident', 'town', 10_000, 0.85),
      basic('resident', '1', 10_000, 0.8),
      basic('resident', '2', 30_000, 0.7),
      basic('resident', '3', 50_000, 0.5),
    ]),
  /** Of a year, basic insurance and serious illness together. */
  annualCapFen: z
    .strictObject({ employee: Fen.optional(), resident: Fen.optional() })
    .default({ employee: 50_000_000, resident: 80_000_000 }),
  /** Of what basic insurance leaves within the scope, accumulated over the year, above the deductible. */
  seriousIllness: z.strictObject({ deductibleFen: Fen.default(0), ratio: Ratio.default(0.6) }).prefault({}),
  /** Of what the two leave within the scope, for people of these categories (`idet_type`), without a deductible. */
  assistance: z
    .strictObject({
      ratio: Ratio.default(0.7),
      groups: z
        .array(z.string())
        .default(['extreme-poverty', 'minimum-living', 'returned-to-poverty', 'unstable-exit', 'stable-exit']),
    })
    .prefault({}),
  /** Points by which the ratio of basic insurance falls outside the area. */
  outOfArea: z.strictObject({ referred: Ratio.default(0.1), other: Ratio.default(0.2) }).prefault({}),
  /** Stays in hospital; nothing else is computed here. */
  medTypes: z.array(z.string()).default(['21', '23', '24', '52']),
});
export type BenefitTable = z.infer<typeof BenefitTable>;

/** What decides beside the fees; part of a bill. */
export const benefitFacts = {
  /** Category of the insured: 12 has retired, 11 has not; sub-codes by their first two digits. */
  psn_type: z
    .string()
    .regex(/^\d{2,6}$/)
    .optional(),
  /** Place of care: here, elsewhere on referral or in an emergency, elsewhere otherwise. */
  out_of_area: z.enum(['none', 'referred', 'other']).optional(),
  /** Categories of hardship that entitle to assistance. */
  idet_types: z.array(z.string().max(40)).max(10).optional(),
};

/** What the funds have paid for a person in a year and scheme; kept beside the person's policies. */
export const BenefitAccumulator = z.object({
  year: z.string(),
  scheme: z.enum(benefitSchemes),
  /** Basic insurance and serious illness, for the cap. */
  paidFen: Fen,
  /** Left within the scope by basic insurance, for the deductible of serious illness. */
  leftFen: Fen,
  version: z.int().min(0),
});
export type BenefitAccumulator = z.infer<typeof BenefitAccumulator>;

/** A line of how an amount came about: of which payer, the step, what it was applied to, what came out; fen. */
export const BenefitLine = z.object({
  payer: z.enum(['hifp_pay', 'hifmi_pay', 'hifob_pay', 'maf_pay']),
  zh: z.string(),
  en: z.string(),
  baseFen: z.int(),
  resultFen: z.int(),
});
export type BenefitLine = z.infer<typeof BenefitLine>;

/** What one bill adds to them. */
export const BenefitCount = BenefitAccumulator.omit({ version: true });
export type BenefitCount = z.infer<typeof BenefitCount>;

/**
 * What the benefit table says of a bill. `computed`: its tiers are made of it. `compared`: its tiers came computed,
 * and differ or not. `stated`: they are taken as they came, and count for the year like any other.
 */
export const JudgedBenefits = z.object({
  how: z.enum(['computed', 'compared', 'stated']),
  explanation: z.array(BenefitLine),
  differs: z.array(z.object({ field: BenefitLine.shape.payer, statedFen: z.int(), computedFen: z.int() })),
  /** What the bill adds to the person's year. */
  counted: BenefitCount,
  /** The year that the amounts were worked out from; absent where nothing was. */
  from: BenefitAccumulator.omit({ year: true, scheme: true }).optional(),
});
export type JudgedBenefits = z.infer<typeof JudgedBenefits>;
