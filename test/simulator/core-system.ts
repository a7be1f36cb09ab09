import { isDeepStrictEqual } from 'node:util';
import { billParts } from '../../functions/settlement/reconciliation/bill-parts.ts';
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
        this.answers.set(key, answer.answer);
        this.enter(bill);
        if (answer.answer.state === 'reversing') this.waiting.set(id, bill);
        if (this.misfits.has(id) && answer.answer.state !== 'reversing')
          this.wronglyAnswered(id, 'taken, and does not fit');
        if (bill.refd_setl_flag === '1' && right && !this.misfits.has(id)) this.reversed.add(String(bill.orig_setl_id));
        return;
      }
      if (answer?.code === 'settlement/reversal-differs' && right) return this.notReversed(id, bill);
      if (answer !== undefined && answer.code === 'settlement/sums-differ') this.enter(bill);
      if (answer !== undefined && answer.code !== 'settlement/busy') return this.count(answer.code);
      waitMs = Math.min(2 * waitMs, 3_600_000);
      await this.scheduler.pause(this.dice.whole(waitMs / 2, waitMs));
    }
  }

  /** Whoever was told that it waits asks again, and hears what became of it. */
  async askAgain(): Promise<void> {
    for (const bill of this.waiting.values()) await this.settle(bill, true);
  }

  /** One that fits may be refused because another one waits that does not: it comes again under another id. */
  private async notReversed(id: string, bill: Record<string, unknown>): Promise<void> {
    this.count('settlement/reversal-differs');
    if (this.misfits.has(id)) {
      this.refused.add(id);
      this.book.delete(id);
      return;
    }
    const misfit = `X${String(bill.orig_setl_id).slice(1)}`;
    if (!this.misfits.has(misfit) || this.answers.has(id)) return this.wronglyAnswered(id, 'refused, and fits');
    await this.scheduler.pause(60_000);
    await this.settle({ ...bill, setl_id: `${id}a` }, true);
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

  private enter(bill: Record<string, unknown>): void {
    const setl_id = String(bill.setl_id);
    const fenOf = (field: string): number => Math.abs(fenOfYuan(String(bill[field] ?? '0.00')) ?? 0);
    const parts = Object.fromEntries(billParts.map((field) => [field, fenOf(field)]));
    const line = { setl_id, policy_no: '', policy_sub_no: '', fen: fenOf('medfee_sumamt'), parts };
    const flag = bill.refd_setl_flag === '1' ? '1' : '0';
    if (!this.book.has(setl_id)) this.book.set(setl_id, { day: civilDateAt(this.trueNow()), flag, line });
  }
}
