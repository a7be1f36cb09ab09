import { scheduleHandler } from '../runtime/schedule.ts';
import { closeDays } from './reconciliation/close-day.ts';
import { reconciliationServices } from './reconciliation/reconciliation-services.ts';

/** A schedule comes in; days that are over are closed and sealed, missing statements and old differences counted. */
export const handler = scheduleHandler(() => closeDays(reconciliationServices));
