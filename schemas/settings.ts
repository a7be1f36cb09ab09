import { z } from 'zod';
import { BenefitTable } from './benefits.ts';
import { fundFields } from './bill.ts';
import { hardshipTypes, monitoringTypes, subsidyTypes } from './code-lists.ts';
import { type Refusal, refuse } from './errors.ts';
import type { Feed } from './feeds/feed.ts';
import { feeds } from './feeds/register.ts';
import { profileFault, SumProfile } from './sum-profile.ts';
import { Uscc } from './uscc.ts';

const share = z.number().min(0).max(1);
const whole = z.number().int().min(0);
const civilDate = z.iso.date();
const year = z.string().regex(/^\d{4}$/);
const areaCode = z.string().regex(/^\d{6}$/);

const FeedUse = z.strictObject({
  /** A feed not in use is left out of what the rules need. */
  inUse: z.boolean().optional(),
  /** No: the list drops people who left, so their intervals are built from successive full snapshots. */
  keepsHistory: z.boolean().default(true),
  /** Days between data-as-of and the run's date; instead of the feed's own. */
  freshnessDays: whole.optional(),
});

/** What one file may cost. Bytes, unless said otherwise. */
const ReadLimits = z.strictObject({
  maxCompressedBytes: whole.default(1024 ** 3),
  maxUncompressedBytes: whole.default(4 * 1024 ** 3),
  /** Uncompressed per compressed byte, beyond the first 10 MiB: what tells a zip bomb from a good archive. */
  maxExpansion: whole.default(200),
  maxWorkbookBytes: whole.default(300 * 1024 ** 2),
  /** Distinct texts of a workbook, as XML: memory for them is taken before the first row (functions/intake/README.md). */
  maxWorkbookTextBytes: whole.default(40 * 1024 ** 2),
  maxLineBytes: whole.default(1024 ** 2),
  maxColumns: whole.default(500),
  maxRows: whole.default(50_000_000),
  /** Lines before the header that may be titles. */
  maxTitleLines: whole.default(9),
});

const Intake = z.strictObject({
  /** More than this share of rejected rows refuses the delivery. */
  maxRejectedShare: share.default(0.1),
  /** A full delivery outside these waits for a second person. Shares of the last accepted one's rows. */
  hold: z
    .strictObject({
      fewerThan: share.default(0.5),
      moreThan: z.number().min(1).default(2),
      changedShare: share.default(0.2),
    })
    .prefault({}),
  limits: ReadLimits.prefault({}),
  /** First digits of certificate numbers that are areas here beside the province codes of GB/T 2260. */
  knownAreas: z.array(z.string().regex(/^\d{2,6}$/)).default([]),
});

/**
 * A line of the subsidy table: what others pay of a person's premium. Fields left out hold for all; a person's
 * standard is the highest of the lines that fit.
 */
const Subsidy = z.strictObject({
  area: areaCode.optional(),
  year: year,
  category: z.enum(Object.keys(subsidyTypes.codes) as [string, ...string[]]),
  tier: z.string().optional(),
  /** Completed years of age, both ends included. */
  ageBand: z.strictObject({ from: whole.default(0), to: whole.default(200) }).optional(),
  payer: z.string().optional(),
  amountFen: whole,
  validFrom: civilDate.optional(),
  validTo: civilDate.optional(),
});
export type Subsidy = z.infer<typeof Subsidy>;

/** The Anhui report of the policy texts (2022, contribution 320 yuan); the last two before `stable-exit` are samples. */
const sampleSubsidies: z.input<typeof Subsidy>[] = [
  { year: '2022', category: 'extreme-poverty', amountFen: 32_000 },
  { year: '2022', category: 'orphan', amountFen: 32_000 },
  { year: '2022', category: 'de-facto-unsupported-child', amountFen: 32_000 },
  { year: '2022', category: 'minimum-living', amountFen: 28_000 },
  { year: '2022', category: 'returned-to-poverty', amountFen: 25_000 },
  { year: '2022', category: 'unstable-exit', amountFen: 16_000 },
  { year: '2022', category: 'at-risk', amountFen: 16_000 },
  { year: '2022', category: 'sudden-hardship', amountFen: 16_000 },
  { year: '2022', category: 'minimum-living-edge', amountFen: 16_000 },
  { year: '2022', category: 'severe-disability', amountFen: 16_000 },
  { year: '2022', category: 'stable-exit', amountFen: 0 },
];

