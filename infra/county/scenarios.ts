import type { Scenario } from './scenario.ts';
import { certificatesVary } from './scenarios/certificates-vary.ts';
import { covered } from './scenarios/covered.ts';
import { crossScheme } from './scenarios/cross-scheme.ts';
import { deceasedEnrolled } from './scenarios/deceased-enrolled.ts';
import { hardshipUninsured } from './scenarios/hardship-uninsured.ts';
import { highCost } from './scenarios/high-cost.ts';
import { invalidNumbers } from './scenarios/invalid-numbers.ts';
import { lapsed } from './scenarios/lapsed.ts';
import { manyNumbers } from './scenarios/many-numbers.ts';
import { namesDiffer } from './scenarios/names-differ.ts';
import { nearNumbers } from './scenarios/near-numbers.ts';
import { newbornsAndPayers } from './scenarios/newborns-and-payers.ts';
import { notSubsidised } from './scenarios/not-subsidised.ts';
import { overlappingStays } from './scenarios/overlapping-stays.ts';
import { paidAfterDeath } from './scenarios/paid-after-death.ts';
import { paidTwice } from './scenarios/paid-twice.ts';
import { sameScheme } from './scenarios/same-scheme.ts';
import { settledAfterDeath } from './scenarios/settled-after-death.ts';
import { settledTwice } from './scenarios/settled-twice.ts';
import { subsidisedTwice } from './scenarios/subsidised-twice.ts';
import { unexplainedSubsidy } from './scenarios/unexplained-subsidy.ts';
import { uninsured } from './scenarios/uninsured.ts';

/** Every situation that is planted into a county. */
export const scenarios: readonly Scenario[] = [
  ...uninsured,
  ...hardshipUninsured,
  ...lapsed,
  ...newbornsAndPayers,
  ...covered,
  ...sameScheme,
  ...crossScheme,
  ...manyNumbers,
  ...nearNumbers,
  ...paidTwice,
  ...subsidisedTwice,
  ...notSubsidised,
  ...unexplainedSubsidy,
  ...deceasedEnrolled,
  ...settledAfterDeath,
  ...paidAfterDeath,
  ...overlappingStays,
  ...settledTwice,
  ...namesDiffer,
  ...invalidNumbers,
  ...certificatesVary,
  ...highCost,
];
