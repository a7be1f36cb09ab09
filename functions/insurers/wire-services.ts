import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { environment } from '../runtime/env.ts';
import { dynamoItems } from '../runtime/items.ts';
import { measure } from '../runtime/metrics.ts';
import { queueSender } from '../runtime/queues.ts';
import { open, seal } from '../runtime/sealed.ts';
import { decoyKeys } from './decoy-keys.ts';
import { keyRing } from './key-ring.ts';
import { httpsTransport } from './transport.ts';
import type { Wire } from './wire.ts';

const env = environment({
  MESSAGES_TABLE: z.string(),
  INSURERS_TABLE: z.string(),
  INSURER_EVENTS_QUEUE_URL: z.string(),
  OUTBOX_QUEUE_URL: z.string(),
  ALLOW_LOOPBACK: z.stringbool().default(false),
});

/** The embedded hub speaks with insurers on its own machine, without TLS. */
export const allowLoopback = env.ALLOW_LOOPBACK;

/** The real ones. */
export const wire: Wire = {
  items: dynamoItems,
  messages: env.MESSAGES_TABLE,
  insurers: env.INSURERS_TABLE,
  sealer: { seal, open },
  keyRing: keyRing({ open }),
  decoyKeys,
  events: queueSender(env.INSURER_EVENTS_QUEUE_URL),
  outbox: queueSender(env.OUTBOX_QUEUE_URL),
  transport: httpsTransport({ allowLoopback }),
  now: () => new Date(),
  random: Math.random,
  newId: randomUUID,
  pause: (milliseconds) => pause(milliseconds),
  measure,
};
