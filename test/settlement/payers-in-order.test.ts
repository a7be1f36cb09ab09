import { describe, expect, test } from 'vitest';
import { statementOf } from '../../functions/settlement/statement.ts';
import { type PayerField, payerFields } from '../../schemas/bill.ts';
import { fenOfYuan } from '../../schemas/money.ts';
import { SumProfile } from '../../schemas/sum-profile.ts';
import { Counter } from './counter.ts';
import { computes, usccs } from './insurers.ts';
import { wireBill } from './wire-bill.ts';

const [A, B] = usccs(2) as [string, string];
const fen = (amount: string): number => fenOfYuan(amount) as number;
const everybody = Object.fromEntries(Object.keys(payerFields).map((field, n) => [field, 10_000 + n])) as Record<
  PayerField,
  number
>;
const tenth = { deductible: '0', bands: [{ ratio: 0.1 }] };

/** A is a union's mutual aid, B a commercial insurer. */
async function insured(): Promise<Counter> {
  const counter = new Counter();
  await counter.sell({ ...computes(A, 'aid', tenth), kind: 'mutual-aid' });
  await counter.sell(computes(B, 'hui', tenth));
  await counter.insure(A, 'aid');
  await counter.insure(B, 'hui');
  return counter;
}
const statement = async (counter: Counter) => statementOf((await counter.state()).ledger)!;

test('one statement holds basic insurance, serious illness, assistance, insurers, mutual aid, account and cash, in that order', async () => {
  const counter = await insured();
  await counter.settle(everybody);
  const { lines, medfee_sumamt } = await statement(counter);
  expect(lines.map(({ account }) => account)).toEqual([
    ...['hifp_pay', 'cvlserv_pay', 'hifes_pay', 'hifmi_pay', 'hifob_pay', 'hifdm_pay', 'maf_pay', 'oth_pay'].map(payer),
    payer('hosp_part_amt'),
    `insurer:${B}:hui`,
    `insurer:${A}:aid`,
    ...['acct_pay', 'acct_mulaid_pay'].map(payer),
    'patient',
  ]);
  let left = fen(medfee_sumamt);
  for (const line of lines) {
    // The account of the family is no insurer's to relieve.
    expect(fen(line.base)).toBe(line.policy === undefined ? left : left - everybody.acct_mulaid_pay);
    left -= fen(line.amount);
    expect(fen(line.left)).toBe(left);
    expect([line.payer.zh, line.payer.en, line.rule.zh, line.rule.en].every((words) => words.length > 0)).toBe(true);
  }
  expect(left).toBe(0);
});

test('the order behind the public funds is a setting: mutual aid comes first where the area says so', async () => {
  const counter = await insured();
  counter.settings = { ...counter.settings, payerOrder: [{ insurer: A, product_code: 'aid' }] };
  await counter.settle(everybody);
  const policies = (await statement(counter)).lines.flatMap(({ policy }) => policy?.insurer ?? []);
  expect(policies).toEqual([A, B]);
});

describe('each of the three sums is checked to the fen, and the answer names those that differ', () => {
  const [fund, own, all] = ['fund_pay_sumamt', 'psn_part_amt', 'medfee_sumamt'];
  // The whole is made of the two others: where one of them is wrong it does not fit either.
  test.each([
    [fund, [fund, all]],
    [own, [own, all]],
    [all, [all]],
  ])('%s', async (field, named) => {
    for (const by of ['0.01', '-0.01']) {
      const bill = wireBill(everybody);
      bill[field!] = `${((fen(String(bill[field!])) + fen(by)) / 100).toFixed(2)}`;
      const refused = (await new Counter().settle(bill)) as unknown as { code: string; sums: { field: string }[] };
      expect(refused.code).toBe('settlement/sums-differ');
      expect(refused.sums.map((sum) => sum.field).sort()).toEqual([...named].sort());
    }
  });
});

test('which payers stand in which sum is the area’s: a bill that fits there is settled there and nowhere else', async () => {
  const bill = wireBill({
    hifp_pay: 600_000,
    maf_pay: 100_000,
    psn_cash_pay: 300_000,
    also: { fund_pay_sumamt: '6000.00' },
  });
  expect(await new Counter().settle(bill)).toMatchObject({ code: 'settlement/sums-differ' });
  const counter = new Counter();
  const sums = SumProfile.parse({
    fund_pay_sumamt: ['hifp_pay'],
    psn_part_amt: ['psn_cash_pay'],
    medfee_sumamt: ['fund_pay_sumamt', 'maf_pay', 'psn_part_amt'],
  });
  counter.settings = { ...counter.settings, sums };
  expect(await counter.answer(bill)).toMatchObject({ payers: { hifp_pay: '6000.00', maf_pay: '1000.00' } });
  expect((await statement(counter)).lines.map(({ amount }) => amount)).toEqual(['6000.00', '1000.00', '3000.00']);
});

const payer = (field: string): string => `payer:${field}`;
