import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fenOfYuan, yuanOfFen } from '../../schemas/money.ts';

test('fen to yuan and back is the same amount', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (fen) => fenOfYuan(yuanOfFen(fen)) === fen || fen === 0),
  );
});

test.each([
  ['320', 32000],
  ['-0.05', -5],
  ['¥1,234.50', 123450],
  ['￥-320元', -32000],
  ['.5', 50],
])('%s yuan are %d fen', (yuan, fen) => expect(fenOfYuan(yuan)).toBe(fen));

test.each(['', '元', '320.005', '1,23', '--1', '1.2.3', '1e3'])('"%s" is no amount', (yuan) => {
  expect(fenOfYuan(yuan)).toBeUndefined();
});

test.each([
  [0, '0.00'],
  [5, '0.05'],
  [-123450, '-1234.50'],
])('%d fen are written %s', (fen, yuan) => expect(yuanOfFen(fen)).toBe(yuan));
