import { beforeEach, expect, test } from 'vitest';
import { IncomingMessage } from '../../schemas/messages.ts';
import { Counter } from './counter.ts';
import { asks, usccs } from './insurers.ts';

const [A] = usccs(1) as [string];
let counter: Counter;

beforeEach(async () => {
  counter = new Counter();
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle();
});

const message = (type: string, data: object) => ({ type, timestamp: '2024-06-03T10:00:00+08:00', data });
/** Let in before a decline had to say why. */
const decline = message('claim.adjudicated', {
  ...{ setl_id: 'S1', policy_no: 'P-care', policy_sub_no: '' },
  ...{ decision: 'declined', paid_amt: '0.00', insurer_claim_no: 'K1' },
});
/** Let in before a statement had to agree with itself. */
const statement = message('reconciliation.statement', {
  ...{ day: '2024-06-02', product_code: 'care', refd_setl_flag: '0', count: 2, amount: '5.00' },
  items: [{ setl_id: 'S9', policy_no: 'P-care', policy_sub_no: '', amount: '5.00' }],
});

test('what an older hub let in and today’s door refuses is taken all the same: a decline that does not say why', async () => {
  expect(IncomingMessage.safeParse(decline).success).toBe(false);
  await counter.kept(A, decline);
  expect((await counter.state()).shares).toMatchObject([{ state: 'declined', paidFen: 0 }]);
  expect(counter.sent('claim.posted')).toMatchObject([{ data: { decision: 'declined' } }]);
});

test('so is one that stood in the reply to a notice', async () => {
  const [notice] = counter.sent('settlement.notice');
  const answer = JSON.stringify(decline);
  await counter.outcomeOfSending(A, notice!.id, { state: 'accepted', attempts: 1, answer });
  expect((await counter.state()).shares).toMatchObject([{ state: 'declined', paidFen: 0 }]);
});

test('so is a statement that contradicts itself: that is a difference, and so is what the hub has not', async () => {
  expect(IncomingMessage.safeParse(statement).success).toBe(false);
  const id = await counter.kept(A, statement);
  const [kept] = counter.items.all('messages', `in#${A}#${id}`).filter(({ sk }) => sk === 'message');
  expect(kept).toMatchObject({ state: 'handled' });
  const found = counter.differences().map((one) => String(one.class));
  expect(found.sort()).toEqual(['insurer-only', 'sums-differ']);
});
