import type { Context, SQSRecord } from 'aws-lambda';
import { beforeAll, expect, test } from 'vitest';
import { bodyKey } from '../../functions/insurers/messages-table.ts';
import { takeInsurerEvent } from '../../functions/settlement/take-insurer-event.ts';
import { InsurerEvent } from '../../schemas/messages.ts';
import { Counter, tables } from './counter.ts';
import { asks, usccs } from './insurers.ts';

const [A] = usccs(1) as [string];
let queueHandler: typeof import('../../functions/runtime/queues.ts').queueHandler;
beforeAll(async () => {
  process.env.AWS_REGION ??= 'us-west-2';
  ({ queueHandler } = await import('../../functions/runtime/queues.ts'));
});

/** Hands messages of insurers to settlement as the queue does. @returns the ids that are to come again. */
async function batch(counter: Counter, ids: readonly string[]): Promise<string[]> {
  const handler = queueHandler(InsurerEvent, (event) => takeInsurerEvent(counter.services, event));
  const records = ids.map((id) => ({
    messageId: id,
    body: JSON.stringify({ box: 'in', insurer: A, id }),
    attributes: {},
  }));
  const context = { getRemainingTimeInMillis: () => 60_000 } as Context;
  const { batchItemFailures } = await handler({ Records: records as SQSRecord[] }, context);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

async function asked(bills: number): Promise<Counter> {
  const counter = new Counter();
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  for (let n = 0; n < bills; n++) await counter.settle({ setl_id: `S${n}` });
  await counter.deliver();
  return counter;
}

const shareOf = async (counter: Counter, n: number) => (await counter.state(`S${n}`)).shares[0];

test('a poison message in a batch of ten comes again by itself; the nine others have their effect, once', async () => {
  const counter = await asked(10);
  const ids: string[] = [];
  for (let n = 0; n < 10; n++) ids.push(await kept(counter, n));
  const sealed = { table: tables.messages, update: bodyKey(A, ids[4]!), set: { sealed: new Uint8Array([1, 2, 3]) } };
  await counter.items.write([sealed]);
  for (const times of [1, 2]) {
    expect([times, await batch(counter, ids)]).toEqual([times, [ids[4]]]);
    for (let n = 0; n < 10; n++)
      expect([n, (await shareOf(counter, n))?.state]).toEqual([n, n === 4 ? 'pending' : 'posted']);
    expect(counter.sent('claim.posted')).toHaveLength(9);
  }
});

test('a redrive days later has no second effect, and gives what was never taken its first', async () => {
  const counter = await asked(2);
  const taken = await counter.adjudicate(A, 'P-care', '100.00', { setl_id: 'S0' });
  const waiting = await kept(counter, 1);
  const before = await counter.state('S0');
  counter.hours(5 * 24);
  expect(await batch(counter, [taken, waiting, taken, waiting])).toEqual([]);
  expect(await counter.state('S0')).toEqual(before);
  // It came in time; that it was taken late is not the insurer's fault.
  expect(await shareOf(counter, 1)).toMatchObject({ state: 'posted', paidFen: 10_000 });
  expect(counter.sent('claim.posted')).toHaveLength(2);
});

/** The answer to a bill as the wire keeps it; settlement has not heard of it. */
function kept(counter: Counter, n: number): Promise<string> {
  const claim = { setl_id: `S${n}`, policy_no: 'P-care', policy_sub_no: '', insurer_claim_no: 'K1' };
  const data = { ...claim, decision: 'approved', paid_amt: '100.00' };
  return counter.letIn(A, { type: 'claim.adjudicated', timestamp: new Date(counter.time).toISOString(), data });
}
