import { IncomingMessage, type Issue } from '../../schemas/messages.ts';
import { strictJson } from '../runtime/strict-json.ts';
import { issuesOf } from './issues.ts';
import { retryAfterSeconds } from './retry-schedule.ts';

export type Accepted = {
  readonly kind: 'accepted';
  readonly gone: false;
  /** The body, where it is a `claim.adjudicated`. */
  readonly answer?: string;
  /** What is wrong with it, where it says that it is one. */
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

/** What an answer means: 2xx is success; anything else, redirects included, is a failure. */
export function judgeAnswer(
  answer:
    | { fault: string }
    | { fault?: undefined; status: number; body: Uint8Array; cut: boolean; retryAfter?: string | undefined },
  now: Date,
): Judgement {
  if (answer.fault !== undefined) return { kind: answer.fault === 'timeout' ? 'slow' : 'failed', gone: false };
  const { status, body, cut } = answer;
  if (status >= 200 && status < 300) return { kind: 'accepted', gone: false, ...(cut ? {} : messageIn(body)) };
  return {
    kind: asksForPatience.includes(status) ? 'slow' : 'failed',
    gone: status === 410,
    retryAfterSeconds: retryAfterSeconds(answer.retryAfter, now),
  };
}

/** An insurer may adjudicate in its answer. Any other body is courtesy. */
function messageIn(body: Uint8Array): Pick<Accepted, 'answer' | 'answerIssues'> {
  const json = strictJson(body)?.value;
  if (typeof json !== 'object' || json === null || (json as { type?: unknown }).type !== 'claim.adjudicated') return {};
  const parsed = IncomingMessage.safeParse(json);
  if (!parsed.success) return { answerIssues: issuesOf(parsed.error.issues) };
  return { answer: Buffer.from(body).toString('utf8') };
}
