import middy from '@middy/core';
import { logger } from './logger.ts';
import { faultOf } from './queues.ts';

/** A function that a schedule fires; it may fire twice. */
export function scheduleHandler(fire: () => Promise<void>): () => Promise<void> {
  const handler = async (): Promise<void> => {
    try {
      await fire();
    } catch (error) {
      logger.error('schedule failed', { fault: faultOf(error) });
      throw error;
    }
  };
  return middy(handler) as unknown as () => Promise<void>;
}
