import { z } from 'zod';
import { isRefusal, refuse } from '../../schemas/errors.ts';
import { incomingStates, outgoingStates } from '../../schemas/messages.ts';
import type { Api } from '../runtime/http.ts';
import { confirmExport, exportMessages, importMessages, mostLines } from './file-gateway.ts';
import { answerOf } from './insurer-routes.ts';
import { listMessages, readMessage } from './list-messages.ts';
import { replayOne, replayRange } from './replay.ts';
import type { Wire } from './wire.ts';

const Instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
const ListQuery = z.object({
  insurer: z.string(),
  box: z.enum(['in', 'out']).default('out'),
  state: z.enum([...outgoingStates, ...incomingStates]).optional(),
  from: Instant.optional(),
  to: Instant.optional(),
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const ReplayOrder = z.union([
  z.strictObject({ insurer: z.string(), id: z.string() }),
  z.strictObject({
    insurer: z.string(),
    from: Instant.optional(),
    to: Instant.optional(),
    which: z.enum(['missing', 'all']).default('missing'),
    after: z.string().optional(),
  }),
]);

/** Operators look at messages, send them again, and carry them as files where no connection is allowed. */
export function messageRoutes(api: Api, wire: Wire): void {
  api.get('/messages', async (context) =>
    context.json(
      await listMessages(wire.items, wire.messages, { ...ListQuery.parse(context.req.query()), newestFirst: true }),
    ),
  );
  api.get('/messages/:box{in|out}/:insurer/:id', async (context) => {
    const { box, insurer, id } = context.req.param();
    const found = await readMessage(wire.items, wire.messages, box as 'in' | 'out', insurer, id);
    return found === undefined ? answerOf(refuse('messages/no-such-message')) : context.json(found);
  });
  api.post('/messages/replay', async (context) => {
    const order = ReplayOrder.parse(await context.req.json());
    const result = 'id' in order ? await replayOne(wire, order.insurer, order.id) : await replayRange(wire, order);
    if (isRefusal(result)) return answerOf(result);
    return context.json('id' in order ? { replayed: 1 } : result);
  });
  api.post('/messages/export', async (context) => {
    const { insurer } = z.strictObject({ insurer: z.string() }).parse(await context.req.json());
    const exported = await exportMessages(wire, insurer);
    return isRefusal(exported) ? answerOf(exported) : context.json(exported);
  });
  api.post('/messages/exported', async (context) => {
    const Confirmation = z.strictObject({ insurer: z.string(), ids: z.array(z.string()).max(mostLines) });
    const { insurer, ids } = Confirmation.parse(await context.req.json());
    return context.json({ confirmed: await confirmExport(wire, insurer, ids) });
  });
  api.post('/messages/import', async (context) => {
    const { lines } = z.strictObject({ lines: z.array(z.unknown()).max(mostLines) }).parse(await context.req.json());
    return context.json({ answers: await importMessages(wire, lines) });
  });
}
