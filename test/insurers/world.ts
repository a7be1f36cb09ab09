import { setImmediate } from 'node:timers/promises';
import { decoyKeys } from '../../functions/insurers/decoy-keys.ts';
import { handOn } from '../../functions/insurers/hand-on.ts';
import { keyRing } from '../../functions/insurers/key-ring.ts';
import { type OutgoingMessage, outgoingWrite, readOutgoing } from '../../functions/insurers/outbox.ts';
import { receive } from '../../functions/insurers/receive.ts';
import { sendDue } from '../../functions/insurers/send-due.ts';
import { addInsurer } from '../../functions/insurers/set-up-insurer.ts';
import type { Setup } from '../../functions/insurers/setup.ts';
import { sweepMessages } from '../../functions/insurers/sweep-messages.ts';
import type { Wire } from '../../functions/insurers/wire.ts';
import type { TransportAnswer, TransportRequest } from '../../functions/runtime/ports.ts';
import { localKeyring, sealerOf } from '../../functions/runtime/sealed.ts';
import { type SignatureKey, sign } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { isRefusal } from '../../schemas/errors.ts';
import type { InsurerSettings } from '../../schemas/insurer.ts';
import { InsurerEvent, OutboxWake } from '../../schemas/messages.ts';
import { memoryItems } from '../simulator/memory-items.ts';

export const anInsurer = '91440800MA4UUUUU29';
export const another = '91440101MA5AAAAA5N';

export type World = Awaited<ReturnType<typeof world>>;

export const ok = (status = 200, body = ''): Reply => ({
  status,
  body: Buffer.from(body),
  cut: false,
  milliseconds: 3,
});
export const fault = (what: 'timeout' | 'no-connection'): Reply => ({ fault: what, milliseconds: 3 });
type Reply = TransportAnswer;

/**
 * The wire over tables, queues, a clock and insurers of its own. Time passes only by `elapse`, which delivers wake-ups
 * when they are due and lets the sweep run every minute.
 */
