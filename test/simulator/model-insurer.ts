import type { ReceiveAnswer, Received } from '../../functions/insurers/receive.ts';
import type { TransportAnswer, TransportRequest } from '../../functions/runtime/ports.ts';
import {
  fromWire,
  type SignatureKey,
  type SignedHeaders,
  sign,
  verify,
} from '../../functions/runtime/signatures/standard-webhooks.ts';
import type { Dice } from '../../infra/county/dice.ts';
import { maxIncomingBytes, type OutgoingType, outgoing } from '../../schemas/messages.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { policyNo } from './people.ts';
import type { Scheduler } from './scheduler.ts';
import {
  type Accounting,
  accountingOf,
  bookedOn,
  type Line,
  rightly,
  type Stated,
  statementData,
  wrongly,
} from './statements.ts';

/** How an insurer behaves in a world. */
export type Manner = {
  readonly answer: 'in-reply' | 'by-webhook' | 'both' | 'never';
  /** Of what was left, 0 to 1; 0 declines. */
  readonly ratio: number;
  /** What is wrong with its first answers; then it answers right. */
  readonly wrong: Wrong;
  /** Answers once more, otherwise. */
  readonly changesItsMind: boolean;
  /** Hours until it answers by webhook. */
  readonly answersAfterHours: number;
  /** Says of every share what it has paid; `wrongly`: another amount, `early`: before it is asked, too. */
  readonly tellsPaid: 'no' | 'rightly' | 'wrongly' | 'early';
  /** Says of shares that the hub computes that they come to something else. */
  readonly disputes: boolean;
  /** What it answers to requests while it is not well, and until when; forever: 'Infinity'. */
  readonly illness: number | 'timeout' | 'no-connection' | 'none';
  readonly illUntilMs: number;
  /** No connection leads to it: messages travel as files. */
  readonly byFile: boolean;
  readonly accounting: Accounting;
};

/** Wrong in what it says: kept, and refused by settlement. */
const wrongWords = ['above', 'negative', 'other-policy', 'others-policy', 'other-bill', 'declined-and-paid'] as const;
/** Wrong in its form: refused where it arrives. */
const wrongForms = [
  'number',
  'three-decimals',
  'no-amount',
  'further-field',
  'other-type',
  'cut-off',
  'twice-a-key',
  'bad-utf-8',
  'too-long',
] as const;
/** Wrong in its signature: nobody knows who sent it. */
const wrongHands = ['unsigned', 'others-key', 'stale'] as const;
const wrongs = [...wrongWords, ...wrongForms, ...wrongHands, 'same-id'] as const;
export type Wrong = (typeof wrongs)[number] | 'nothing';

/** @param crowded Where everything happens at once, it happens over connections that hold. */
export function mannerOf(dice: Dice, healedMs: number, crowded: boolean): Manner {
  const byFile = dice.chance(crowded ? 0.02 : 0.08);
  const ill = !byFile && dice.chance(crowded ? 0.2 : 0.5);
  return {
    answer: dice.pick(['in-reply', 'in-reply', 'by-webhook', 'by-webhook', 'both', 'never']),
    ratio: dice.pick([0, 0.3, 0.5, 1]),
    wrong: dice.chance(0.5) ? 'nothing' : dice.pick(wrongs),
    changesItsMind: dice.chance(0.2),
    answersAfterHours: dice.pick([0, 0, 0, 0.01, 1, 71, 73, 200]),
    tellsPaid: dice.chance(0.6) ? 'no' : dice.pick(['rightly', 'rightly', 'wrongly', 'early']),
    disputes: dice.chance(0.2),
    illness: ill ? dice.pick([500, 429, 503, 302, 404, 410, 'timeout', 'no-connection']) : 'none',
    illUntilMs: dice.chance(0.1) ? Number.POSITIVE_INFINITY : dice.whole(0, healedMs),
    byFile,
    accounting: accountingOf(dice),
  };
}

