import { expect, test } from 'vitest';
import { outgoingWrite } from '../../functions/insurers/outbox.ts';
import { type OutgoingType, outgoing, StoredOutgoing } from '../../schemas/messages.ts';
import { anInsurer, notice, world } from './world.ts';

const bodyOf = (codes: string[]): string => {
  const { data } = notice as { data: object };
  const message = { ...notice, insurer: anInsurer, id: 'm1', at: '2026-03-02T02:00:00Z', type: 'settlement.notice' };
  const write = outgoingWrite('messages', { ...message, data: { ...data, diag_codes: codes } } as never);
  return StoredOutgoing.parse((write as { put: object }).put).body;
};

test('a message to an insurer is type, timestamp and data, amounts as text', () => {
  const body = JSON.parse(bodyOf([])) as Record<string, unknown>;
  expect(Object.keys(body)).toEqual(['type', 'timestamp', 'data']);
  expect(body).toMatchObject({
    type: 'settlement.notice',
    timestamp: '2026-03-02T02:00:00.000Z',
    data: { medfee_sumamt: '1000.00', base_amt: '400.00', payers: { hifp_pay: '600.00' } },
  });
});

test('20 kB are sent, counted in bytes; one more is the fault of whoever made the message', () => {
  const empty = Buffer.byteLength(bodyOf(['']));
  const left = 20_000 - empty;
  const filling = '参'.repeat(Math.floor(left / 3)) + 'x'.repeat(left % 3);
  expect(Buffer.byteLength(bodyOf([filling]))).toBe(20_000);
  expect(() => bodyOf([`${filling}x`])).toThrow('longer than 20 kB');
});

test('no message to an insurer has a member for a name or a certificate number, nor lets one in', async () => {
  const hub = await world();
  for (const type of Object.keys(outgoing) as OutgoingType[])
    for (const member of ['psn_name', 'certno', 'psn_cert_type', 'name', 'tel']) {
      const { data } = outgoing[type].shape;
      expect(Object.keys(data.shape)).not.toContain(member);
      // For what it says too much, whatever else it does not say.
      const strange = expect.objectContaining({ code: 'unrecognized_keys', keys: [member] });
      expect(data.safeParse({ [member]: 'x' }).error?.issues).toContainEqual(strange);
      await expect(hub.tell('m1', { type, data: { [member]: 'x' } } as never)).rejects.toThrow('unrecognized_keys');
    }
  await expect(hub.tell('m1', { ...notice, data: { ...notice.data, psn_name: 'x' } } as never)).rejects.toThrow();
  expect(hub.items.all('messages')).toEqual([]);
  expect(await hub.tell('m1', notice)).toBe(true);
});