export async function world() {
  let clock = Date.parse('2026-03-02T02:00:00.000Z');
  let ids = 0;
  const items = memoryItems();
  const changed: unknown[] = [];
  items.onChange((table, item) => {
    if (table === 'messages' && item !== undefined) changed.push(item);
  });
  const wakes: { insurer: string; at: number }[] = [];
  const events: InsurerEvent[] = [];
  const measured: Record<string, number> = {};
  const requests: (TransportRequest & { at: number })[] = [];
  const state = {
    reply: async (_request: TransportRequest): Promise<Reply> => ok(),
    streamWorks: true,
    sweeps: true,
  };
  const sealer = sealerOf(localKeyring(Buffer.alloc(32, 7)));
  const wire: Wire = {
    items,
    messages: 'messages',
    insurers: 'insurers',
    sealer,
    keyRing: keyRing(sealer),
    decoyKeys,
    events: {
      send: async (bodies) => {
        // As they are: whatever is in them beside ids is seen.
        events.push(...bodies.map((body) => InsurerEvent.parse(body) && (body as InsurerEvent)));
      },
    },
    outbox: {
      send: async (bodies, delaySeconds = 0) => {
        if (delaySeconds > 900) throw new Error('A queue delays for 15 minutes at most.');
        for (const body of bodies) wakes.push({ ...OutboxWake.parse(body), at: clock + delaySeconds * 1000 });
      },
    },
    transport: async (request) => {
      requests.push({ ...request, at: clock });
      return state.reply(request);
    },
    now: () => new Date(clock),
    random: () => 0.5,
    newId: () => String(++ids).padStart(8, '0'),
    pause: async (milliseconds) => {
      // Pauses that nobody waits for any more pass beside each other, not one after the other.
      const until = clock + milliseconds;
      await setImmediate();
      clock = Math.max(clock, until);
    },
    measure: (metric, value) => {
      measured[metric] = (measured[metric] ?? 0) + value;
    },
  };
  const setup: Setup = { ...wire, allowLoopback: false };

  const stream = async () => {
    while (changed.length > 0) {
      const batch = changed.splice(0);
      if (state.streamWorks) await handOn(wire, batch);
    }
  };
  /** Everything that can happen without time passing. */
  const settle = async () => {
    for (;;) {
      await stream();
      const next = wakes.findIndex(({ at }) => at <= clock);
      if (next < 0) return;
      const { insurer } = wakes.splice(next, 1)[0]!;
      // A worker that fails is reported by its queue; its message comes again.
      await sendDue(wire, insurer, () => 60_000).catch(() => wakes.push({ insurer, at: clock + 2000 }));
    }
  };
  const elapse = async (seconds: number) => {
    const end = clock + seconds * 1000;
    await settle();
    while (clock < end) {
      const sweep = Math.floor(clock / 60_000 + 1) * 60_000;
      const wake = Math.min(...wakes.map(({ at }) => at));
      clock = Math.max(clock, Math.min(end, sweep, wake));
      if (clock >= sweep && state.sweeps) await sweepMessages(wire);
      await settle();
    }
  };

  /** A new insurer, with its keys as it has been given them. */
  const insurer = async (id = anInsurer, settings: Partial<InsurerSettings> = {}) => {
    const added = await addInsurer(
      setup,
      id,
      { name: '某财险', url: `https://${id}.example/hooks`, ...settings },
      'test',
    );
    if (isRefusal(added)) throw new Error(added.code);
    const keysOf = (direction: 'in' | 'out'): SignatureKey[] =>
      added.keys
        .filter(({ stored }) => stored.direction === direction)
        .map(({ stored, secret }) => ({ ...stored, key: secret ?? stored.publicKey! }));
    return { id, own: keysOf('in'), hubs: keysOf('out') };
  };

  return {
    wire,
    setup,
    items,
    events,
    requests,
    measured,
    wakes,
    state,
    insurer,
    stream,
    settle,
    elapse,
    at: () => new Date(clock),
    setTime: (instant: string) => {
      clock = Date.parse(instant);
    },
    skip: (seconds: number) => {
      clock += seconds * 1000;
    },

    /** Writes a message to an insurer, as settlement does in its transaction. */
    async tell(id: string, message: Partial<OutgoingMessage> = {}) {
      const at = new Date(clock).toISOString();
      const ping: OutgoingMessage = { insurer: anInsurer, id, type: 'endpoint.ping', data: {}, at, ...message };
      return items.write([outgoingWrite('messages', ping)]);
    },
    sentIds: () => requests.map(({ headers }) => headers['webhook-id']),
    outgoing: (id: string, of = anInsurer) => readOutgoing(items, 'messages', of, id),

    /** Sends the hub a message as an insurer does. */
    post(from: { id: string; own: SignatureKey[] }, id: string, body: string | Uint8Array, options: Posting = {}) {
      const bytes = Buffer.from(body as string);
      // The insurer's clock may be before the hour at which the hub made the key.
      const keys = (options.keys ?? from.own).map((key) => ({ ...key, notBefore: '1970-01-01T00:00:00Z' }));
      const signed = sign(keys, id, options.at ?? new Date(clock), options.signedBody ?? bytes);
      const headers = { ...signed, ...options.headers };
      return receive(wire, {
        insurer: options.path ?? from.id,
        headers,
        body: bytes,
        channel: options.channel ?? 'https',
      });
    },
  };
}

type Posting = {
  keys?: SignatureKey[];
  at?: Date;
  /** What the signature is made over, when it is not what is sent. */
  signedBody?: Uint8Array;
  headers?: Record<string, string>;
  path?: string;
  channel?: 'https' | 'file';
};

/** A notice that asks for an answer. */
export const notice: Partial<OutgoingMessage> = {
  type: 'settlement.notice',
  setl_id: 'S1',
  data: {
    setl_id: 'S1',
    policy_no: 'P1',
    policy_sub_no: '',
    product_code: 'BC',
    person_ref: 'R1',
    mode: 'insurer',
    insutype: '390',
    med_type: '21',
    begndate: '2026-02-20',
    enddate: '2026-03-01',
    setl_time: '2026-03-02 09:00:00',
    medfee_sumamt: 100_000,
    payers: { hifp_pay: 60_000 },
    base_amt: 40_000,
  },
};

/** An insurer's claim, as text. */
export const claim = (over: Record<string, unknown> = {}): string =>
  JSON.stringify({
    type: 'claim.adjudicated',
    timestamp: '2026-03-02T10:00:00+08:00',
    data: {
      setl_id: 'S1',
      policy_no: 'P1',
      policy_sub_no: '',
      decision: 'approved',
      paid_amt: '100.00',
      insurer_claim_no: 'C1',
      ...over,
    },
  });