type Told = { readonly [Type in OutgoingType]: (typeof outgoing)[Type]['_zod']['output'] }[OutgoingType];
export type Claim = { readonly setl_id: string; readonly policy_no: string; readonly policy_sub_no: string };
/** What it pays and takes back, each on the day that the hub's message says. */
export type Book = Claim & { posted?: Booked; reversed?: Booked };
type Booked = { readonly fen: number; readonly at: string };

/** An insurer of the model: verifies, keeps books, answers as its manner has it. */
export class ModelInsurer {
  readonly id: string;
  readonly url: string;
  readonly manner: Manner;
  hubKeys: SignatureKey[] = [];
  ownKeys: SignatureKey[] = [];
  /** By claim. */
  readonly books = new Map<string, Book>();
  /** Ids of well-formed claims that the hub has taken with a 2xx. */
  readonly taken = new Set<string>();
  readonly complaints: string[] = [];
  /** Statements that it has sent, by the ids of their messages, in the order of sending. */
  readonly stated: { readonly ids: readonly string[]; readonly statement: Stated }[] = [];
  /** What it has sent, and the ids of what it was told the outcome of. */
  private readonly sent = new Map<string, { readonly type: string; readonly body: Buffer; readonly wrong: Wrong }>();
  private readonly outcomes = new Set<string>();
  private readonly bodies = new Map<string, string>();
  private readonly answers = new Map<string, object>();
  private readonly world: World;
  private claims = 0;

  constructor(id: string, manner: Manner, world: World) {
    this.id = id;
    this.url = `https://${id.toLowerCase()}.example/hooks`;
    this.manner = manner;
    this.world = world;
  }

  private get dice(): Dice {
    return this.world.dice;
  }

  /** A request arrives. @param signedRight The hub's clock was right when it was signed. */
  async serve(request: TransportRequest, signedRight: boolean): Promise<TransportAnswer> {
    const { illness, illUntilMs } = this.manner;
    const { scheduler } = this.world;
    if (illness !== 'none' && scheduler.now < illUntilMs) {
      if (illness === 'timeout') await scheduler.pause(this.dice.pick([1000, 1000, request.timeoutMs]));
      if (typeof illness === 'string') return { fault: illness, milliseconds: 1 };
      // A sick insurer may have taken the message all the same.
      if (this.dice.chance(0.3)) this.take(request, signedRight);
      const retryAfter = this.dice.chance(0.3) ? String(this.dice.whole(0, 7200)) : undefined;
      return { status: illness, body: Buffer.from('{}'), cut: false, milliseconds: 1, retryAfter };
    }
    const answer = this.take(request, signedRight);
    if (answer === undefined) return { status: 401, body: Buffer.from('{}'), cut: false, milliseconds: 1 };
    const body = spoiled(this.manner.wrong, Buffer.from(JSON.stringify(answer)));
    return {
      status: 200,
      body: body.subarray(0, maxIncomingBytes),
      cut: body.length > maxIncomingBytes,
      milliseconds: 1,
    };
  }

  /**
   * A message of the hub, on whatever way it came.
   * @param signedRight The hub's clock was right when it was signed.
   * @returns the body of its answer; none where it is not believed.
   */
  take({ headers, body }: Pick<TransportRequest, 'headers' | 'body'>, signedRight: boolean): object | undefined {
    const text = Buffer.from(body).toString('utf8');
    const at = this.world.trueNow();
    const signed = fromWire((name) => headers[name]);
    const id = signed.id ?? '';
    const verdict = verify(this.hubKeys, signed, body, at, this.manner.byFile ? fileSeconds : undefined);
    if (verdict.fault !== undefined) {
      if (signedRight && this.world.clockIsRight())
        this.complaints.push(`${this.id}: ${id} is not signed: ${verdict.fault}`);
      return undefined;
    }
    const before = this.bodies.get(id);
    if (before !== undefined && before !== text) this.complaints.push(`${this.id}: two bodies under ${id}`);
    this.bodies.set(id, text);
    const json = JSON.parse(text) as { type: OutgoingType };
    return this.hear(id, outgoing[json.type].parse(json) as Told, before !== undefined);
  }

