import { streamHandler } from '../runtime/stream.ts';
import { handOn } from './hand-on.ts';
import { wire } from './wire-services.ts';

/** Changes of the table of messages come in; those that concern settlement or the wire go on to their queues. */
export const handler = streamHandler((changed) => handOn(wire, changed));
