import { z } from 'zod';

/** Who asks about whom, and what for: enrolment desks, townships. */
export const LookupRequest = z.strictObject({
  psn_cert_type: z.string().max(4).default('01'),
  certno: z.string().trim().min(1).max(50),
  /** Kept in the trail beside the person's reference. */
  purpose: z.string().trim().min(2).max(100),
});
export type LookupRequest = z.infer<typeof LookupRequest>;

/** A row of the register that stands for the person. */
export const Enrolment = z.object({
  insutype: z.string(),
  insuplc_admdvs: z.string().nullable(),
  insu_year: z.string().nullable(),
  psn_insu_stas: z.string(),
  psn_clct_stas: z.string().nullable(),
  psn_insu_date: z.iso.date(),
  paus_insu_date: z.iso.date().nullable(),
  /** Counts as cover on the day of the question. */
  active: z.boolean(),
});

export const LookupAnswer = z.object({
  person_ref: z.string(),
  /** Covered by a basic scheme, as far as the register says. */
  covered: z.boolean(),
  asked_on: z.iso.date(),
  /** What the register says is true of this day; null: there is no register yet. */
  data_as_of: z.iso.date().nullable(),
  /** The register is older than its limit. */
  stale: z.boolean(),
  enrolments: z.array(Enrolment),
});
export type LookupAnswer = z.infer<typeof LookupAnswer>;
