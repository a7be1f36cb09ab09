import { expect, test } from 'vitest';
import { readIncoming } from '../../../functions/insurers/inbox.ts';
import { takeInsurerEvent } from '../../../functions/settlement/take-insurer-event.ts';
import { Counter, tables } from '../counter.ts';
import { wireBill } from '../wire-bill.ts';

const insurer = '91440800MA4UUUUU29';
const policy = {
  ...{ policy_no: 'P1', product_code: 'PRO', certno: wireBill().certno as string },
  ...{ begn_date: '2024-01-01', end_date: '2024-12-31' },
  ...{ consent_no: 'C1', consent_begn: '2024-01-01', consent_end: '2024-12-31' },
};
const outcome = async (counter: Counter, id: string) =>
  (await readIncoming(counter.items, tables.messages, counter.services.sealer, insurer, id))?.outcome;

test('a policy whose product nobody declared is kept, and the insurer is told once that it waits for it', async () => {
  const counter = new Counter();
  const id = await counter.say(insurer, 'policy.upserted', policy);
  await takeInsurerEvent(counter.services, { box: 'in', insurer, id });
  expect(counter.sent().map(({ type, data }) => ({ type, ...data }))).toMatchObject([
    { type: 'policy.waiting', message_id: id, policy_no: 'P1', product_code: 'PRO', code: 'policy/no-product' },
  ]);
  expect(counter.sent()[0]!.body).not.toContain(policy.certno);
  expect(await outcome(counter, id)).toBe('applied, policy/no-product');
});

test('the same product of another insurer is not its own', async () => {
  const counter = new Counter();
  await counter.sell({ insurer: '91440101MA5AAAAA5N', product_code: 'PRO', name: 'x', mode: 'insurer' } as never);
  await counter.say(insurer, 'policy.upserted', policy);
  expect(counter.sent('policy.waiting')).toHaveLength(1);
});

test('of a product that was declared a moment ago nobody is told that it is not, whatever was read before', async () => {
  const counter = new Counter();
  await counter.sell({ insurer, product_code: 'PRO', name: 'x', mode: 'insurer' } as never);
  Object.assign(counter.services, { products: async () => [] });
  const id = await counter.say(insurer, 'policy.upserted', policy);
  expect(counter.sent('policy.waiting')).toEqual([]);
  expect(await outcome(counter, id)).toBe('applied');
});

test('once the product is declared the policy is asked, without being sent again, and no other waits', async () => {
  const counter = new Counter();
  await counter.say(insurer, 'policy.upserted', policy);
  await counter.sell({ insurer, product_code: 'PRO', name: 'x', mode: 'insurer' } as never);
  const again = await counter.say(insurer, 'policy.upserted', policy);
  expect(counter.sent('policy.waiting')).toHaveLength(1);
  expect(await outcome(counter, again)).toMatch(/^(applied|unchanged)$/);
  expect((await counter.answer()).shares).toMatchObject([{ insurer, product_code: 'PRO' }]);
});