const Settlement = z.strictObject({
  /** Which fields stand in which sum of a bill. */
  sums: SumProfile.prefault({
    fund_pay_sumamt: Object.keys(fundFields) as (keyof typeof fundFields)[],
    psn_part_amt: ['acct_pay', 'acct_mulaid_pay', 'psn_cash_pay'],
    medfee_sumamt: ['fund_pay_sumamt', 'hosp_part_amt', 'psn_part_amt'],
  }).refine((profile) => profileFault(profile) === undefined, {
    error: '每个付款方须计入一次，且含 psn_cash_pay · every payer counts once, psn_cash_pay among them',
  }),
  /** Who is asked first: insurers, or single products of theirs; those not named come after, mutual aid last. */
  payerOrder: z.array(z.strictObject({ insurer: Uscc, product_code: z.string().optional() })).default([]),
  /** How long the counter waits for insurers. API Gateway ends a request after 30. */
  windowSeconds: z.number().int().min(0).max(25).default(10),
  /** An insurer's answer counts until so long after its notice was accepted. */
  answerWithinHours: whole
    .min(1)
    .max(24 * 90)
    .default(72),
  /** What the public funds pay of a bill that brings its fees only. */
  benefits: BenefitTable.prefault({}),
  /** Personal accounts are debited before insurers are asked: their shares relieve cash only. */
  acctDebited: z.boolean().default(false),
  /**
   * Time of the next day in Shanghai when an insurer's statement of a day is due: of insurers that are set up from now
   * on without a time of their own.
   */
  statementDueBy: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .default('12:00'),
});

const namesOf = (codes: Readonly<Record<string, string>>) =>
  z.record(z.string().min(1), z.enum(Object.keys(codes) as [string, ...string[]])).default({});

/** Everything an area decides. An empty object is a complete, valid setting. */
export const Settings = z.strictObject({
  area: z.strictObject({ code: areaCode.optional(), name: z.string().default('本统筹区') }).prefault({}),
  /** 9-digit township code → its name on lists and pages. */
  townships: z.record(z.string().regex(/^\d{9}$/), z.string()).default({}),
  feeds: z.partialRecord(z.enum(feeds.map((feed) => feed.name) as [string, ...string[]]), FeedUse).default({}),
  intake: Intake.prefault({}),
  /** What agencies here call a category → its code, beside the names the hub knows. */
  categoryNames: z
    .strictObject({ idet_type: namesOf(hardshipTypes.codes), monitor_type: namesOf(monitoringTypes.codes) })
    .prefault({}),
  subsidies: z.array(Subsidy).prefault(sampleSubsidies),
  /** The area pays subsidies outside the ticket: XC-303 does not apply. */
  subsidyOutsideTicket: z.boolean().default(false),
  inPatientMedTypes: z.array(z.string()).default(['21', '23', '24', '52']),
  campaign: z
    .strictObject({
      /** Last day (MM-dd, of the insurance year) of the collection. February has up to 29 days. */
      collectionEnd: z
        .string()
        .regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)
        .default('02-29'),
    })
    .prefault({}),
  /** An answer of the national look-up (`enrolment-elsewhere`) that found nothing is good for this long. */
  lookUpDays: whole.default(60),
  /** Grounds and cut-off of refunding a resident premium, as told to the counter. */
  refundAdvice: z.string().default('按当地规定'),
  targets: z.strictObject({ participation: share.default(0.95), hardshipParticipation: share.default(1) }).prefault({}),
  /** Official resident population, entered by the bureau: the base of 考核口径. */
  residents: z.strictObject({ count: whole, source: z.string().min(1), date: civilDate }).optional(),
  settlement: Settlement.prefault({}),
  /** Rule code → settings of that rule, which the rule itself checks. */
  rules: z.record(z.string().regex(/^XC-\d{3}$/), z.record(z.string(), z.unknown())).default({}),
});
export type Settings = z.infer<typeof Settings>;
export type ReadLimits = z.infer<typeof ReadLimits>;

export const defaultSettings: Settings = Settings.parse({});

/** Settings as the bureau's JSON gives them, or a refusal that names every wrong entry in both languages. */
export function parseSettings(value: unknown): Settings | Refusal {
  const parsed = Settings.safeParse(value);
  if (parsed.success) return parsed.data;
  return refuse('settings-invalid', { zh: problems(value, 'zhCN'), en: problems(value, 'en') });
}

/** Settings of a feed with the feed's own defaults filled in. */
export function feedUse(
  settings: Settings,
  feed: Feed,
): { inUse: boolean; keepsHistory: boolean; freshnessDays: number } {
  const given = settings.feeds[feed.name];
  return {
    inUse: given?.inUse ?? feed.inUse !== 'where-declared',
    keepsHistory: given?.keepsHistory ?? true,
    freshnessDays: given?.freshnessDays ?? feed.freshnessDays,
  };
}

/** The area's own names for the codes of a list. */
export function areaNames(settings: Settings, listName: string): Readonly<Record<string, string>> {
  const { idet_type, monitor_type } = settings.categoryNames;
  if (listName === 'idet_type') return idet_type;
  if (listName === 'monitor_type') return monitor_type;
  return listName === 'subs_type' ? { ...idet_type, ...monitor_type } : {};
}

function problems(value: unknown, language: 'zhCN' | 'en'): string {
  const { localeError } = z.locales[language]();
  const parsed = Settings.safeParse(value, { error: localeError });
  return (parsed.error?.issues ?? [])
    .map((issue) => `${issue.path.join('.') || (language === 'en' ? 'top level' : '最外层')}: ${issue.message}`)
    .join('; ');
}
