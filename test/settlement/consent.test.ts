import { beforeEach, expect, test } from 'vitest';
import { messageKey } from '../../functions/insurers/messages-table.ts';
import { Counter } from './counter.ts';
import { asks, computes, usccs } from './insurers.ts';

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
