import { expect, test } from 'vitest';
import { statementOf } from '../../functions/settlement/statement.ts';
import { fenOfYuan } from '../../schemas/money.ts';
import { Counter } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';

const [A, B] = usccs(2) as [string, string];

test('a line of an insurer says what has become of its share: asked, paid, declined, never answered, taken back', async () => {
  const statementAfter = async (ends: (counter: Counter) => Promise<unknown>) => {
    const counter = new Counter();
    counter.settings = { ...counter.settings, windowSeconds: 0 };
    await counter.sell(asks(B, 'care'));
    await counter.insure(B, 'care');
    await counter.settle();
    await counter.deliver();
    await ends(counter);
    const { lines, payouts } = statementOf((await counter.state()).ledger)!;
    return [...lines, ...payouts].flatMap(({ policy, state, amount }) => (policy ? [`${state} ${amount}`] : []));
  };
  expect(await statementAfter(async () => {})).toEqual(['pending 0.00']);
  expect(await statementAfter((counter) => counter.adjudicate(B, 'P-care', '9.00'))).toEqual(['payout 9.00']);
  const declined = { decision: 'declined' } as const;
  expect(await statementAfter((counter) => counter.adjudicate(B, 'P-care', '0.00', declined))).toEqual([
    'declined 0.00',
  ]);
  const expires = async (counter: Counter) => {
    counter.hours(73);
    await counter.sweep();
  };
  expect(await statementAfter(expires)).toEqual(['expired 0.00']);
  expect(await statementAfter((counter) => counter.settle({ reverses: 'S1' }))).toEqual(['voided 0.00']);
});

test('a statement of a reversed bill says what everybody gets back: the opposite of what each had paid, payouts included', async () => {
  const counter = new Counter();
  await counter.sell(computes(A, 'hui'));
  await counter.sell(asks(B, 'care'));
  counter.settings = { ...counter.settings, payerOrder: [{ insurer: A }, { insurer: B }] };
  await counter.insure(A, 'hui');
  await counter.insure(B, 'care');
  await counter.settle();
  await counter.deliver();
  await counter.adjudicate(B, 'P-care', '300.00');
  const before = statementOf((await counter.state()).ledger)!;
  expect(before.payouts).toMatchObject([{ amount: '300.00' }]);
  await counter.settle({ reverses: 'S1' });
  const { reversed } = statementOf((await counter.state()).ledger)!;
  const fen = (amount: string) => fenOfYuan(amount) ?? 0;
  const paid = new Map<string, number>();
  for (const { account, amount } of [...before.lines, ...before.payouts])
    paid.set(account, (paid.get(account) ?? 0) + fen(amount));
  // A payout made the patient's part smaller.
  paid.set('patient', (paid.get('patient') ?? 0) - 30_000);
  const back = new Map(reversed!.entries.map(({ account, amount }) => [account, -fen(amount)]));
  expect(back).toEqual(new Map([...paid].filter(([, amount]) => amount !== 0)));
  expect([...back.values()].reduce((sum, one) => sum + one, 0)).toBe(fen(before.medfee_sumamt));
  const names = reversed!.entries.map(({ payer }) => payer.zh);
  expect(names).toEqual(expect.arrayContaining(['商保 hui', '商保 care', '统筹基金', '个人现金']));
});
