import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import {
  fromWire,
  type SignatureKey,
  sign,
  toWire,
  verify,
} from '../../functions/runtime/signatures/standard-webhooks.ts';
import { strictJson } from '../../functions/runtime/strict-json.ts';
import { type IncomingType, outgoing } from '../../schemas/messages.ts';
import { Adjuster, type Answer, Behaviour, goodBehaviour, type Outgoing } from './adjuster.ts';

export type MockInsurerOptions = {
  /** Where the hub takes this insurer's webhooks. */
  readonly webhookUrl?: string;
  /** Keys that the hub's messages are verified with, and that the insurer signs with; else told by `useKeys`. */
  readonly hubKeys?: readonly SignatureKey[];
  readonly ownKeys?: readonly SignatureKey[];
  /** 0: a free port. */
  readonly port?: number;
  readonly behaviour?: Partial<Behaviour>;
  /** A demonstration may move the clock on. */
  readonly now?: () => Date;
  /** Told of everything that comes and goes. */
  readonly onEvent?: (event: SandboxEvent) => void;
};

export type SandboxEvent = {
  readonly at: string;
  readonly direction: 'received' | 'sent';
  readonly type: string;
  readonly id: string;
  readonly status: number;
  /** The bill, day or policy it is about and what was found of it, or what was wrong. */
  readonly note: string;
};

export type MockInsurer = {
  readonly url: string;
  readonly behaviour: Behaviour;
  behave(change: Partial<Behaviour>): void;
  useKeys(keys: Pick<Required<MockInsurerOptions>, 'hubKeys' | 'ownKeys'>): void;
  /** Sends a webhook of the insurer's own accord; resolves with the status of the hub's answer, 0 without any. */
  send(type: IncomingType, data: Readonly<Record<string, unknown>>, id?: string): Promise<number>;
  /** Resolves when every answer has been taken by the hub, or given up. */
  idle(): Promise<void>;
  stop(): Promise<void>;
};

