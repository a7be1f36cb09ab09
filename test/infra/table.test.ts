import { afterEach, expect, test, vi } from 'vitest';
import { tableOf } from '../../infra/cli/table.ts';

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
