import { InsurerEvent } from '../../schemas/messages.ts';
import { queueHandler } from '../runtime/queues.ts';
import { settlementServices } from './settlement-services.ts';
import { takeInsurerEvent } from './take-insurer-event.ts';

/** News of a message comes in; settlements, policies and the day's books change as it says. */
export const handler = queueHandler(InsurerEvent, (event) => takeInsurerEvent(settlementServices, event));
