import { logger } from '../runtime/logger.ts';
import { rawHttpHandler } from '../runtime/raw-http.ts';
import { fromWire } from '../runtime/signatures/standard-webhooks.ts';
import { receive } from './receive.ts';
import { wire } from './wire-services.ts';

/** An insurer's message comes in; it is verified and kept, once; the answer says so. */
export const handler = rawHttpHandler(async ({ parameter, header, body }) => {
  const insurer = parameter('insurer');
  const answer = await receive(wire, { insurer, headers: fromWire(header), body, channel: 'https' });
  if (answer.fault !== undefined) logger.warn('message refused', { fault: answer.fault });
  return answer;
});
