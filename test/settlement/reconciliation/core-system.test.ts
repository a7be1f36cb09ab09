import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { reconcileStatements } from '../../../functions/settlement/reconciliation/reconcile.ts';
import { partOnWire, takePart, unknownParts } from '../../../functions/settlement/reconciliation/take-statement.ts';
import { type PayerField, payerFields } from '../../../schemas/bill.ts';
import { DifferenceItem } from '../../../schemas/difference.ts';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import { fenOfYuan, yuanOfFen } from '../../../schemas/money.ts';
import { StatementOnWire } from '../../../schemas/reconciliation.ts';
import { Counter } from '../counter.ts';
import { wireBill } from '../wire-bill.ts';

const day = '2024-06-03';
const payers = Object.keys(payerFields) as PayerField[];
const sums = ['fund_pay_sumamt', 'psn_part_amt'] as const;
let counter: Counter;
beforeEach(() => {
  counter = new Counter();
});

type Row = Record<string, string>;

/** A bill as it stands in the core system's file, every column filled. */
function rowOf(bill: Record<string, unknown>): Row {
  const columns = [...sums, ...payers, 'medfee_sumamt'];
  const amounts = columns.map((column) => [column, String(bill[column] ?? '0.00')]);
  return { setl_id: String(bill.setl_id), ...Object.fromEntries(amounts) };
}

/** What is found when the day is over and the core system has brought these rows. */
async function compared(rows: readonly Row[], flag: '0' | '1' = '0') {
  counter.hours(24);
  const items = rows.map(({ setl_id = '', medfee_sumamt = '', ...parts }) => ({
    setl_id,
    amount: medfee_sumamt,
    parts,
  }));
  const fen = items.reduce((sum, { amount }) => sum + fenOfYuan(amount)!, 0);
  const statement = StatementOnWire.parse({
    ...{ source: 'core', refd_setl_flag: flag, count: items.length, amount: yuanOfFen(fen) },
    items,
  });
  await takePart(counter.services, partOnWire(day, statement, new Date(counter.time)));
  await reconcileStatements(counter.services, day);
  return found().map(({ class: kind, setl_id, note }) => ({ class: kind, setl_id, note: note?.en }));
}

const found = (): DifferenceItem[] => counter.differences().map((item) => DifferenceItem.parse(item));

/** Adds fen to a column of a row. */
const moved = (row: Row, column: string, fen: number): Row => ({
  ...row,
  [column]: yuanOfFen(fenOfYuan(row[column]!)! + fen),
});

