import { expect, it } from 'vitest';
import { Counter } from './counter.ts';
import { wireBill } from './wire-bill.ts';

const insurerA = '91500000MA5U0000XN';

it('a notice that was tried in vain goes out no more once its bill is reversed: a revocation would not find it', async () => {
  const counter = new Counter();
  counter.settings = { ...counter.settings, windowSeconds: 0 };
  await counter.sell({ insurer: insurerA, product_code: 'PRO', name: '示例', mode: 'insurer' });
  await counter.insure(insurerA, 'PRO');
  await counter.answer();
  const [notice] = counter.sent('settlement.notice');
  await counter.outcomeOfSending(insurerA, notice!.id, { attempts: 1 });

  await counter.answer(wireBill({ reverses: 'S1' }));

  expect(counter.sent('settlement.notice')).toMatchObject([{ id: notice!.id, state: 'lapsed', reason: 'reversed' }]);
  // It may have had the notice all the same.
  expect(counter.sent('settlement.reversed')).toHaveLength(1);
});