/** A mock insurer on loopback: verifies, adjudicates, keeps books, and misbehaves on request. */
export async function startMockInsurer(options: MockInsurerOptions): Promise<MockInsurer> {
  const desk = new Desk(options);
  const server = createServer((request, response) => {
    desk.serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    behaviour: desk.behaviour,
    behave: (change) => void Object.assign(desk.behaviour, change),
    useKeys: (keys) => void Object.assign(desk, keys),
    send: (type, data, id = newId()) => desk.attempt(id, desk.bodyOf({ type, data })),
    idle: () => desk.idle(),
    stop: async () => {
      desk.stopped = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

class Desk {
  readonly behaviour: Behaviour;
  hubKeys: readonly SignatureKey[];
  ownKeys: readonly SignatureKey[];
  stopped = false;
  private readonly options: MockInsurerOptions;
  private readonly adjuster = new Adjuster();
  private readonly underWay = new Set<Promise<void>>();
  private kept: Answer | undefined;

  constructor(options: MockInsurerOptions) {
    this.options = options;
    this.behaviour = { ...goodBehaviour, ...options.behaviour };
    this.hubKeys = options.hubKeys ?? [];
    this.ownKeys = options.ownKeys ?? [];
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'PUT' && request.url === '/behaviour') return this.change(request, response);
    if (request.method === 'GET' && request.url === '/behaviour') return this.reply(response, 200, this.behaviour);
    if (request.method === 'POST' && request.url === '/send') return this.sendOne(request, response);
    const body = await buffer(request);
    const { replyAfterMs, down } = this.behaviour;
    if (replyAfterMs > 0) await pause(replyAfterMs, undefined, { ref: false });
    if (down === 'refused') return void response.destroy();
    if (down !== false) return this.reply(response, down, {});
    const headers = fromWire((name) => request.headers[name] as string | undefined);
    const verdict = verify(this.hubKeys, headers, body, this.now());
    if (verdict.fault !== undefined) {
      this.tell('received', '?', headers.id ?? '?', 401, verdict.fault);
      return this.reply(response, 401, { code: 'not-signed' });
    }
    const message = messageIn(body);
    if (message.error !== undefined) {
      this.tell('received', message.type, headers.id ?? '?', message.status, message.error);
      return this.reply(response, message.status, {});
    }
    const answers = this.adjuster.answerTo(message, this.behaviour);
    this.tell('received', message.type, headers.id ?? '?', 200, noteOf(message.data));
    const inReply =
      answers.length === 1 && message.type === 'settlement.notice' && this.behaviour.answer === 'in-reply';
    this.reply(response, 200, inReply ? this.envelope(answers[0] as Answer) : {});
    if (!inReply) for (const answer of this.inOrder(answers)) this.begin(answer);
  }

  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private async change(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = Behaviour.partial().safeParse(strictJson(await buffer(request))?.value);
    if (!asked.success) return this.reply(response, 400, { error: z.prettifyError(asked.error) });
    Object.assign(this.behaviour, asked.data);
    this.reply(response, 200, this.behaviour);
  }

  /** A message of the insurer's own accord, `{"type": …, "data": …}`; the reply says what the hub made of it. */
  private async sendOne(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = Order.safeParse(strictJson(await buffer(request))?.value);
    if (!asked.success) return this.reply(response, 400, { error: z.prettifyError(asked.error) });
    const { type, data } = asked.data;
    const id = newId();
    const status = await this.attempt(id, this.bodyOf(asked.data));
    this.tell('sent', type, id, status, noteOf(data));
    this.reply(response, status === 0 ? 504 : 200, { id, status });
  }

  /** Out of order: an answer is held until the next one has gone. */
  private inOrder(answers: readonly Answer[]): Answer[] {
    if (!this.behaviour.outOfOrder || answers.length === 0) return [...answers];
    const held = this.kept;
    this.kept = held === undefined ? answers[0] : undefined;
    return held === undefined ? answers.slice(1) : [...answers, held];
  }

  private begin(answer: Answer): void {
    const sending = this.send(answer).finally(() => this.underWay.delete(sending));
    this.underWay.add(sending);
  }

  /** Sends a webhook until the hub has taken it: the same id, each time signed anew. */
  private async send(answer: Answer): Promise<void> {
    await pause(this.behaviour.answerAfterMs);
    const id = newId();
    const body = this.bodyOf(answer);
    for (let copy = 1; copy <= this.behaviour.copies; copy++) await this.deliver(answer, id, body);
  }

  private async deliver(answer: Answer, id: string, body: Buffer): Promise<void> {
    for (let tried = 1; tried <= 300 && !this.stopped; tried++) {
      const status = await this.attempt(id, body);
      if (status > 0) this.tell('sent', answer.type, id, status, noteOf(answer.data));
      if (status > 0 && status < 500) return;
      await pause(Math.min(100 * tried, 1000), undefined, { ref: false });
    }
  }

  async attempt(id: string, body: Buffer): Promise<number> {
    const { webhookUrl } = this.options;
    if (webhookUrl === undefined) return 0;
    const signed = sign(this.behaviour.wrongSignature ? [unknownKey] : this.ownKeys, id, this.now(), body);
    if (signed === undefined) throw new Error('The mock insurer has no valid key to sign with.');
    try {
      const answer = await fetch(webhookUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...toWire(signed) },
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(15_000),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }

  bodyOf(order: Order): Buffer {
    return Buffer.from(JSON.stringify(this.envelope(order)));
  }

  private envelope({ type, data }: Order): object {
    return { type, timestamp: this.now().toISOString(), data };
  }

  private now(): Date {
    return this.options.now?.() ?? new Date();
  }

  private reply(response: ServerResponse, status: number, content: object): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  }

  private tell(direction: 'received' | 'sent', type: string, id: string, status: number, note: string): void {
    this.options.onEvent?.({ at: this.now().toISOString(), direction, type, id, status, note });
  }
}

const unknownKey: SignatureKey = {
  kid: 'unknown',
  scheme: 'v1',
  key: `whsec_${randomBytes(32).toString('base64')}`,
  notBefore: '2000-01-01T00:00:00Z',
};

const newId = (): string => `ins_${randomUUID()}`;

/** Any type goes: how the hub takes what is wrong is to be seen as well. */
const Order = z.strictObject({ type: z.string(), data: z.record(z.string(), z.unknown()) });
type Order = Readonly<z.infer<typeof Order>>;

type NoMessage = { readonly type: string; readonly status: 200 | 400; readonly error: string };

/** A message of the hub. A type that this insurer does not know is taken and ignored, as the guide asks of insurers. */
function messageIn(body: Buffer): (Outgoing & { readonly error?: undefined }) | NoMessage {
  const value = strictJson(body)?.value;
  const known = Message.safeParse(value);
  if (known.success) return known.data;
  const type = z.object({ type: z.string() }).safeParse(value).data?.type;
  if (type !== undefined && !(type in outgoing)) return { type, status: 200, error: 'unknown type' };
  return { type: type ?? '?', status: 400, error: z.prettifyError(known.error) };
}

const Message = z.discriminatedUnion(
  'type',
  Object.values(outgoing) as [(typeof outgoing)[keyof typeof outgoing], ...(typeof outgoing)[keyof typeof outgoing][]],
);

const noteOf = ({ setl_id, day, policy_no, code }: Readonly<Record<string, unknown>>): string =>
  [setl_id || day || policy_no, code].filter((one) => typeof one === 'string').join(' ');
