import { beforeEach, describe, expect, test } from 'vitest';
import { messageKey } from '../../functions/insurers/messages-table.ts';
import { acceptSettlement } from '../../functions/settlement/accept.ts';
import { policyAfter } from '../../functions/settlement/policies/policy-after.ts';
import { policyStore, policyWrites } from '../../functions/settlement/policies/policy-store.ts';
import { apply } from '../../functions/settlement/settle.ts';
import { takeInsurerEvent } from '../../functions/settlement/take-insurer-event.ts';
import { Counter, tables } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';
import { certificateOf } from './policies/policy-builders.ts';
import { wireBill } from './wire-bill.ts';

const [A, B] = usccs(2) as [string, string];
let counter: Counter;
beforeEach(() => {
  counter = new Counter();
});

const consent = { consent_no: 'C1', consent_begn: '2024-01-01', consent_end: '2024-12-31', fields: [] as string[] };
const revoke = (insurer: string, policy_no: string) =>
  counter.say(insurer, 'consent.revoked', {
    policy_no,
    consent_no: 'C1',
    revoked_at: new Date(counter.time).toISOString(),
  });

test.each([
  ['no-consent', { consent: undefined }],
  ['no-consent', { consent: { ...consent, consent_end: '2024-06-02' } }],
  ['outside-dates', { begn_date: '2024-05-21' }],
  ['outside-dates', { end_date: '2024-05-31' }],
  ['terminated', { policy_stas: '2' as const }],
  ['no-product', { product_code: 'unknown' }],
])('%s: nobody is told, the share is absent and the reason is kept', async (reason, terms) => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care', terms);
  expect(await counter.answer()).toMatchObject({
    shares: [],
    not_asked: [{ insurer: A, reason }],
    psn_cash_pay: '3000.00',
  });
  expect(counter.sent()).toEqual([]);
});

test.each([
  ['excluded-med-type', { excludedMedTypes: ['21'] }, {}],
  ['waiting-period', {}, { wait_end: '2024-05-21' }],
  ['waiting-period', { waitingDays: 141 }, {}],
  ['no-scope-amount', { counts: 'within-policy' }, {}],
])('%s: what the declared rules do not cover is not asked', async (reason, rules, terms) => {
  await counter.sell(computes(A, 'hui', rules));
  await counter.insure(A, 'hui', terms);
  expect(await counter.answer()).toMatchObject({ shares: [], not_asked: [{ reason }] });
});

test('a consent revoked when the notice was given up already: no replay brings it out again', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle();
  const [notice] = counter.sent('settlement.notice');
  await counter.outcomeOfSending(A, notice!.id, { state: 'parked', attempts: 10 });
  expect((await counter.state()).shares).toMatchObject([{ state: 'expired', reason: 'not-sent' }]);
  await revoke(A, 'P-care');
  expect(counter.sent('settlement.notice')).toMatchObject([{ state: 'lapsed' }]);
});

test('a consent revoked before the notice was accepted: it is not tried again and the share is void', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle();
  const [notice] = counter.sent('settlement.notice');
  await counter.outcomeOfSending(A, notice!.id, { attempts: 2 });
  await revoke(A, 'P-care');
  expect((await counter.state()).shares).toMatchObject([{ state: 'voided', reason: 'consent-revoked' }]);
  expect(counter.sent('settlement.notice')).toMatchObject([{ state: 'lapsed' }]);
  await counter.adjudicate(A, 'P-care', '1.00');
  expect(counter.sent('claim.refused')).toMatchObject([{ data: { code: 'settlement/share-voided' } }]);
  expect(await counter.answer({ setl_id: 'S2' })).toMatchObject({ not_asked: [{ reason: 'consent-revoked' }] });
});

test('a consent revoked after the notice was accepted: the share is answered all the same, noted or not', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle();
  await counter.deliver();
  await revoke(A, 'P-care');
  expect((await counter.state()).shares).toMatchObject([{ state: 'pending' }]);
  await counter.adjudicate(A, 'P-care', '1.00');
  expect((await counter.state()).shares).toMatchObject([{ state: 'posted' }]);
});

test('accepted, but the news of it not yet taken when the consent is revoked: the share stays', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle();
  const [notice] = counter.sent('settlement.notice');
  const set = { state: 'accepted', acceptedAt: new Date(counter.time).toISOString(), attempts: 1 };
  await counter.items.write([{ table: 'messages', update: messageKey('out', A, notice!.id), set }]);
  await revoke(A, 'P-care');
  expect((await counter.state()).shares).toMatchObject([{ state: 'pending', noticedAt: set.acceptedAt }]);
});

