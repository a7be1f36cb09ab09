import { scheduleHandler } from '../runtime/schedule.ts';
import { settlementServices } from './settlement-services.ts';
import { sweepSettlements } from './sweep-settlements.ts';

/** A schedule comes in; windows close, shares expire, and notices that nothing was heard of are asked after. */
export const handler = scheduleHandler(async () => {
  await sweepSettlements(settlementServices);
});
