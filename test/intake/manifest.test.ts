import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sm3 } from 'sm-crypto-v2';
import { expect, test } from 'vitest';
import { checkCounts, checkDigest, parseManifest } from '../../functions/intake/manifest.ts';
import { parseObjectKey, sha256 } from '../../functions/intake/object-key.ts';
import { isRefusal } from '../../schemas/errors.ts';

const name = parseObjectKey('premium-payment/20220630-full-7.csv');
if (isRefusal(name)) throw new Error('no name');
const parsed = (manifest: unknown) => {
  const answer = parseManifest(typeof manifest === 'string' ? manifest : JSON.stringify(manifest), name);
  return isRefusal(answer) ? `${answer.code}: ${answer.details.reason}` : answer;
};

test.each([
  [{ feed: 'settlement' }, 'manifest-invalid: feed: settlement ≠ premium-payment'],
  [{ dataAsOf: '2022-06-29' }, 'manifest-invalid: dataAsOf: 2022-06-29 ≠ 2022-06-30'],
  [{ mode: 'delta' }, 'manifest-invalid: mode: delta ≠ full'],
  [{ sequence: 8 }, 'manifest-invalid: sequence: 8 ≠ 7'],
  [{ rows: 3 }, 'manifest-invalid: rows ∉ feed, dataAsOf, mode, sequence, rowCount, totals, digest'],
  [{ rowCount: -1 }, 'manifest-invalid: rowCount'],
  [{ dataAsOf: '2022-06-31' }, 'manifest-invalid: dataAsOf'],
  [{ totals: { ticket_no: '1.00' } }, 'manifest-invalid: totals: ticket_no'],
  [{ digest: { alg: 'md5', value: '00' } }, 'manifest-invalid: digest.alg, digest.value'],
  ['{"rowCount":', 'manifest-invalid: JSON'],
  ['[]', 'manifest-invalid: invalid_type'],
])('the manifest %j is refused: %s', (manifest, refusal) => {
  expect(parsed(manifest)).toBe(refusal);
});

test('a manifest may say everything, or nothing, and its date in either form', () => {
  expect(parsed({})).toEqual({});
  const all = { feed: 'premium-payment', mode: 'full', sequence: 7, rowCount: 3 };
  expect(parsed({ ...all, dataAsOf: '20220630' })).toEqual({ ...all, dataAsOf: '2022-06-30' });
});

test('rows and totals are compared, amount columns called by field or header', () => {
  const check = (manifest: unknown) => {
    const refusal = checkCounts(parsed(manifest) as never, name.feed, { rows: 3, totalsFen: { paid_amt: 96_010 } });
    return refusal?.code;
  };
  expect(check({ rowCount: 3, totals: { paid_amt: '960.10', 资助金额: '0.00' } })).toBeUndefined();
  expect(check({ totals: { 实缴金额: 960.1 } })).toBeUndefined();
  expect(check({ totals: { 实缴金额: 320.1 + 320 + 320.00000000000006 } })).toBeUndefined();
  expect(check({ rowCount: 2 })).toBe('count-differs');
  expect(check({ totals: { paid_amt: '960.11' } })).toBe('total-differs');
  expect(check({ totals: { paid_amt: 'lots' } })).toBe('total-differs');
});

test('SHA-256 and SM3 digests are checked over the bytes as they were sent', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'canbao-digest-')), 'file');
  const body = '证件号码,姓名\n'.repeat(10_000);
  writeFileSync(path, body);
  const check = async (alg: string, value: string) =>
    (await checkDigest(parsed({ digest: { alg, value } }) as never, path))?.code;
  expect(await check('sha256', sha256(body).toUpperCase())).toBeUndefined();
  expect(await check('sm3', sm3(body))).toBeUndefined();
  expect(await check('sm3', sha256(body))).toBe('digest-differs');
  expect(await check('sha256', sm3(body))).toBe('digest-differs');
});
