import { handledWrite } from '../insurers/inbox.ts';
import { takeStatement } from './reconciliation/take-statement.ts';
import { settlementServices } from './settlement-services.ts';
import type { InsurerEventDependencies } from './take-insurer-event.ts';

const { items, tables } = settlementServices;

/** The real ones. */
export const insurerEventServices: InsurerEventDependencies = {
  ...settlementServices,
  takeStatement: async ({ insurer, id }, statement) => {
    await takeStatement(settlementServices, insurer, statement);
    await items.write([handledWrite(tables.messages, insurer, id, 'kept')]);
  },
};
