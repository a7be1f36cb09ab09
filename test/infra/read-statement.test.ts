import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { clearingStatements, coreStatements } from '../../infra/cli/read-statement.ts';
import { UsageError } from '../../infra/cli/usage-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-statement-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Uint8Array): string {
  const path = join(folder, 'statement.csv');
  writeFileSync(path, content);
  return path;
}

/** `结算编号,医疗费总额` and two bills. */
const gb18030 = Buffer.from('bde1cbe3b1e0bac52cd2bdc1c6b7d1d7dcb6ee0a53312c312e30300a53322c322e30300a', 'hex');

describe('the core system’s file of a day', () => {
  test('gives every payer that it has a column for; an empty cell is 0, a column that is not there says nothing', async () => {
    const head = '结算编号,医疗费总额,统筹支付,大病支付,退费结算标志,姓名';
    const rows = ['S1,1000.00,600.00,,,张三', '"S2","1,000",¥1.5,0,否,李四', 'R1,-1000,-600,-1,1,张三'];
    const [paid, back] = await coreStatements(file(`\ufeff${[head, ...rows].join('\r\n')}\r\n`));
    expect(paid).toMatchObject({ count: 2, amount: '2000.00', refd_setl_flag: '0' });
    expect(paid?.items).toEqual([
      { setl_id: 'S1', amount: '1000.00', parts: { hifp_pay: '600.00', hifmi_pay: '0.00' } },
      { setl_id: 'S2', amount: '1000.00', parts: { hifp_pay: '1.50', hifmi_pay: '0.00' } },
    ]);
    expect(back?.items).toEqual([
      { setl_id: 'R1', amount: '-1000.00', parts: { hifp_pay: '-600.00', hifmi_pay: '-1.00' } },
    ]);
    expect(JSON.stringify([paid, back])).not.toMatch(/张三|李四/);
  });

  test('is read as spreadsheets leave it: a mark of the byte order before a quoted head, blanks, lines with nothing', async () => {
    const plain = file('结算编号,医疗费总额\nS1,1.00\nS2,2.00\n');
    const read = await coreStatements(plain);
    expect(read[0]?.items).toHaveLength(2);
    const left = '\ufeff"结算编号" , "医疗费总额"\r\n\r\n S1 ,"1.00" \r\n\r\n"S2", 2.00\r\n\r\n';
    expect(await coreStatements(file(left))).toEqual(read);
    expect(await coreStatements(file(new Uint8Array(gb18030)))).toEqual(read);
  });

  test.each([
    ['a row that is too long', 'setl_id,medfee_sumamt\nS1,1.00\nS2,1.00,张三', /第 3 行/],
    ['a quote that does not end', 'setl_id,medfee_sumamt\n"S1,1.00', /不是有效的 CSV/],
    ['no text', new Uint8Array([0xff, 0xfe, 0x00, 0x50, 0x4b, 0x81, 0xff]), /不是有效的 CSV/],
    ['nothing', '', /缺少列：结算编号、医疗费总额/],
    ['no column of the amount', 'setl_id\nS1', /缺少列：医疗费总额/],
    ['an amount that is none', 'setl_id,medfee_sumamt\nS1,张三', /第 2 行的 medfee_sumamt/],
    ['a bill without a number', 'setl_id,medfee_sumamt\n,1.00', /第 2 行的 setl_id/],
    ['a flag that is none', 'setl_id,medfee_sumamt,refd_setl_flag\nS1,1.00,张三', /第 2 行的 refd_setl_flag/],
  ])('with %s is refused: where, in both languages, and not with whose', async (_, content, zh) => {
    const refused: unknown = await coreStatements(file(content)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UsageError);
    const [chinese, english] = (refused as UsageError).message.split('\n');
    expect(chinese).toMatch(zh);
    expect(english).toMatch(/[a-z]{3}/);
    expect((refused as UsageError).message).not.toContain('张三');
  });
});

test('a clearing statement speaks of every product and insurer of the day: of one that it does not name, that nothing is cleared', async () => {
  const head = '保险公司统一社会信用代码,产品编码,结算编号,保单号,分单号,退费结算标志,清算金额';
  const rows = ['A,HMB,S1,P1,,,150.00', 'A,HMB,S2,P1,1,否,0.5', 'A,HMB,S1,P1,,是,-150', 'B,PRO,S1,P2,,0,1.00'];
  const booked = { insurer: 'A', product_code: 'OLD', refd_setl_flag: '0' } as const;
  const read = await clearingStatements(file([head, ...rows].join('\n')), [booked, { ...booked, product_code: 'HMB' }]);
  expect(read.every(({ source }) => source === 'clearing')).toBe(true);
  const told = read.map(({ insurer, product_code, refd_setl_flag, count, amount }) =>
    [insurer, product_code, refd_setl_flag, count, amount].join(' '),
  );
  expect(told.sort()).toEqual(['A HMB 0 2 150.50', 'A HMB 1 1 -150.00', 'A OLD 0 0 0.00', 'B PRO 0 1 1.00']);
  const paid = read.find(({ product_code, refd_setl_flag }) => product_code === 'HMB' && refd_setl_flag === '0');
  expect(paid?.items).toEqual([
    { setl_id: 'S1', policy_no: 'P1', policy_sub_no: '', amount: '150.00' },
    { setl_id: 'S2', policy_no: 'P1', policy_sub_no: '1', amount: '0.50' },
  ]);
});

test('a clearing statement without the columns that tell whose it is is refused, not read as nobody’s', async () => {
  const refused = clearingStatements(file('结算编号,金额\nS1,1.00\n'), []);
  await expect(refused).rejects.toThrow(/缺少列：保险公司统一社会信用代码、产品编码、保单号/);
});
