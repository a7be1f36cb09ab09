import { expect, it } from 'vitest';
import { acceptSettlement } from '../../functions/settlement/accept.ts';
import { Counter } from './counter.ts';
import { wireBill } from './wire-bill.ts';

it('the moment of acceptance lies before the policies are read: what is revoked after the reading covered it', async () => {
  const counter = new Counter();
  let readAt = 0;
  const slowly: typeof counter.services = {
    ...counter.services,
    ofPerson: async (personRef) => {
      const found = await counter.services.ofPerson(personRef);
      readAt = counter.time;
      counter.time += 10_000;
      return found;
    },
  };

  await acceptSettlement(slowly, Buffer.from(JSON.stringify(wireBill())));

  expect(Date.parse((await counter.state()).receivedAt)).toBe(readAt);
});
