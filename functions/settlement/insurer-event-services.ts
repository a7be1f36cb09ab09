import { takeStatement } from './reconciliation/take-statement.ts';
import { settlementServices } from './settlement-services.ts';
import type { InsurerEventDependencies } from './take-insurer-event.ts';

/** The real ones. */
export const insurerEventServices: InsurerEventDependencies = {
  ...settlementServices,
  takeStatement: (insurer, statement) => takeStatement(settlementServices, insurer, statement),
};