describe('the core system’s file', () => {
  test('that says what the hub says is equal, fund by fund', async () => {
    const bill = wireBill({ hifp_pay: 500_000, hifmi_pay: 100_000, maf_pay: 1, acct_pay: 7, psn_cash_pay: 3 });
    await counter.answer(bill);
    expect(await compared([rowOf(bill)])).toEqual([]);
  });

  test('equal totals with offsetting errors: an amount that stands under another fund is found, with both amounts', async () => {
    const bill = wireBill({ hifp_pay: 500_000, hifmi_pay: 100_000, psn_cash_pay: 300_000 });
    await counter.answer(bill);
    const row = moved(moved(rowOf(bill), 'hifp_pay', 20_000), 'hifmi_pay', -20_000);
    expect(await compared([row])).toEqual([
      {
        ...{ class: 'amount-differs', setl_id: 'S1' },
        note: 'Amounts that differ: hifmi_pay, hifp_pay (hub 1000.00, 5000.00; other side 800.00, 5200.00)',
      },
    ]);
  });

  test('equal totals with offsetting errors: bills whose errors offset each other are both found', async () => {
    const bills = [1, 2].map((n) => wireBill({ setl_id: `S${n}`, hifp_pay: 100_000, psn_cash_pay: 50_000 }));
    for (const bill of bills) await counter.answer(bill);
    const rows = bills.map((bill, n) =>
      ['medfee_sumamt', 'fund_pay_sumamt', 'hifp_pay'].reduce(
        (row, column) => moved(row, column, n === 0 ? 100 : -100),
        rowOf(bill),
      ),
    );
    const wrong = await compared(rows);
    expect(wrong.map((one) => [one.class, one.setl_id]).sort()).toEqual([
      ['amount-differs', 'S1'],
      ['amount-differs', 'S2'],
    ]);
  });

  test('equal totals with offsetting errors: whatever is moved from one payer to another is found, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...payers), fc.constantFrom(...payers), fc.integer({ min: 1, max: 99 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async (moves) => {
          counter = new Counter();
          const bills = moves.map((_, n) =>
            wireBill({ setl_id: `S${n}`, ...Object.fromEntries(payers.map((payer, at) => [payer, 1000 + at])) }),
          );
          for (const bill of bills) await counter.answer(bill);
          const rows = bills.map((bill, n) => {
            const [from, to, fen] = moves[n]!;
            return moved(moved(rowOf(bill), from, -fen), to, fen);
          });
          const wrong = bills.flatMap(({ setl_id }, n) => (moves[n]![0] === moves[n]![1] ? [] : [setl_id]));
          expect((await compared(rows)).map(({ setl_id }) => setl_id).sort()).toEqual(wrong.sort());
        },
      ),
      { numRuns: 40 },
    );
  });

  test('of a reversal: all amounts below zero or all above are the same, one with another sign is found', async () => {
    const bill = { hifp_pay: 500_000, hifmi_pay: 100_000, psn_cash_pay: 300_000 };
    await counter.answer(wireBill(bill));
    const reversal = wireBill({ ...bill, reverses: 'S1', setl_id: 'R1' });
    await counter.answer(reversal);
    const below = rowOf(reversal);
    expect(await compared([below], '1')).toEqual([]);
    const above = Object.fromEntries(Object.entries(below).map(([name, text]) => [name, text.replace(/^-/, '')]));
    expect(await compared([above], '1')).toEqual([]);
    const wrong = { ...below, hifmi_pay: '1000.00' };
    expect(await compared([wrong], '1')).toMatchObject([{ setl_id: 'R1', note: expect.stringContaining('hifmi_pay') }]);
  });

  test('on another day, what stands under another fund is said with it', async () => {
    const bill = wireBill({ hifp_pay: 500_000, hifmi_pay: 100_000, psn_cash_pay: 300_000 });
    counter.hours(24);
    await counter.answer(bill);
    const row = moved(moved(rowOf(bill), 'hifp_pay', 20_000), 'hifmi_pay', -20_000);
    expect(await compared([row])).toMatchObject([{ class: 'wrong-day', note: expect.stringContaining('hifmi_pay') }]);
  });

  test('found with other amounts it is another difference, and the first is explained', async () => {
    const bill = wireBill({ hifp_pay: 500_000, hifmi_pay: 100_000, psn_cash_pay: 300_000 });
    await counter.answer(bill);
    const row = (fen: number) => moved(moved(rowOf(bill), 'hifp_pay', fen), 'hifmi_pay', -fen);
    await compared([row(100)]);
    await compared([row(200)]);
    const states = found().map(({ state, note }) => [state, note?.en.replace(/.*side /, '')]);
    expect(states.sort()).toEqual([
      ['explained', '999.00, 5001.00)'],
      ['open', '998.00, 5002.00)'],
    ]);
  });

  test('with an amount under a name that is compared with nothing is not taken for a file that agrees', () => {
    const of = (parts: Row) =>
      StatementOnWire.parse({
        ...{ source: 'core', refd_setl_flag: '0', count: 1, amount: '1.00' },
        items: [{ setl_id: 'S1', amount: '1.00', parts }],
      });
    expect(unknownParts(of({ hifp_pay: '1.00', hifp: '1.00', 统筹支付: '1.00' }))).toEqual(['hifp', '统筹支付']);
    expect(unknownParts(of(Object.fromEntries([...sums, ...payers].map((name) => [name, '1.00']))))).toEqual([]);
  });

  test('has a column for every payer', () => {
    const columns = feedNamed('settlement')?.columns.map(({ field }) => field);
    expect(columns).toEqual(expect.arrayContaining(payers));
  });
});
