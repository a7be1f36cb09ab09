import { CrosscheckMessage } from '../../schemas/run.ts';
import { queueHandler } from '../runtime/queues.ts';
import { crosscheck } from './crosscheck.ts';
import { runServices } from './run-services.ts';

/** A step of a run comes in; it is done, and the messages for the next steps go out. */
export const handler = queueHandler(CrosscheckMessage, (message) =>
  crosscheck({ ...runServices, now: () => new Date().toISOString(), seconds: () => performance.now() / 1000 }, message),
);
