import { z } from 'zod';
import { environment } from '../runtime/env.ts';
import { sendMessages } from '../runtime/queues.ts';

const env = environment({ INTAKE_QUEUE_URL: z.string() });

/** Has deliveries looked at again: their hold was decided, or what they waited for is there. */
export function resumeDeliveries(deliveryIds: readonly string[]): Promise<void> {
  return sendMessages(
    env.INTAKE_QUEUE_URL,
    deliveryIds.map((deliveryId) => ({ kind: 'resume', deliveryId })),
  );
}
