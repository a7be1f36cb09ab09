import { inBothLanguages } from '../../schemas/both-languages.ts';
import { IncomingMessage, type Issue, incoming, outgoing, type StoredOutgoing } from '../../schemas/messages.ts';
import { notStrictJson, strictJson } from '../runtime/strict-json.ts';
import { issuesOf } from './issues.ts';
import { answerNotValid } from './refused-answer.ts';
import { retryAfterSeconds } from './retry-schedule.ts';

export type Accepted = {
  readonly kind: 'accepted';
  readonly gone: false;
  /** The body, where it is a `claim.adjudicated` that answers a notice. */
  readonly answer?: string;
  /** What is wrong with it, where it was meant as one. */
  readonly answerIssues?: readonly Issue[];
};

export type Failed = {
  /** `slow`: the receiver asks for patience, or hangs; it is to be left alone for a while. */
  readonly kind: 'slow' | 'failed';
  /** The endpoint says that it is gone for good. */
  readonly gone: boolean;
  readonly retryAfterSeconds?: number | undefined;
};

export type Judgement = Accepted | Failed;

const asksForPatience = [429, 502, 504];

/** What an answer to a message means: 2xx is success; anything else, redirects included, is a failure. */
export function judgeAnswer(
  message: Pick<StoredOutgoing, 'type' | 'body'>,
  answer:
    | { fault: string }
    | { fault?: undefined; status: number; body: Uint8Array; cut: boolean; retryAfter?: string | undefined },
  now: Date,
): Judgement {
  if (answer.fault !== undefined) return { kind: answer.fault === 'timeout' ? 'slow' : 'failed', gone: false };
  const { status, body, cut } = answer;
  if (status >= 200 && status < 300) return { kind: 'accepted', gone: false, ...messageIn(message, body, cut) };
  return {
    kind: asksForPatience.includes(status) ? 'slow' : 'failed',
    gone: status === 410,
    retryAfterSeconds: retryAfterSeconds(answer.retryAfter, now),
  };
}

/** An insurer may adjudicate in its answer to a notice. Any other body is courtesy, unless it was meant as a message. */
function messageIn(
  message: Pick<StoredOutgoing, 'type' | 'body'>,
  body: Uint8Array,
  cut: boolean,
): Pick<Accepted, 'answer' | 'answerIssues'> {
  const text = Buffer.from(body).toString('utf8');
  if (!meantAsMessage.test(text) || !asks(message)) return {};
  if (cut) return wrong('应答超过 64 kB', 'The answer is longer than 64 kB');
  const json = strictJson(body);
  if (json === undefined) return { answerIssues: [{ path: '', message: notStrictJson }] };
  const type = typeOf(json.value);
  if (message.type !== 'settlement.notice' || (type in incoming && type !== 'claim.adjudicated'))
    return wrong(
      '应答正文只可为 claim.adjudicated，且只可用于应答 settlement.notice，其他请另发',
      'Only a claim.adjudicated may come in an answer, and only in that to a settlement.notice; send this by webhook',
      'type',
    );
  const parsed = IncomingMessage.safeParse(json.value, { error: inBothLanguages });
  // Without the space between its parts, of which there may be 64 kB.
  return parsed.success ? { answer: JSON.stringify(json.value) } : { answerIssues: issuesOf(parsed.error.issues) };
}

/**
 * What an insurer may take for a question: a refusal asks for a better claim. That its answer was refused is none, else
 * one that answers everything wrongly would be told so for ever.
 */
function asks({ type, body }: Pick<StoredOutgoing, 'type' | 'body'>): boolean {
  if (type === 'claim.refused') return outgoing[type].parse(JSON.parse(body)).data.code !== answerNotValid;
  return type === 'settlement.notice' || type === 'reconciliation.requested';
}

/** Says a type that insurers send, or what only a decision says. Most insurers answer `{}`, `OK`, or in a form of theirs. */
const meantAsMessage = new RegExp(
  `"(${Object.keys(incoming)
    .filter((type) => type !== 'endpoint.ping')
    .map((type) => type.replace('.', '\\.'))
    .join('|')}|decision|paid_amt)"`,
);

const wrong = (zh: string, en: string, path = '') => ({ answerIssues: [{ path, message: `${zh} · ${en}` }] });

const typeOf = (value: unknown): string => String((value as { type?: unknown } | null)?.type);
