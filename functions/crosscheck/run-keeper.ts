import { z } from 'zod';
import type { CrosscheckMessage } from '../../schemas/run.ts';
import { environment } from '../runtime/env.ts';
import { sendMessages } from '../runtime/queues.ts';
import { type RunStore, runStore } from './run-store.ts';

const env = environment({ CROSSCHECK_QUEUE_URL: z.string() });

/** What it takes to ask for runs, to keep them going and to end them. */
export type RunKeeper = {
  readonly runs: RunStore;
  readonly sendCrosscheck: (messages: readonly CrosscheckMessage[]) => Promise<void>;
};

export const runKeeper: RunKeeper = {
  runs: runStore,
  sendCrosscheck: (messages) => sendMessages(env.CROSSCHECK_QUEUE_URL, messages),
};