  private hear(id: string, told: Told, again: boolean): object {
    if ('message_id' in told.data) this.outcomes.add(told.data.message_id);
    switch (told.type) {
      case 'settlement.notice':
        if (told.data.mode === 'hub') this.enter(told.data, 'posted', told.data.share_amt ?? 0, told.timestamp);
        if (told.data.mode === 'insurer') return this.adjudicate(id, told.data, again);
        if (this.manner.disputes && !again)
          this.say('claim.adjudicated', this.claim(told.data, (told.data.share_amt ?? 0) + 1));
        return {};
      case 'claim.posted':
        // Once of every claim: the hub answers each time.
        if (this.manner.tellsPaid !== 'no' && this.book(told.data).posted === undefined)
          this.say('claim.paid', this.paid(told.data, this.manner.tellsPaid === 'wrongly' ? 1 : 0));
        this.enter(told.data, 'posted', told.data.posted_amt, told.timestamp);
        return {};
      case 'settlement.reversed':
        this.enter(told.data, 'reversed', told.data.reversed_amt, told.timestamp);
        return {};
      case 'reconciliation.requested':
        if (!again) this.answerRequest(told.data.day, told.data.refd_setl_flag);
        return {};
      default:
        return {};
    }
  }

  /** Said again it is the same booking; the first saying has its day. */
  private enter(claim: Claim, what: 'posted' | 'reversed', fen: number, at: string): void {
    const book = this.book(claim);
    const known = book[what];
    if (known === undefined || at < known.at) book[what] = { fen: known?.fen ?? fen, at };
  }

  /** Its statement of a day, from its own books, after its manner. */
  private answerRequest(day: string, flag: '0' | '1'): void {
    const { accounting } = this.manner;
    if (accounting.never) return;
    const hourMs = 3_600_000;
    this.world.scheduler.after(accounting.hoursLate * hourMs, () => {
      this.state(wrongly(accounting, rightly(day, flag, this.linesOf(bookedOn(accounting, day), flag))));
      if (accounting.corrects)
        this.world.scheduler.after(this.dice.whole(1, 20) * hourMs, () => this.stateRightly(day, flag));
    });
  }

  stateRightly(day: string, flag: '0' | '1'): void {
    this.state(rightly(day, flag, this.linesOf(day, flag)));
  }

  private state(statement: Stated): void {
    const { inParts, twice } = this.manner.accounting;
    const parts = statementData(statement, inParts);
    const say = () => parts.map((data) => this.say('reconciliation.statement', data));
    this.stated.push({ ids: say(), statement });
    if (twice) this.stated.push({ ids: say(), statement });
  }

  private linesOf(day: string, flag: '0' | '1'): Line[] {
    return [...this.books.values()].flatMap(({ setl_id, policy_no, policy_sub_no, posted, reversed }) => {
      const { fen, at } = (flag === '0' ? posted : reversed) ?? { fen: 0, at: '' };
      return fen > 0 && civilDateAt(new Date(at)) === day ? [{ setl_id, policy_no, policy_sub_no, fen }] : [];
    });
  }

  private paid(posted: Claim & { posted_amt: number }, moreFen: number): object {
    const { setl_id, policy_no, policy_sub_no, posted_amt } = posted;
    const paid_amt = yuanOfFen(posted_amt + moreFen);
    const paid_at = this.world.trueNow().toISOString();
    return { setl_id, policy_no, policy_sub_no, paid_amt, paid_at, insurer_claim_no: 'P' };
  }

  /** Of a bill that it was not asked about, or not yet. */
  guess(setlId: string, person: number): void {
    const claim = { setl_id: setlId, policy_no: policyNo(this.id, person), policy_sub_no: '' };
    this.say('claim.adjudicated', this.claim(claim, this.dice.pick([0, 1, 5000])));
  }

