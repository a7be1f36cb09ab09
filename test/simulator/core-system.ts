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
  private readonly hub: Hub;
  private readonly scheduler: Scheduler;
  private readonly dice: Dice;
  private readonly trueNow: () => Date;
  private readonly count: (what: string) => void;
  /** A bill was answered otherwise than before. */
  private readonly answeredOtherwise: (id: string) => void;

  constructor(options: {
    hub: Hub;
    scheduler: Scheduler;
    dice: Dice;
    trueNow: () => Date;
    count: (what: string) => void;
    answeredOtherwise: (id: string) => void;
  }) {
    this.hub = options.hub;
    this.scheduler = options.scheduler;
    this.dice = options.dice;
    this.trueNow = options.trueNow;
    this.count = options.count;
    this.answeredOtherwise = options.answeredOtherwise;
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
        if (before !== undefined && !isDeepStrictEqual(before, answer.answer)) this.answeredOtherwise(id);
        this.answers.set(key, answer.answer);
        this.enter(bill);
        return;
      }
      if (answer !== undefined && answer.code === 'settlement/sums-differ') this.enter(bill);
      if (answer !== undefined && answer.code !== 'settlement/busy') return this.count(answer.code);
      waitMs = Math.min(2 * waitMs, 3_600_000);
      await this.scheduler.pause(this.dice.whole(waitMs / 2, waitMs));
    }
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