test('whoever says who is asked: where the consent does not cover the moment, nothing is written to the insurer', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.settle();
  const [accept] = (await counter.state()).commands;
  if (accept?.kind !== 'accept') throw new Error('Nothing was accepted.');
  const ended = accept.coverages.map((one) => ({ ...one, consent: { ...one.consent, consent_end: '2024-06-02' } }));
  expect(apply(undefined, accept)).toMatchObject({
    messages: [{ insurer: A }],
    state: { shares: [{ state: 'pending' }] },
  });
  expect(apply(undefined, { ...accept, coverages: ended })).toMatchObject({
    messages: [],
    state: { shares: [{ state: 'voided', reason: 'no-longer-covered' }] },
  });
});

test('that a notice hangs on a consent is noted while it may go out, and no longer', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  const noted = () => counter.items.all(tables.policies).flatMap(({ sk }) => (sk.startsWith('open#') ? [sk] : []));
  await counter.settle();
  expect(noted()).toEqual(['open#S1']);
  await counter.deliver();
  expect(noted()).toEqual([]);
  await counter.settle({ setl_id: 'S2' });
  await counter.adjudicate(A, 'P-care', '1.00', { setl_id: 'S2' });
  await counter.settle({ setl_id: 'S3' });
  await counter.settle({ reverses: 'S3' });
  await counter.settle({ setl_id: 'S4' });
  await revoke(A, 'P-care');
  expect(noted()).toEqual([]);
});

test('a consent that ends before the notice could be sent: nothing goes out after its last day', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care', { consent: { ...consent, consent_end: '2024-06-03' } });
  await counter.settle();
  const [notice] = counter.sent('settlement.notice');
  expect(notice).toMatchObject({ sendBefore: '2024-06-03T16:00:00.000Z' });
  await counter.outcomeOfSending(A, notice!.id, { state: 'lapsed', attempts: 3 });
  expect((await counter.state()).shares).toMatchObject([{ state: 'voided', reason: 'consent-ended' }]);
});

test('a consent revoked while another insurer is asked: at its turn the share is void and nobody is told', async () => {
  await counter.sell(asks(A, 'care'));
  await counter.insure(A, 'care');
  await counter.sell(computes(B, 'hui'));
  await counter.insure(B, 'hui');
  counter.settings = { ...counter.settings, payerOrder: [{ insurer: A }] };
  await counter.settle();
  await revoke(B, 'P-hui');
  await counter.adjudicate(A, 'P-care', '100.00');
  expect((await counter.state()).shares).toMatchObject([
    { state: 'posted' },
    { state: 'voided', reason: 'no-longer-covered' },
  ]);
  expect(counter.sent('settlement.notice').map(({ insurer }) => insurer)).toEqual([A]);
});

test('mode hub: the share stays posted and its notice goes out, though the consent is revoked', async () => {
  await counter.sell(computes(A, 'hui'));
  await counter.insure(A, 'hui');
  await counter.settle();
  await revoke(A, 'P-hui');
  expect((await counter.state()).shares).toMatchObject([{ state: 'posted' }]);
  expect(counter.sent('settlement.notice')).toMatchObject([{ state: 'due' }]);
  expect(counter.sent('settlement.notice')[0]?.sendBefore).toBeUndefined();
});

