import { beforeEach, describe, expect, test } from 'vitest';
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
let counter: Counter;
beforeEach(async () => {
  counter = new Counter();
  await counter.sell({ insurer, product_code: 'PRO', name: 'x', mode: 'insurer' } as never);
});

/** Each a minute after the one before, so that it is the newer statement. */
const say = async (type: 'policy.upserted' | 'policy.terminated' | 'consent.revoked', data: object) => {
  counter.time += 60_000;
  return counter.say(insurer, type, data as never);
};
const revoke = (consent_no: string, policy_no = 'P1') =>
  say('consent.revoked', { policy_no, consent_no, revoked_at: new Date(counter.time).toISOString() });
const told = () =>
  counter
    .sent('policy.waiting')
    .map(({ data }) => [data.message_id, data.code])
    .sort();
const outcome = async (id: string) =>
  (await readIncoming(counter.items, tables.messages, counter.services.sealer, insurer, id))?.outcome;
const noticesOf = async (setl_id: string) => {
  await counter.settle({ setl_id });
  return counter.sent('settlement.notice').filter((notice) => notice.setl_id === setl_id).length;
};

describe('an insurer that believes data have stopped, or flow, and is wrong, is told once', () => {
  test('a revocation under a number that is not the one in force: the number is dead, the consent in force is not', async () => {
    await say('policy.upserted', policy);
    const id = await revoke('C9');
    await takeInsurerEvent(counter.services, { box: 'in', insurer, id });
    expect(told()).toEqual([[id, 'policy/consent-not-in-force']]);
    expect(await outcome(id)).toBe('applied, policy/consent-not-in-force');
    expect(await noticesOf('S1')).toBe(1);
    const again = await say('policy.upserted', { ...policy, consent_no: 'C9' });
    expect(told()).toContainEqual([again, 'policy/consent-revoked']);
    expect(await noticesOf('S2')).toBe(0);
  });

  test('in words of both languages, without what says who the person is', async () => {
    await say('policy.upserted', policy);
    await revoke('C9');
    const { data, body } = counter.sent('policy.waiting')[0]!;
    expect(data.reason).toMatchObject({
      zh: expect.stringMatching(/\p{Script=Han}/u),
      en: expect.stringMatching(/in force/),
    });
    expect(data).not.toHaveProperty('product_code');
    expect(body).not.toContain(policy.certno);
  });

  test.each([
    ['consent.revoked', { consent_no: 'C1', revoked_at: '2024-06-03T00:00:00Z' }],
    ['policy.terminated', {}],
  ] as const)(
    '%s of a policy that nobody knows, also of another number beside one that is known',
    async (type, data) => {
      await say('policy.upserted', policy);
      const ids = [
        await say(type, { ...data, policy_no: 'P2' }),
        await say(type, { ...data, policy_no: 'P1', policy_sub_no: '1' }),
      ];
      expect(told()).toEqual(ids.map((id) => [id, 'policy/unknown']));
      expect(await noticesOf('S1')).toBe(1);
    },
  );

  test('a policy that comes under a revoked consent, whichever came first', async () => {
    const early = await revoke('C1');
    const id = await say('policy.upserted', policy);
    expect(told()).toEqual([
      [early, 'policy/unknown'],
      [id, 'policy/consent-revoked'],
    ]);
    expect(await noticesOf('S1')).toBe(0);
  });
});

test('what does what it says is told nothing: a revocation of the consent in force, twice, a new consent, a termination', async () => {
  await say('policy.upserted', policy);
  await revoke('C1');
  await revoke('C1');
  expect(await noticesOf('S1')).toBe(0);
  await say('policy.upserted', { ...policy, consent_no: 'C2' });
  expect(await noticesOf('S2')).toBe(1);
  await say('policy.terminated', { policy_no: 'P1' });
  expect(await noticesOf('S3')).toBe(0);
  expect(told()).toEqual([]);
});

test('a policy of no product and under a revoked consent is told both', async () => {
  await revoke('C1');
  const id = await say('policy.upserted', { ...policy, product_code: 'TYPO' });
  expect(told().filter(([message]) => message === id)).toEqual(
    expect.arrayContaining([
      [id, 'policy/consent-revoked'],
      [id, 'policy/no-product'],
    ]),
  );
});

describe('a statement that is kept and looks like a slip', () => {
  const state = (data: object) =>
    counter.say(insurer, 'reconciliation.statement', {
      ...{ day: '2024-06-02', product_code: 'PRO', refd_setl_flag: '0', count: 0, amount: '0.00', items: [] },
      ...data,
    } as never);
  const toldOf = () => counter.sent('statement.waiting').map(({ data }) => [data.message_id, data.code]);

  test.each([
    ['of a product that nobody declared', { product_code: 'TYPO' }, 'statement/no-product'],
    ['of a day that has not come', { day: '2024-06-04' }, 'statement/day-ahead'],
  ])('%s is told once', async (_, data, code) => {
    const id = await state(data);
    await takeInsurerEvent(counter.services, { box: 'in', insurer, id });
    expect(toldOf()).toEqual([[id, code]]);
    expect(await outcome(id)).toBe(`kept, ${code}`);
  });

  test('is no other: of today, and of a day that is over, nothing is told', async () => {
    await state({});
    const id = await state({ day: '2024-06-03' });
    expect(toldOf()).toEqual([]);
    expect(await outcome(id)).toBe('kept');
  });
});