  /** The answer to a notice: the same one however often it is asked. */
  private adjudicate(id: string, notice: Claim & { base_amt: number }, again: boolean): object {
    const { answer, wrong, changesItsMind, answersAfterHours, ratio } = this.manner;
    if (this.manner.tellsPaid === 'early' && !again) this.say('claim.paid', this.paid({ ...notice, posted_amt: 1 }, 0));
    if (answer === 'never') return {};
    const right = this.claim(notice, Math.floor(notice.base_amt * ratio));
    const known =
      this.answers.get(id) ?? envelope(this.world.trueNow(), 'claim.adjudicated', this.distorted(notice, right));
    this.answers.set(id, known);
    // Whoever gives in a file hears no answer.
    const now = answer !== 'by-webhook' && !this.manner.byFile;
    const byWebhook = !now || answer === 'both' || wrong !== 'nothing';
    if (byWebhook && !again) {
      const delayMs = answersAfterHours * 3_600_000 + this.dice.whole(0, 3000);
      if (answer !== 'in-reply' || !now) this.say('claim.adjudicated', this.distorted(notice, right), delayMs, wrong);
      if (wrong !== 'nothing') this.say('claim.adjudicated', right, delayMs + this.dice.whole(0, 9000));
      if (changesItsMind)
        this.say(
          'claim.adjudicated',
          this.claim(notice, Math.floor(notice.base_amt / 7)),
          delayMs + this.dice.whole(0, 60_000),
        );
    }
    return now ? known : {};
  }

  private claim({ setl_id, policy_no, policy_sub_no }: Claim, fen: number): Record<string, unknown> {
    const decision = fen > 0 ? 'approved' : 'declined';
    const paid_amt = yuanOfFen(fen);
    const reason = fen > 0 ? {} : { reason_code: 'not-covered' };
    return { setl_id, policy_no, policy_sub_no, decision, paid_amt, insurer_claim_no: `C${++this.claims}`, ...reason };
  }

  private distorted(notice: { base_amt: number }, right: Record<string, unknown>): Record<string, unknown> {
    const approved = { ...right, decision: 'approved' };
    switch (this.manner.wrong) {
      case 'above':
        return { ...approved, paid_amt: yuanOfFen(notice.base_amt + 1) };
      case 'negative':
        return { ...approved, paid_amt: '-0.01' };
      case 'declined-and-paid':
        return { ...right, decision: 'declined', paid_amt: '0.01', reason_code: 'not-covered' };
      case 'other-policy':
        return { ...right, policy_no: 'P-none' };
      case 'others-policy':
        return { ...right, policy_no: policyNo(this.world.insurers.find(({ id }) => id !== this.id)?.id ?? '', 0) };
      case 'other-bill':
        return { ...right, setl_id: 'S-none' };
      case 'number':
        return { ...right, paid_amt: 12.5 };
      case 'three-decimals':
        return { ...right, paid_amt: '0.001' };
      case 'no-amount':
        return { ...right, paid_amt: undefined };
      case 'further-field':
        return { ...right, remark: '' };
      default:
        return right;
    }
  }

  /** Sends a webhook until the hub has it: the same id and bytes, signed anew each time. */
  say(type: string, data: object, delayMs = 0, wrong: Wrong = 'nothing'): string {
    const id = `ins_${this.id.slice(-4)}_${++this.world.webhooks}`;
    this.world.scheduler.after(delayMs, () => {
      const body = spoiled(wrong, Buffer.from(JSON.stringify(envelope(this.world.trueNow(), type, data))));
      this.sent.set(id, { type, body, wrong });
      void this.deliver(id, type, body, wrong);
      if (wrong === 'same-id') void this.deliver(id, type, Buffer.from(`${body} `), wrong);
    });
    return id;
  }

  /** What was taken and never answered is sent once more: the same id, the same bytes. */
  sayAgain(): void {
    for (const id of this.taken) {
      const { type, body, wrong } = this.sent.get(id)!;
      if (!this.outcomes.has(id)) void this.deliver(id, type, body, wrong);
    }
  }

