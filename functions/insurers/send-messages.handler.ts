import { OutboxWake } from '../../schemas/messages.ts';
import { queueHandler } from '../runtime/queues.ts';
import { sendDue } from './send-due.ts';
import { wire } from './wire-services.ts';

/** A wake-up for an insurer comes in; its due messages are sent. */
export const handler = queueHandler(OutboxWake, ({ insurer }, { remainingMs }) => sendDue(wire, insurer, remainingMs));
