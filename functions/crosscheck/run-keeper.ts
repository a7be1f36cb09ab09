import { z } from 'zod';
import type { CrosscheckMessage } from '../../schemas/run.ts';
import { environment } from '../runtime/env.ts';
import { dynamoItems } from '../runtime/items.ts';
import { sendMessages } from '../runtime/queues.ts';
import { type RunStore, runStore } from './run-store.ts';
import { type SampleStore, sampleStore } from './sample-check/sample-store.ts';

const env = environment({ CROSSCHECK_QUEUE_URL: z.string(), RUNS_TABLE: z.string() });

/** What it takes to ask for runs and samples, to keep them going and to end them. */
export type RunKeeper = {
  readonly runs: RunStore;
  readonly samples: SampleStore;
  readonly sendCrosscheck: (messages: readonly CrosscheckMessage[]) => Promise<void>;
};

export const runKeeper: RunKeeper = {
  runs: runStore,
  samples: sampleStore(dynamoItems, env.RUNS_TABLE),
  sendCrosscheck: (messages) => sendMessages(env.CROSSCHECK_QUEUE_URL, messages),
};
