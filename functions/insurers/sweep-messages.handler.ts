import { scheduleHandler } from '../runtime/schedule.ts';
import { sweepMessages } from './sweep-messages.ts';
import { wire } from './wire-services.ts';

/** Every minute: what was missed is woken, told or put before settlement again. */
export const handler = scheduleHandler(() => sweepMessages(wire));
