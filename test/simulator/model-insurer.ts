import type { ReceiveAnswer, Received } from '../../functions/insurers/receive.ts';
import type { TransportAnswer, TransportRequest } from '../../functions/runtime/ports.ts';
import { fromWire, type SignatureKey, sign, verify } from '../../functions/runtime/signatures/standard-webhooks.ts';
import type { Dice } from '../../infra/county/dice.ts';
import { type OutgoingType, outgoing } from '../../schemas/messages.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import { civilDateAt } from '../../schemas/time.ts';
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
  readonly wrong:
    | 'nothing'
    | 'above'
    | 'negative'
    | 'other-policy'
    | 'other-bill'
    | 'unreadable'
    | 'unsigned'
    | 'same-id';
  /** Answers once more, otherwise. */
  readonly changesItsMind: boolean;
  /** Hours until it answers by webhook. */
  readonly answersAfterHours: number;
  /** Says of every share what it has paid. */
  readonly tellsPaid: boolean;
  /** What it answers to requests while it is not well, and until when; forever: 'Infinity'. */
  readonly illness: number | 'timeout' | 'no-connection' | 'none';
  readonly illUntilMs: number;
  /** No connection leads to it: messages travel as files. */
  readonly byFile: boolean;
  readonly accounting: Accounting;
};

