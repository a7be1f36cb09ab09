import { createHash } from 'node:crypto';
import { z } from 'zod';
import { inBothLanguages } from '../../schemas/both-languages.ts';
import { IncomingMessage, incomingTypes, maxIncomingBytes, StoredIncoming } from '../../schemas/messages.ts';
import { isUscc } from '../../schemas/uscc.ts';
import { type SignedHeaders, verify } from '../runtime/signatures/standard-webhooks.ts';
import { notStrictJson, strictJson } from '../runtime/strict-json.ts';
import { bodyContext } from './inbox.ts';
import { type KnownInsurer, readInsurer } from './insurer-store.ts';
import { issuesOf } from './issues.ts';
import { bodyKey, bodyRetentionDays, firstHandOnSeconds, messageKey, timeToLive } from './messages-table.ts';
import type { Wire } from './wire.ts';

export type Received = {
  /** As the path says. */
  readonly insurer: string;
  readonly headers: Partial<SignedHeaders>;
  /** The raw bytes. */
  readonly body: Uint8Array;
  /** `file`: through the gateway; the way may have taken days. */
  readonly channel: 'https' | 'file';
};

export type ReceiveAnswer = {
  readonly status: 200 | 202 | 400 | 401 | 409 | 413;
  readonly body: Readonly<Record<string, unknown>>;
  /** For the log; never told to the sender. */
  readonly fault?: string;
};

/**
 * Takes a message that an insurer has sent: when the answer is 202 it is kept, and will have its effect once. The same
 * message again is answered without a second effect; the same id with another body is refused and raises an alarm.
 */
export async function receive(wire: Wire, received: Received): Promise<ReceiveAnswer> {
  if (received.body.length > maxIncomingBytes) return tooLong;
  const now = wire.now();
  const known = isUscc(received.insurer) ? await readInsurer(wire.items, wire.insurers, received.insurer) : undefined;
  const signed = await signedBy(wire, known, received, now);
  if ('fault' in signed) {
    wire.measure('SignatureRefused', 1);
    return { ...notSigned, fault: signed.fault };
  }
  const judged = judge(received.body);
  const message: StoredIncoming = {
    insurer: received.insurer,
    id: received.headers.id!,
    digest: createHash('sha256').update(received.body).digest('hex'),
    bytes: received.body.length,
    createdAt: now.toISOString(),
    kid: signed.kid,
    handed: 0,
    ...judged,
  };
  if (await keep(wire, message, received.body)) return firstAnswer(wire, message);
  return answerAgain(wire, message);
}

/** Which key signed it, or why it is not let in. */
async function signedBy(
  wire: Wire,
  known: KnownInsurer | undefined,
  { headers, body, channel }: Received,
  now: Date,
): Promise<{ kid: string } | { fault: string }> {
  const stranger = known === undefined || known.insurer.state === 'disabled';
  const keys = stranger ? wire.decoyKeys() : await wire.keyRing.open(known.keys, 'in');
  const own = stranger ? keys : keys.filter(({ scheme }) => known.insurer.schemes.includes(scheme));
  const tolerance =
    channel === 'file' ? (known?.insurer.fileToleranceHours ?? 1) * 3600 : known?.insurer.toleranceSeconds;
  const verdict = verify(own, headers, body, now, tolerance);
  if (stranger) return { fault: known === undefined ? 'unknown-insurer' : 'insurer-disabled' };
  return verdict.fault === undefined ? { kid: verdict.kid } : { fault: verdict.fault };
}

type Judgement = Pick<StoredIncoming, 'state' | 'type' | 'issues' | 'outcome'>;

/** Whether the content is a message; what is wrong with it is kept beside it, for the operator and for the sender. */
function judge(body: Uint8Array): Judgement {
  const json = strictJson(body);
  if (json === undefined) return { state: 'refused', issues: [{ path: '', message: notStrictJson }] };
  const parsed = IncomingMessage.safeParse(json.value, { error: inBothLanguages });
  if (!parsed.success) return { state: 'refused', ...typeMeant(json.value), issues: issuesOf(parsed.error.issues) };
  // A ping asks only whether it gets here.
  if (parsed.data.type === 'endpoint.ping') return { state: 'handled', type: 'endpoint.ping', outcome: 'answered' };
  return { state: 'received', type: parsed.data.type };
}

/** What a refused message was meant as, for the operator's list; any other word is its sender's own and not repeated. */
const typeMeant = (value: unknown): Pick<StoredIncoming, 'type'> => Meant.safeParse(value).data ?? {};
const Meant = z.object({ type: z.enum(incomingTypes) });

/** One write makes it durable. False: there is a message of that id already. */
async function keep(wire: Wire, message: StoredIncoming, body: Uint8Array): Promise<boolean> {
  const { insurer, id, createdAt, state } = message;
  const at = Date.parse(createdAt);
  const sealed = await wire.sealer.seal(body, bodyContext(insurer));
  const due = {
    due: `in#${insurer}`,
    dueAt: new Date(at + firstHandOnSeconds * 1000).toISOString(),
  };
  return wire.items.write([
    {
      table: wire.messages,
      put: {
        ...messageKey('in', insurer, id),
        ...message,
        ...(state === 'received' ? due : {}),
        mailbox: `in#${insurer}`,
        mailboxOrder: `${createdAt}#${id}`,
      },
      when: 'absent',
    },
    {
      table: wire.messages,
      put: {
        ...bodyKey(insurer, id),
        sealed,
        [timeToLive]: Math.floor(at / 1000) + bodyRetentionDays * 86_400,
      },
    },
  ]);
}

function firstAnswer(wire: Wire, message: StoredIncoming): ReceiveAnswer {
  if (message.state !== 'refused') return { status: 202, body: { id: message.id, state: message.state } };
  wire.measure('ContentRefused', 1);
  return wrongContent(message);
}

/** Whatever the first one was answered: nothing happens a second time. */
async function answerAgain(wire: Wire, again: StoredIncoming): Promise<ReceiveAnswer> {
  const item = await wire.items.get(wire.messages, messageKey('in', again.insurer, again.id));
  const first = StoredIncoming.parse(item);
  if (first.digest !== again.digest) {
    wire.measure('SameIdOtherBody', 1);
    return sameIdOtherBody;
  }
  if (first.state === 'refused') return wrongContent(first);
  return { status: 200, body: { id: first.id, state: first.state } };
}

const wrongContent = (message: StoredIncoming): ReceiveAnswer =>
  refusal(400, 'wrong-content', '报文内容不符合规范', 'The message is not what the guide says', {
    id: message.id,
    issues: message.issues ?? [],
  });

const tooLong = refusal(413, 'too-long', '报文超过 64 kB', 'The message is longer than 64 kB');

/** One and the same for a wrong signature, a stale time, and an insurer nobody knows. */
const notSigned = refusal(
  401,
  'not-signed',
  '报文未签名或签名无效',
  'The message is not signed, or its signature is not valid',
);

const sameIdOtherBody: ReceiveAnswer = {
  ...refusal(
    409,
    'same-id-other-body',
    '同一 webhook-id 已用于另一内容的报文',
    'This webhook-id was used for another body; a new message needs a new id',
  ),
  fault: 'same-id-other-body',
};

/** RFC 9457. */
function refusal(
  status: ReceiveAnswer['status'],
  code: string,
  zh: string,
  en: string,
  more: Record<string, unknown> = {},
): ReceiveAnswer {
  return {
    status,
    body: { type: `https://canbao.example/problems/${code}`, status, code, title: zh, detail: en, ...more },
  };
}
