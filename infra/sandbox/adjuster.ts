import { z } from 'zod';
import type { IncomingType, incoming, outgoing, SettlementNotice } from '../../schemas/messages.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import { civilDateAt } from '../../schemas/time.ts';

/** Instead of a reply: this status, or no connection at all. */
export const downs = ['refused', 410, 429, 500, 502, 503, 504] as const;

/** How the mock insurer answers; every part can be changed while it runs. */
export const Behaviour = z.strictObject({
  /** Where the answer to a bill comes: in the reply to its notice, by a webhook of its own, or not at all. */
  answer: z.enum(['in-reply', 'by-webhook', 'never']),
  /** Share of the base that is paid; fen are cut off. 0 declines. */
  ratio: z.number().min(0).max(1),
  /** Milliseconds before the reply to a message. */
  replyAfterMs: z.int().min(0),
  /** Milliseconds between the notice and the webhook that answers it. */
  answerAfterMs: z.int().min(0),
  /** Every webhook goes out this many times, with the same id. */
  copies: z.int().min(1).max(1000),
  /** Answers of two bills change places. */
  outOfOrder: z.boolean(),
  /** Webhooks are signed with a key that nobody knows. */
  wrongSignature: z.boolean(),
  /** Answers more than is left of the bill. */
  wrongAmount: z.boolean(),
  down: z.literal([false, ...downs]),
});
export type Behaviour = z.infer<typeof Behaviour>;

export const goodBehaviour: Behaviour = {
  answer: 'in-reply',
  ratio: 0.6,
  replyAfterMs: 0,
  answerAfterMs: 0,
  copies: 1,
  outOfOrder: false,
  wrongSignature: false,
  wrongAmount: false,
  down: false,
};

export type Outgoing = { [Type in keyof typeof outgoing]: z.infer<(typeof outgoing)[Type]> }[keyof typeof outgoing];
type Notice = z.infer<typeof SettlementNotice>;
/** A message to the hub before it has a time and a signature: amounts as on the wire. */
export type Answer = { readonly type: IncomingType; readonly data: Readonly<Record<string, unknown>> };
type StatementItem = z.input<(typeof incoming)['reconciliation.statement']>['data']['items'][number];

type BookEntry = { day: string; product: string; flag: '0' | '1'; item: StatementItem; fen: number };

/**
 * The desk of the mock insurer: decides claims, keeps books, states them when asked. What it decided of a bill once
 * it says again whenever it is asked.
 */
export class Adjuster {
  private readonly decided = new Map<string, Answer>();
  private readonly products = new Map<string, string>();
  private readonly books = new Map<string, BookEntry>();
  private claims = 0;

  /** What the insurer has to say to a message of the hub; mostly nothing. */
  answerTo(message: Outgoing, behaviour: Behaviour): Answer[] {
    const day = civilDateAt(new Date(message.timestamp));
    switch (message.type) {
      case 'settlement.notice':
        return this.takeNotice(message.data, day, behaviour);
      case 'claim.posted':
        if (message.data.message_type === 'claim.adjudicated')
          this.book(day, message.data, '0', message.data.posted_amt);
        return [];
      case 'settlement.reversed':
        this.book(day, message.data, '1', -Math.abs(message.data.reversed_amt));
        return [];
      case 'reconciliation.requested':
        return this.statement(message.data.day, message.data.product_code, message.data.refd_setl_flag);
      case 'claim.refused':
      case 'policy.waiting':
      case 'statement.waiting':
      case 'endpoint.ping':
        return [];
      default:
        return message satisfies never;
    }
  }

  private takeNotice(notice: Notice, day: string, behaviour: Behaviour): Answer[] {
    const key = claimKey(notice);
    this.products.set(key, notice.product_code);
    if (notice.mode === 'hub') {
      this.book(day, notice, '0', notice.share_amt ?? 0);
      return [];
    }
    if (behaviour.answer === 'never') return [];
    const answer = this.decided.get(key) ?? this.decide(notice, behaviour);
    this.decided.set(key, answer);
    return [answer];
  }

  private decide(notice: Notice, behaviour: Behaviour): Answer {
    this.claims += 1;
    const fen = behaviour.wrongAmount ? notice.base_amt + 1 : Math.floor(notice.base_amt * behaviour.ratio);
    return {
      type: 'claim.adjudicated',
      data: {
        ...claimOf(notice),
        decision: fen > 0 ? 'approved' : 'declined',
        paid_amt: yuanOfFen(fen),
        ...(fen > 0 ? {} : { reason_code: 'not-covered' }),
        insurer_claim_no: `C${String(this.claims).padStart(8, '0')}`,
      },
    };
  }

  private book(day: string, claim: Claim, flag: '0' | '1', fen: number): void {
    if (fen === 0) return;
    const key = `${claimKey(claim)}#${flag}`;
    if (this.books.has(key)) return;
    const item = { ...claimOf(claim), amount: yuanOfFen(fen) };
    this.books.set(key, { day, product: this.products.get(claimKey(claim)) ?? '', flag, item, fen });
  }

  private statement(day: string, product: string, flag: '0' | '1'): Answer[] {
    const entries = [...this.books.values()].filter(
      (entry) => entry.day === day && entry.product === product && entry.flag === flag,
    );
    const parts = Math.max(1, Math.ceil(entries.length / itemsPerPart));
    return Array.from({ length: parts }, (_, index) => ({
      type: 'reconciliation.statement',
      data: {
        day,
        product_code: product,
        refd_setl_flag: flag,
        count: entries.length,
        amount: yuanOfFen(entries.reduce((sum, { fen }) => sum + fen, 0)),
        part: index + 1,
        parts,
        items: entries.slice(index * itemsPerPart, (index + 1) * itemsPerPart).map(({ item }) => item),
      },
    }));
  }
}

const itemsPerPart = 400;

type Claim = { setl_id: string; policy_no: string; policy_sub_no: string };
const claimOf = ({ setl_id, policy_no, policy_sub_no }: Claim): Claim => ({ setl_id, policy_no, policy_sub_no });
const claimKey = (claim: Claim): string => JSON.stringify(Object.values(claimOf(claim)));
