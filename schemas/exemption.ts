import { z } from 'zod';

/** States of an exemption and what each may become; the one list of them. Another date or reason is a new proposal. */
export const exemptionTransitions = {
  proposed: ['accepted', 'withdrawn'],
  accepted: ['withdrawn'],
  withdrawn: ['proposed'],
} as const satisfies Record<string, readonly string[]>;

export type ExemptionState = keyof typeof exemptionTransitions;
const state = z.enum(Object.keys(exemptionTransitions) as [ExemptionState, ...ExemptionState[]]);

/** What is proposed: why a person is not asked for cover, and the first day on which that no longer holds. */
export const ExemptionProposal = z.object({
  reason: z.string().trim().min(1).max(200),
  until: z.iso.date(),
});
export type ExemptionProposal = z.infer<typeof ExemptionProposal>;

/** On a person's case: nobody asks the person for cover until a day (XC-101 to XC-107). Two persons make one. */
export const Exemption = ExemptionProposal.extend({
  person_ref: z.string(),
  /** For the runs that leave the person out; never shown. */
  person_key: z.string(),
  state,
  /** Grows by one with every step; every write names the version it changes. */
  version: z.int().positive(),
  /** Who did what, oldest first; never edited. */
  steps: z.array(ExemptionProposal.partial().extend({ to: state, by: z.string(), at: z.iso.datetime() })),
});
export type Exemption = z.infer<typeof Exemption>;

/** An exemption as operators see it. */
export const ExemptionView = Exemption.omit({ person_key: true });
export type ExemptionView = z.infer<typeof ExemptionView>;
export const ExemptionList = z.object({ exemptions: z.array(ExemptionView) });
export type ExemptionList = z.infer<typeof ExemptionList>;