describe.each([
  ['insurer', asks(A, 'care')],
  ['hub', computes(A, 'care')],
] as const)('mode %s: between the reading of the policies and the writing', (_, product) => {
  const ends = async () => void (await counter.say(A, 'policy.terminated', { policy_no: 'P-care' }));
  const revokes = async () => void (await revoke(A, 'P-care'));
  /** Whatever reads the policies, this happens right after it, once. */
  const thereupon = (happens: () => Promise<void>) => {
    let happened = false;
    const { ofPerson } = counter.services;
    return {
      ...counter.services,
      ofPerson: async (personRef: string) => {
        const found = await ofPerson(personRef);
        if (!happened) {
          happened = true;
          await happens();
        }
        return found;
      },
    };
  };

  test.each([
    ['revoked', revokes, 'consent-revoked'],
    ['terminated', ends, 'terminated'],
  ])('what was %s is computed again: no share, no notice, nothing counted', async (_, happens, reason) => {
    await counter.sell(product);
    await counter.insure(A, 'care');
    await acceptSettlement(thereupon(happens), Buffer.from(JSON.stringify(wireBill())));
    expect(await counter.state()).toMatchObject({ shares: [], notAsked: [{ reason }] });
    expect(counter.sent('settlement.notice')).toEqual([]);
    expect(await counter.accumulators()).toEqual([]);
  });

  test.each([
    ['revoked', revokes],
    ['terminated', ends],
  ])('%s at the turn of a share that has waited: it is void', async (_, happens) => {
    await counter.sell(asks(B, 'first'));
    await counter.insure(B, 'first');
    await counter.sell(product);
    await counter.insure(A, 'care');
    counter.settings = { ...counter.settings, payerOrder: [{ insurer: B }] };
    await counter.settle();
    const [notice] = counter.sent('settlement.notice');
    const set = { state: 'parked', attempts: 10 };
    await counter.items.write([{ table: tables.messages, update: messageKey('out', B, notice!.id), set }]);
    await takeInsurerEvent({ ...counter.services, ...thereupon(happens) }, { box: 'out', insurer: B, id: notice!.id });
    expect((await counter.state()).shares).toMatchObject([
      { insurer: B, state: 'expired' },
      { insurer: A, state: 'voided', reason: 'no-longer-covered' },
    ]);
    expect(counter.sent('settlement.notice').map(({ insurer }) => insurer)).toEqual([B]);
  });
});

describe('a notice that was not accepted yet goes out no more, and its share is void, when the newer statement', () => {
  const terms = { policy_no: 'P-care', product_code: 'care', begn_date: '2024-01-01', end_date: '2024-12-31' };
  const own = String(wireBill().certno);
  const consented = { consent_no: 'C2', consent_begn: '2024-01-01', consent_end: '2024-12-31' };
  const asked = async () => {
    await counter.sell(asks(A, 'care'));
    await counter.insure(A, 'care');
    await counter.settle();
    counter.hours(0.1);
  };
  const shareIsVoid = async () => {
    expect((await counter.state()).shares).toMatchObject([{ state: 'voided', reason: 'consent-ended' }]);
    expect(counter.sent('settlement.notice')).toMatchObject([{ state: 'lapsed' }]);
  };

  test('names no consent', async () => {
    await asked();
    await counter.say(A, 'policy.upserted', { ...terms, certno: own });
    await shareIsVoid();
  });

  test('says that the policy is another person’s', async () => {
    await asked();
    await counter.say(A, 'policy.upserted', { ...terms, ...consented, certno: certificateOf(1) });
    await shareIsVoid();
  });

  test('is a roster, which nobody sends a message about', async () => {
    await asked();
    const key = { insurer: A, policy_no: 'P-care', policy_sub_no: '' };
    const known = await policyStore(counter.items, tables.policies).record(key);
    const { consent: _, ...rest } = known!.listed!.terms;
    const listed = { asOf: '2024-06-03T00:00:00.000Z', source: 'roster:2', terms: rest };
    const fact = { kind: 'listed' as const, ...listed };
    await counter.items.write(policyWrites(tables.policies, known, policyAfter(known, key, fact)));
    counter.hours(1);
    await counter.sweep();
    await shareIsVoid();
  });

  test('names a new consent after the one it was asked under was revoked, in either order', async () => {
    await asked();
    await counter.say(A, 'policy.upserted', { ...terms, ...consented, certno: own });
    expect((await counter.state()).shares).toMatchObject([{ state: 'pending' }]);
    await revoke(A, 'P-care');
    expect((await counter.state()).shares).toMatchObject([{ state: 'voided', reason: 'consent-revoked' }]);
    expect(counter.sent('settlement.notice')).toMatchObject([{ state: 'lapsed' }]);
  });
});

test('further fields go out only where product and consent both name them', async () => {
  await counter.sell({ ...asks(A, 'care'), furtherFields: ['diag_codes'] });
  await counter.insure(A, 'care', { consent: { ...consent, fields: ['diag_codes', 'invoice_no'] } });
  await counter.sell({ ...asks(B, 'plus'), furtherFields: ['diag_codes', 'invoice_no'] });
  await counter.insure(B, 'plus');
  counter.settings = { ...counter.settings, payerOrder: [{ insurer: A }] };
  await counter.settle({ psn_cash_pay: 100, also: { diag_codes: ['I10'], invoice_no: 'N1' } });
  await counter.adjudicate(A, 'P-care', '0.10');
  const [toA, toB] = counter.sent('settlement.notice').map(({ data }) => data);
  expect(toA).toMatchObject({ diag_codes: ['I10'] });
  expect(toA).not.toHaveProperty('invoice_no');
  expect(toB).not.toHaveProperty('diag_codes');
});
