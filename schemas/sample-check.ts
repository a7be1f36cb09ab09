import { z } from 'zod';
import { PinnedSnapshot } from './run.ts';
import { Settings } from './settings.ts';

const civilDate = z.iso.date();
const year = z.string().regex(/^\d{4}$/);
const count = z.int().nonnegative();
const snapshotId = z.string().regex(/^[A-Za-z0-9._-]{1,80}$/);
/** Stands in files and in the trail, so it must not be anybody's certificate number. */
const seed = z.string().regex(/^(?!.*\d{15})[A-Za-z0-9._-]{1,40}$/, {
  error:
    '种子为 1 至 40 位字母、数字或 . _ -，且不含 15 位以上连续数字 · a seed has 1 to 40 letters, digits or . _ -, and no 15 digits in a row',
});
/** Percent, with at most two decimals: whole numbers of hundredths are counted with. */
const share = z
  .number()
  .min(0.01)
  .max(100)
  .refine((percent) => Number(percent.toFixed(2)) === percent, {
    error: '至多两位小数 · at most two decimals',
  });

/** What is asked for: a share of the insured of every township, drawn by a seed. */
export const SampleRequest = z.strictObject({
  year,
  share: share.default(10),
  /** Absent: the year, so that all draws of a year go on in one order. */
  seed: seed.optional(),
  /** The newest lists up to this day; absent: up to the end of the year. */
  asOf: civilDate.optional(),
  /** Snapshots by name, to draw from the very lists of an earlier sample. */
  enrolment: snapshotId.optional(),
  population: snapshotId.optional(),
});
export type SampleRequest = z.infer<typeof SampleRequest>;

const PinnedList = PinnedSnapshot.pick({ snapshotId: true, dataAsOf: true, files: true, unkeyed: true });
export type PinnedList = z.infer<typeof PinnedList>;

/** A sample check: an item of the table `runs`. All that its list depends on is pinned here; its id says it. */
export const SampleCheck = z.object({
  sampleId: z.string(),
  state: z.enum(['waiting', 'completed', 'failed']),
  /** Of a failed one, for an operator. */
  reason: z.string().optional(),
  year,
  /** Who is insured is asked of this day: the data-as-of of the register. */
  asOf: civilDate,
  share,
  seed,
  area: Settings.shape.area,
  enrolment: PinnedList,
  /** Says where people live; null where there is no population list. */
  population: PinnedList.nullable(),
});
export type SampleCheck = z.infer<typeof SampleCheck>;

/** Of one township of nine digits, or `unknown`. */
const Stratum = z.object({ township: z.string(), name: z.string().nullable(), insured: count, drawn: count });

/** `sample-checks/<id>/sample-check.json` in `exchange`: how the list came about, so that it can be drawn again. */
export const SampleSummary = SampleCheck.pick({
  sampleId: true,
  year: true,
  asOf: true,
  share: true,
  seed: true,
}).extend({
  area: z.string().nullable(),
  enrolment: PinnedList.pick({ snapshotId: true, dataAsOf: true }),
  population: PinnedList.pick({ snapshotId: true, dataAsOf: true }).nullable(),
  insured: count,
  drawn: count,
  townships: z.array(Stratum),
});
export type SampleSummary = z.infer<typeof SampleSummary>;

/** As those who asked follow it; a completed one with addresses of its files. */
export const SampleView = SampleCheck.pick({ sampleId: true, state: true, reason: true }).extend({
  files: z.object({ list: z.url(), summary: z.url() }).optional(),
});
export type SampleView = z.infer<typeof SampleView>;
