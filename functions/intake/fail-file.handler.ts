import { IntakeMessage } from '../../schemas/delivery.ts';
import { queueHandler } from '../runtime/queues.ts';
import { intake } from './dependencies.ts';
import { giveUp } from './receive.ts';

/** A dead letter of the queue `intake` comes in; its delivery is refused, with an acknowledgement that says so. */
export const handler = queueHandler(IntakeMessage, (message) => giveUp(intake, message, () => new Date()));