export function mannerOf(dice: Dice, healedMs: number): Manner {
  const byFile = dice.chance(0.08);
  const ill = !byFile && dice.chance(0.5);
  return {
    answer: dice.pick(['in-reply', 'in-reply', 'by-webhook', 'by-webhook', 'both', 'never']),
    ratio: dice.pick([0, 0.3, 0.5, 1]),
    wrong: dice.chance(0.6)
      ? 'nothing'
      : dice.pick(['above', 'negative', 'other-policy', 'other-bill', 'unreadable', 'unsigned', 'same-id']),
    changesItsMind: dice.chance(0.2),
    answersAfterHours: dice.pick([0, 0, 0, 0.01, 1, 71, 73, 200]),
    tellsPaid: dice.chance(0.3),
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

  /** A request arrives. */
  async serve(request: TransportRequest): Promise<TransportAnswer> {
    const { illness, illUntilMs } = this.manner;
    const { scheduler } = this.world;
    if (illness !== 'none' && scheduler.now < illUntilMs) {
      if (illness === 'timeout') await scheduler.pause(this.dice.pick([1000, 1000, request.timeoutMs]));
      if (typeof illness === 'string') return { fault: illness, milliseconds: 1 };
      // A sick insurer may have taken the message all the same.
      if (this.dice.chance(0.3)) this.take(request);
      const retryAfter = this.dice.chance(0.3) ? String(this.dice.whole(0, 7200)) : undefined;
      return { status: illness, body: Buffer.from('{}'), cut: false, milliseconds: 1, retryAfter };
    }
    const answer = this.take(request);
    if (answer === undefined) return { status: 401, body: Buffer.from('{}'), cut: false, milliseconds: 1 };
    return { status: 200, body: Buffer.from(JSON.stringify(answer)), cut: false, milliseconds: 1 };
  }

  /** A message of the hub, on whatever way it came. @returns the body of its answer; none where it is not believed. */
  take({ headers, body }: Pick<TransportRequest, 'headers' | 'body'>): object | undefined {
    const text = Buffer.from(body).toString('utf8');
    const at = this.world.trueNow();
    const signed = fromWire((name) => headers[name]);
    const id = signed.id ?? '';
    const verdict = verify(this.hubKeys, signed, body, at, this.manner.byFile ? fileSeconds : undefined);
    if (verdict.fault !== undefined) {
      if (this.world.clockIsRight()) this.complaints.push(`${this.id}: ${id} is not signed: ${verdict.fault}`);
      return undefined;
    }
    const before = this.bodies.get(id);
    if (before !== undefined && before !== text) this.complaints.push(`${this.id}: two bodies under ${id}`);
    this.bodies.set(id, text);
    const json = JSON.parse(text) as { type: OutgoingType };
    return this.hear(id, outgoing[json.type].parse(json) as Told, before !== undefined);
  }

  private hear(id: string, told: Told, again: boolean): object {
    switch (told.type) {
      case 'settlement.notice':
        if (told.data.mode === 'hub') this.enter(told.data, 'posted', told.data.share_amt ?? 0, told.timestamp);
        return told.data.mode === 'hub' ? {} : this.adjudicate(id, told.data, again);
      case 'claim.posted':
        // Once of every claim: the hub answers each time.
        if (this.manner.tellsPaid && this.book(told.data).posted === undefined)
          this.say('claim.paid', this.paid(told.data));
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

  private paid(posted: Claim & { posted_amt: number }): object {
    const { setl_id, policy_no, policy_sub_no, posted_amt } = posted;
    const paid_at = this.world.trueNow().toISOString();
    return { setl_id, policy_no, policy_sub_no, paid_amt: yuanOfFen(posted_amt), paid_at, insurer_claim_no: 'P' };
  }

  /** The answer to a notice: the same one however often it is asked. */
  private adjudicate(id: string, notice: Claim & { base_amt: number }, again: boolean): object {
    const { answer, wrong, changesItsMind, answersAfterHours, ratio } = this.manner;
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
    return { setl_id, policy_no, policy_sub_no, decision, paid_amt, insurer_claim_no: `C${++this.claims}` };
  }

  private distorted(notice: { base_amt: number }, right: Record<string, unknown>): Record<string, unknown> {
    const approved = { ...right, decision: 'approved' };
    switch (this.manner.wrong) {
      case 'above':
        return { ...approved, paid_amt: yuanOfFen(notice.base_amt + 1) };
      case 'negative':
        return { ...approved, paid_amt: '-0.01' };
      case 'other-policy':
        return { ...right, policy_no: 'P-none' };
      case 'other-bill':
        return { ...right, setl_id: 'S-none' };
      case 'unreadable':
        return { ...right, paid_amt: 12.5 };
      default:
        return right;
    }
  }

  /** Sends a webhook until the hub has it: the same id and bytes, signed anew each time. */
  say(type: string, data: object, delayMs = 0, wrong: Manner['wrong'] = 'nothing'): string {
    const id = `ins_${this.id.slice(-4)}_${++this.world.webhooks}`;
    this.world.scheduler.after(delayMs, () => {
      const body = Buffer.from(JSON.stringify(envelope(this.world.trueNow(), type, data)));
      void this.deliver(id, type, body, wrong);
      if (wrong === 'same-id') void this.deliver(id, type, Buffer.from(`${body} `), wrong);
    });
    return id;
  }

  private async deliver(id: string, type: string, body: Buffer, wrong: Manner['wrong']): Promise<void> {
    const { scheduler, dice } = this.world;
    for (let tries = 1; tries <= 60; tries++) {
      const keys =
        wrong === 'unsigned' ? [{ ...this.ownKeys[0]!, scheme: 'v1' as const, key: strangeKey }] : this.ownKeys;
      const right = this.world.clockIsRight();
      const headers = sign(keys, id, this.world.trueNow(), body)!;
      const channel = this.manner.byFile ? 'file' : 'https';
      const answer = await this.world.post({ insurer: this.id, headers, body, channel });
      const status = answer?.status ?? 0;
      // Unless its key was taken away while the message was on its way.
      if (status === 401 && keys === this.ownKeys && right && this.world.clockIsRight())
        this.complaints.push(`${this.id}: ${id} was not believed`);
      if ((status === 200 || status === 202) && type.startsWith('claim.')) this.taken.add(id);
      if (status >= 200 && status < 500 && (status !== 401 || wrong === 'unsigned')) return;
      await scheduler.pause(dice.whole(1, 30) * 1000 * 2 ** Math.min(tries, 12));
    }
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
  webhooks: number;
};

export const claimKey = ({ setl_id, policy_no, policy_sub_no }: Claim): string =>
  `${setl_id}/${policy_no}/${policy_sub_no}`;
const envelope = (at: Date, type: string, data: object): object => ({ type, timestamp: at.toISOString(), data });
/** A file may have been on its way for a week. */
const fileSeconds = 7 * 86_400;
const strangeKey = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
