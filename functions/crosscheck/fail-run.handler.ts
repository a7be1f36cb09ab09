import { CrosscheckMessage } from '../../schemas/run.ts';
import { queueHandler } from '../runtime/queues.ts';
import { failFor } from './end-run.ts';
import { runKeeper } from './run-keeper.ts';

/** A dead letter of the queue `crosscheck` comes in; its run ends as failed, with the step as the reason. */
export const handler = queueHandler(CrosscheckMessage, (message) =>
  failFor(runKeeper, message, new Date().toISOString()),
);
