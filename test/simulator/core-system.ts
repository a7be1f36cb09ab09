import { isDeepStrictEqual } from 'node:util';
import { takePart } from '../../functions/settlement/reconciliation/take-statement.ts';
import type { Dice } from '../../infra/county/dice.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { fenOfYuan } from '../../schemas/money.ts';
import type { BookLine } from '../../schemas/reconciliation.ts';
import type { SettlementAnswer } from '../../schemas/settlement.ts';
import { civilDateAt } from '../../schemas/time.ts';
import type { Hub } from './hub.ts';
import type { Scheduler } from './scheduler.ts';

/** The bureau's core system: sends bills until they are answered, and keeps a book of what it was told. */
export class CoreSystem {
  /** First answers by id. */
  readonly answers = new Map<string, SettlementAnswer>();
  /** Bills and reversals that were answered, and the day by its own clock. */
  readonly book = new Map<string, { readonly day: string; readonly flag: '0' | '1'; readonly line: BookLine }>();
  /** Ids of reversals that are not the opposite of what they name. */
  readonly misfits = new Set<string>();
  /** Bills that bring their fees only: the whole of it, as an answer makes it. */
  readonly fees = new Map<string, (answer: SettlementAnswer) => Record<string, unknown>>();
  /** Bills that the table of benefits said nothing of. */
  readonly notComputable = new Set<string>();
  /** Reversals that were refused in the end, and bills that must be reversed, by id. */
  readonly refused = new Set<string>();
  readonly reversed = new Set<string>();
  /** Of reversals that came first nobody knew what would become of them. */
  private readonly waiting = new Map<string, Record<string, unknown>>();
  private readonly hub: Hub;
  private readonly scheduler: Scheduler;
  private readonly dice: Dice;
  private readonly trueNow: () => Date;
  private readonly count: (what: string) => void;
  /** Something was answered otherwise than it had to be. */
  private readonly wronglyAnswered: (id: string, how: string) => void;

  constructor(options: {
    hub: Hub;
    scheduler: Scheduler;
    dice: Dice;
    trueNow: () => Date;
    count: (what: string) => void;
    wronglyAnswered: (id: string, how: string) => void;
  }) {
    this.hub = options.hub;
    this.scheduler = options.scheduler;
    this.dice = options.dice;
    this.trueNow = options.trueNow;
    this.count = options.count;
    this.wronglyAnswered = options.wronglyAnswered;
  }

  /** @param right Not a second bill under an id that is given away. */
  async settle(bill: Record<string, unknown>, right: boolean): Promise<void> {
    const id = String(bill.setl_id);
    const key = right ? id : `${id} other`;
    let waitMs = 1000;
    for (;;) {
      const called = await this.hub.settle(Buffer.from(JSON.stringify(bill)));
      const answer = 'answer' in called ? called.answer : undefined;
      if (answer !== undefined && !isRefusal(answer)) {
        this.count(answer.answer.state);
        const before = this.answers.get(key);
        if (before !== undefined && !isDeepStrictEqual(before, answer.answer))
          this.wronglyAnswered(id, 'answered otherwise');
        if (before === undefined) this.answers.set(key, answer.answer);
        this.enter(this.fees.get(id)?.(answer.answer) ?? bill, answer.answer);
        if (answer.answer.state === 'reversing') this.waiting.set(id, bill);
        if (this.misfits.has(id) && answer.answer.state !== 'reversing')
          this.wronglyAnswered(id, 'taken, and does not fit');
        if (bill.refd_setl_flag === '1' && right && !this.misfits.has(id)) this.reversed.add(String(bill.orig_setl_id));
        return;
      }
      if (answer?.code === 'settlement/reversal-differs' && right) return this.notReversed(id);
      if (answer !== undefined && answer.code === 'settlement/sums-differ') this.enter(bill, undefined);
      if (answer?.code === 'settlement/not-computable') this.notComputable.add(id);
      if (answer !== undefined && answer.code !== 'settlement/busy') return this.count(answer.code);
      waitMs = Math.min(2 * waitMs, 3_600_000);
      await this.scheduler.pause(this.dice.whole(waitMs / 2, waitMs));
    }
  }

  /** Whoever was told that it waits asks again, and hears what became of it. */
  async askAgain(): Promise<void> {
    for (const bill of this.waiting.values()) await this.settle(bill, true);
  }

  /** One that fits is never refused, whatever else was said of its bill. */
  private notReversed(id: string): void {
    this.count('settlement/reversal-differs');
    if (!this.misfits.has(id)) this.wronglyAnswered(id, 'refused, and fits');
    else this.refused.add(id);
    this.book.delete(id);
  }

  /** Its files of every day, one after the other. */
  async state(dependencies: Parameters<typeof takePart>[0]): Promise<void> {
    const days = [...new Set([...this.book.values()].map(({ day }) => day))].sort();
    for (const day of days) {
      for (const flag of ['0', '1'] as const) {
        const own = [...this.book.values()].filter((one) => one.day === day && one.flag === flag);
        const lines = own.map(({ line }) => line);
        const totalFen = lines.reduce((sum, { fen }) => sum + fen, 0);
        const scope = { source: 'core' as const, insurer: '', product_code: '', refd_setl_flag: flag };
        const whole = { part: 1, parts: 1, count: lines.length, totalFen, asOf: this.trueNow().toISOString() };
        await takePart(dependencies, { ...scope, day, ...whole, lines });
      }
    }
  }

  /** As it was told first: what insurers pay, too, but of a reversal of which nobody knew yet what would become of it. */
  private enter(bill: Record<string, unknown>, answer: SettlementAnswer | undefined): void {
    const setl_id = String(bill.setl_id);
    const fenOf = (amount: unknown): number => Math.abs(fenOfYuan(String(amount ?? '0.00')) ?? 0);
    const insured = insuredFen(answer);
    const parts = {
      ...Object.fromEntries(ofBill.map((field) => [field, fenOf(bill[field])])),
      ...(insured === undefined ? {} : { insurer_pay_sumamt: insured }),
    };
    const line = { setl_id, policy_no: '', policy_sub_no: '', fen: fenOf(bill.medfee_sumamt), parts };
    const flag = bill.refd_setl_flag === '1' ? '1' : '0';
    if (!this.book.has(setl_id)) this.book.set(setl_id, { day: civilDateAt(this.trueNow()), flag, line });
  }
}

const ofBill = ['fund_pay_sumamt', 'psn_part_amt', 'acct_pay', 'psn_cash_pay'] as const;

/** What the counter was told that insurers pay. */
export function insuredFen(answer: SettlementAnswer | undefined): number | undefined {
  if (answer === undefined || answer.state === 'reversing') return undefined;
  return answer.shares.reduce((sum, { paid_amt }) => sum + Math.abs(fenOfYuan(paid_amt) ?? 0), 0);
}
