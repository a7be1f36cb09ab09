import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Hono } from 'hono';
import { insurerRoutes } from '../../functions/insurers/insurer-routes.ts';
import { messageRoutes } from '../../functions/insurers/message-routes.ts';
import type { ApiVariables } from '../../functions/runtime/http.ts';
import { world } from './world.ts';

export type Desk = Awaited<ReturnType<typeof desk>>;

/** The operators' routes over a wire of their own. Who signs is not looked at: that is the business of http.ts. */
export async function desk() {
  let person: string | undefined;
  const hub = await world();
  const api = new Hono<{ Variables: ApiVariables }>().basePath('/v1');
  api.use(async (context, next) => {
    context.set('client', 'operator');
    context.set('now', hub.at());
    if (person !== undefined) context.set('person', person);
    await next();
  });
  insurerRoutes(api, hub.wire, false);
  messageRoutes(api, hub.wire);
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await api.request(`/v1${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return {
    hub,
    get: (path: string) => ask('GET', path),
    post: (path: string, body: unknown = {}) => ask('POST', path, body),
    /** From now on one person's own key signs; undefined: the one that operators share. */
    signAs: (name: string | undefined) => {
      person = name;
    },
    /** Opens it to the command line. */
    async listen(): Promise<{ endpoint: string; close(): void }> {
      const server = createServer(async (request, response) => {
        const { method = 'GET', url = '/' } = request;
        const body = method === 'GET' ? null : new Uint8Array(await buffer(request));
        const answer = await api.request(url, { method, body });
        response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      return { endpoint: `http://127.0.0.1:${port}`, close: () => void server.close() };
    },
  };
}
