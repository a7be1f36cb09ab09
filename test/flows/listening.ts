import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { OutgoingType } from '../../schemas/messages.ts';

/** A message as it came over the wire. */
export type Heard = {
  readonly id: string;
  readonly path: string;
  readonly headers: string;
  readonly body: string;
  readonly digest: string;
  readonly type: OutgoingType;
  readonly data: Readonly<Record<string, string>>;
};
export type Listening = { readonly url: string; readonly messages: Heard[]; stop(): void };

/** Stands in front of an insurer and notes every message that the hub sends it, byte for byte. */
export async function listenIn(insurerUrl: string): Promise<Listening> {
  const messages: Heard[] = [];
  const server = createServer(async (request, response) => {
    try {
      const body = await buffer(request);
      const wanted = ['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];
      const headers = Object.fromEntries(wanted.map((name) => [name, String(request.headers[name])]));
      messages.push({
        ...{ id: String(request.headers['webhook-id']), path: String(request.url) },
        ...{ headers: JSON.stringify(request.headers), body: body.toString() },
        digest: createHash('sha256').update(body).digest('hex'),
        ...(JSON.parse(body.toString()) as Pick<Heard, 'type' | 'data'>),
      });
      const answer = await fetch(insurerUrl, { method: 'POST', headers, body: new Uint8Array(body) });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    } catch {
      // The hub was killed in the middle of a message, or nobody is there.
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/webhooks`, messages, stop: () => void server.close() };
}
