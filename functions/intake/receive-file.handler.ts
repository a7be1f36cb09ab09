import { IntakeMessage } from '../../schemas/delivery.ts';
import { queueHandler } from '../runtime/queues.ts';
import { intake } from './dependencies.ts';
import { receive } from './receive.ts';

/** Files that arrive in the landing bucket become snapshots in the lake and acknowledgements in the exchange bucket. */
export const handler = queueHandler(IntakeMessage, (message) => receive(intake, message, () => new Date()));
