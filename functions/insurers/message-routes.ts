import { isRefusal, refuse } from '../../schemas/errors.ts';
import {
  ExportConfirmation,
  type ExportConfirmed,
  type Exported,
  ExportOrder,
  type Imported,
  ImportTried,
  type MessageHistory,
  type MessagePage,
  MessagesQuery,
  type Replayed,
  ReplayOrder,
} from '../../schemas/messages.ts';
import type { Api } from '../runtime/http.ts';
import { confirmExport, exportMessages, importMessages } from './file-gateway.ts';
import { answerOf } from './insurer-routes.ts';
import { listMessages, readMessage } from './list-messages.ts';
import { replayOne, replayRange } from './replay.ts';
import type { Wire } from './wire.ts';

/** Operators look at messages, send them again, and carry them as files where no connection is allowed. */
export function messageRoutes(api: Api, wire: Wire): void {
  api.get('/messages', async (context) => {
    const query = { ...MessagesQuery.parse(context.req.query()), newestFirst: true };
    return context.json((await listMessages(wire.items, wire.messages, query)) satisfies MessagePage);
  });
  api.get('/messages/:box{in|out}/:insurer/:id', async (context) => {
    const { box, insurer, id } = context.req.param();
    const found = await readMessage(wire.items, wire.messages, box as 'in' | 'out', insurer, id);
    if (found === undefined) return answerOf(refuse('messages/no-such-message'));
    return context.json(found satisfies MessageHistory);
  });
  api.post('/messages/replay', async (context) => {
    const order = ReplayOrder.parse(await context.req.json());
    const result = 'id' in order ? await replayOne(wire, order.insurer, order.id) : await replayRange(wire, order);
    if (isRefusal(result)) return answerOf(result);
    return context.json(('replayed' in result ? result : { replayed: 1 }) satisfies Replayed);
  });
  api.post('/messages/export', async (context) => {
    const { insurer } = ExportOrder.parse(await context.req.json());
    const exported = await exportMessages(wire, insurer);
    return isRefusal(exported) ? answerOf(exported) : context.json(exported satisfies Exported);
  });
  api.post('/messages/exported', async (context) => {
    const { insurer, ids } = ExportConfirmation.parse(await context.req.json());
    return context.json({ confirmed: await confirmExport(wire, insurer, ids) } satisfies ExportConfirmed);
  });
  api.post('/messages/import', async (context) => {
    const { lines } = ImportTried.parse(await context.req.json());
    return context.json({ answers: await importMessages(wire, lines) } satisfies Imported);
  });
}
