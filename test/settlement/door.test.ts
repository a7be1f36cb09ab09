import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxBillBytes, readBill } from '../../functions/settlement/read-bill.ts';
import { medicalTypes } from '../../schemas/code-lists.ts';
import { isRefusal } from '../../schemas/errors.ts';
import { wireBill } from './wire-bill.ts';

const secret = 'a secret of at least thirty-two characters';
const read = (text: string | Uint8Array) => readBill(Buffer.from(text), secret);
const readObject = (bill: object) => read(JSON.stringify(bill));
const codeOf = (result: ReturnType<typeof read>) => (isRefusal(result) ? result.code : 'taken');

test('a good bill is taken; what is kept of it holds neither name nor number', () => {
  const taken = readObject(wireBill());
  expect(taken).toMatchObject({ bill: { medfee_sumamt: 1_000_000, psn_cash_pay: 300_000, hifmi_pay: 0 } });
  expect(JSON.stringify(taken)).not.toMatch(/110101199003074477|张三/);
});

describe('refused as a bad bill', () => {
  const bad: Record<string, object> = {
    'a JSON number': { psn_cash_pay: 3000 },
    'an exponent': { psn_cash_pay: '3e3' },
    'a third decimal': { psn_cash_pay: '3000.001' },
    'an amount above 10^13': { medfee_sumamt: '10000000000000.01' },
    'a leading zero': { psn_cash_pay: '03000.00' },
    'a thousands separator': { psn_cash_pay: '3,000.00' },
    'an empty amount': { psn_cash_pay: '' },
    'an amount below 0': { psn_cash_pay: '-1.00' },
    'an unknown field': { patient: 'x' },
    'a date that does not exist': { enddate: '2024-02-30' },
    'a stay that ends before it begins': { begndate: '2024-06-02' },
    'a time that does not exist': { setl_time: '2024-06-03 25:00:00' },
    'an id with a blank': { setl_id: 'S 1' },
    'an id of 31 characters': { setl_id: 'S'.repeat(31) },
    'a medical category in words': { med_type: '住院' },
    'a medical category of one digit': { med_type: '2' },
    'a medical category of seven digits': { med_type: '2101001' },
    'a missing sum': { medfee_sumamt: undefined },
    'a reversal of nothing': { refd_setl_flag: '1' },
  };
  test.each(Object.entries(bad))('%s', (_, also) => {
    expect(codeOf(readObject(wireBill({ also: also as Record<string, unknown> })))).toBe('settlement/bad-bill');
  });

  test('a reversal with an amount above 0, or of itself', () => {
    expect(codeOf(readObject(wireBill({ reverses: 'S1' })))).toBe('taken');
    expect(codeOf(readObject(wireBill({ reverses: 'S1', also: { acct_pay: '1.00' } })))).toBe('settlement/bad-bill');
    expect(codeOf(readObject(wireBill({ reverses: 'S1', setl_id: 'S1' })))).toBe('settlement/bad-bill');
  });

  test('a key named twice, the same value or not, at any depth, plain or escaped', () => {
    const text = JSON.stringify(wireBill());
    for (const twice of ['"psn_cash_pay":"3000.00"', '"psn_cash_pay":"1.00"', '"psn_cash\\u005fpay":"1.00"'])
      expect(codeOf(read(text.replace(/}$/, `,${twice}}`)))).toBe('settlement/bad-bill');
    expect(codeOf(read(text.replace(/}$/, ',"diag_codes":[{"a":1,"a":1}]}')))).toBe('settlement/bad-bill');
  });

  test('bytes that are no UTF-8, no JSON, no object, or nested without end', () => {
    const name = Buffer.from(JSON.stringify(wireBill()));
    name[name.indexOf(Buffer.from('张'))] = 0xff;
    for (const bytes of [
      name,
      Buffer.from(''),
      Buffer.from('[]'),
      Buffer.from('null'),
      Buffer.from('['.repeat(60_000)),
    ])
      expect(codeOf(read(bytes))).toBe('settlement/bad-bill');
  });

  test('anything else, and never by a fault', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), (input) => {
        expect(codeOf(read(input))).toBe('settlement/bad-bill');
      }),
    );
  });
});

test('every medical category of the national list, and an area’s own beneath it, is taken; a wrong one is named', () => {
  for (const med_type of [...Object.keys(medicalTypes.codes), '1901', '2102', '140104', '99'])
    expect(readObject(wireBill({ also: { med_type } }))).toMatchObject({ bill: { med_type } });
  for (const bill of [wireBill(), { compute: true }])
    expect(readObject({ ...bill, med_type: 'in' })).toMatchObject({
      issues: expect.arrayContaining([
        { path: 'med_type', message: expect.stringMatching(/医疗类别.*two to six digits/) },
      ]),
    });
});

test('every issue of a bill is said in Chinese and English', () => {
  for (const wrong of [
    { begndate: 'soon' },
    { setl_id: 5 },
    { setl_id: '' },
    { unknown_member: 1 },
    { med_type: undefined },
  ]) {
    const { issues = [] } = readObject({ ...wireBill(), ...wrong }) as { issues?: { message: string }[] };
    expect(issues.length).toBeGreaterThan(0);
    for (const { message } of issues) expect(message).toMatch(/\p{Script=Han}.* · .*[a-z]{3}/u);
  }
});

test('10^13 yuan is the most', () => {
  const most = { psn_cash_pay: '10000000000000.00', psn_part_amt: '10000000000000', medfee_sumamt: '10000000000000.0' };
  expect(codeOf(readObject(wireBill({ hifp_pay: 0, also: most })))).toBe('taken');
});

test('a bill longer than 64 kB is refused unread', () => {
  expect(codeOf(read(`${JSON.stringify(wireBill())}${' '.repeat(maxBillBytes)}`))).toBe('settlement/too-large');
});

test('a certificate number that cannot be used is named by its defect alone', () => {
  const refused = readObject(wireBill({ also: { certno: '110101199003074478' } }));
  expect(refused).toMatchObject({ code: 'settlement/unusable-certificate', details: { defect: 'bad-check-digit' } });
  expect(JSON.stringify(refused)).not.toContain('110101199003074478');
});

test('the same content has the same digest however it is written; any other content has another', () => {
  const digest = (bill: object) => (readObject(bill) as { digest: string }).digest;
  const bill = wireBill();
  const rewritten = Object.fromEntries(Object.entries({ ...bill, psn_cash_pay: '3000' }).reverse());
  expect(digest(rewritten)).toBe(digest(bill));
  for (const also of [
    { psn_name: '李四' },
    { invoice_no: '1' },
    { certno: '110101199003075883' },
    { setl_time: '2024-06-03 10:00:01' },
  ])
    expect(digest(wireBill({ also }))).not.toBe(digest(bill));
});