  private async deliver(id: string, type: string, body: Buffer, wrong: Wrong): Promise<void> {
    const { scheduler, dice } = this.world;
    for (let tries = 1; tries <= 60; tries++) {
      const right = this.world.clockIsRight();
      const headers = this.signed(id, body, wrong);
      const channel = this.manner.byFile ? 'file' : 'https';
      const answer = await this.world.post({ insurer: this.id, headers, body, channel });
      const status = answer?.status ?? 0;
      const isTaken = status === 200 || status === 202;
      const byStranger = isOneOf(wrongHands, wrong);
      // Unless its key was taken away while the message was on its way.
      if (status === 401 && !byStranger && right && this.world.clockIsRight())
        this.complaints.push(`${this.id}: ${id} was not believed`);
      if (isTaken && (byStranger || isOneOf(wrongForms, wrong))) this.complaints.push(`${this.id}: ${wrong} was taken`);
      if (isTaken && type.startsWith('claim.')) this.taken.add(id);
      if (status >= 200 && status < 500 && (status !== 401 || byStranger)) return;
      await scheduler.pause(dice.whole(1, 30) * 1000 * 2 ** Math.min(tries, 12));
    }
  }

  private signed(id: string, body: Buffer, wrong: Wrong): SignedHeaders {
    const at = this.world.trueNow().getTime() - (wrong === 'stale' ? 30 * 86_400_000 : 0);
    const other = this.world.insurers.find((one) => one.id !== this.id);
    const strange = [{ ...this.ownKeys[0]!, scheme: 'v1' as const, key: strangeKey }];
    const keys = { unsigned: strange, 'others-key': other?.ownKeys ?? strange }[String(wrong)] ?? this.ownKeys;
    // Whoever signs wrongly does not mind when a key began.
    const own = wrong === 'nothing' ? keys : keys.map((key) => ({ ...key, notBefore: '2000-01-01T00:00:00Z' }));
    return sign(own, id, new Date(at), body)!;
  }

  private book(claim: Claim): Book {
    const key = claimKey(claim);
    const { setl_id, policy_no, policy_sub_no } = claim;
    const known = this.books.get(key) ?? { setl_id, policy_no, policy_sub_no };
    this.books.set(key, known);
    return known;
  }
}

/** What insurers share of the world. */
export type World = {
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  readonly trueNow: () => Date;
  readonly clockIsRight: () => boolean;
  readonly post: (received: Received) => Promise<ReceiveAnswer | undefined>;
  /** All that there are. */
  readonly insurers: ModelInsurer[];
  webhooks: number;
};

export const claimKey = ({ setl_id, policy_no, policy_sub_no }: Claim): string =>
  `${setl_id}/${policy_no}/${policy_sub_no}`;
/** What is wrong with the bytes of a message. */
function spoiled(wrong: Wrong, body: Buffer): Buffer {
  const text = body.toString('latin1');
  if (!text.includes('claim.adjudicated')) return body;
  switch (wrong) {
    case 'cut-off':
      return body.subarray(0, -1);
    case 'twice-a-key':
      return Buffer.from(text.replace('{', '{"type":"claim.adjudicated",'), 'latin1');
    case 'bad-utf-8':
      return Buffer.from(text.replace('"C', '"\xff'), 'latin1');
    case 'too-long':
      return Buffer.concat([body, Buffer.alloc(maxIncomingBytes, ' ')]);
    case 'other-type':
      return Buffer.from(text.replace('claim.adjudicated', 'claim.decided'), 'latin1');
    default:
      return body;
  }
}

const isOneOf = (some: readonly string[], wrong: Wrong): boolean => some.includes(wrong);
const envelope = (at: Date, type: string, data: object): object => ({ type, timestamp: at.toISOString(), data });
/** A file may have been on its way for a week. */
const fileSeconds = 7 * 86_400;
const strangeKey = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
