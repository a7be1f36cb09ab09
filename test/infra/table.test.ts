import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { tableOf, wrapped } from '../../infra/cli/table.ts';

afterEach(() => vi.unstubAllEnvs());

/** A table as it is drawn where the terminal has so many columns. */
function drawn(columns: string): string {
  vi.stubEnv('COLUMNS', columns);
  const table = tableOf(['编号 id\n结算 settlement', '状态 state', '', '金额 amount'], 3, { ruled: true });
  table.push(['dif_84aca0d8c939e77f116a61ec\nS1', '待处理 open', '', '12.50']);
  table.push(['dif_2', { colSpan: 3, content: '未收到 missing' }]);
  return table.toString();
}

test('a table is drawn where it fits, and where nobody says how wide the terminal is', () => {
  expect(drawn('80')).toContain('│ dif_84aca0d8c939e77f116a61ec │ 待处理 open │');
  expect(drawn('')).toBe(drawn('80'));
  const columns = drawn('').indexOf('\n');
  expect(drawn(String(columns))).toBe(drawn(''));
  expect(drawn(String(columns - 1))).not.toBe(drawn(''));
});

test('where the terminal is too narrow each row is a list of what stands under its heads', () => {
  expect(drawn('40').split('\n')).toEqual([
    '编号 id 结算 settlement:',
    ...['  dif_84aca0d8c939e77f116a61ec', '  S1'],
    '状态 state: 待处理 open',
    '金额 amount: 12.50',
    '',
    '编号 id 结算 settlement: dif_2',
    '未收到 missing',
  ]);
});

test('what is wrapped says the same, in lines no wider than asked but for a longer word; what is Chinese takes two columns', () => {
  expect(wrapped('按产品条款 v1 计算 Computed by the rules', 12).split('\n')).toEqual([
    '按产品条款',
    'v1 计算',
    'Computed by',
    'the rules',
  ]);
  expect(wrapped('保险公司', 8)).toBe('保险公司');
  expect(wrapped('保险公司', 7)).toBe('保险公\n司');
  expect(wrapped('a-word-that-is-longer short', 5)).toBe('a-word-that-is-longer\nshort');
  const words = fc.array(fc.constantFrom('保', '险', 'a', 'word', 'longest'), { maxLength: 12 });
  fc.assert(
    fc.property(words, fc.integer({ min: 7, max: 30 }), (some, columns) => {
      const lines = wrapped(some.join(' '), columns).split('\n');
      expect(lines.join(' ').replaceAll(' ', '')).toBe(some.join(''));
      for (const line of lines) expect(line.length + (line.match(/[保险]/g) ?? []).length).toBeLessThanOrEqual(columns);
    }),
  );
});
