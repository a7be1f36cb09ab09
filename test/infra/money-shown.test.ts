import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DifferenceHistory, DifferenceView } from '../../schemas/difference.ts';
import type { DayView } from '../../schemas/reconciliation.ts';
import type { SettlementAnswer, SettlementView } from '../../schemas/settlement.ts';
import type { Statement, StatementLine } from '../../schemas/statement.ts';
import { runCanbao, someKey } from './run-canbao.ts';

/** The longest that ids, codes and amounts become in practice. */
const uscc = '91500299MA5CANBA29';
const setl_id = 'S20261122-00000000000000000001';
const policy_no = 'PABC-2026-0000000000000001';
const amount = '1238640.50';

const difference: DifferenceView = {
  ...{ id: 'dif_84aca0d8c939e77f116a61ec', day: '2026-11-22', source: 'insurer', class: 'answer-above-remainder' },
  ...{ key: 'k', insurer: uscc, product_code: 'HMB', setl_id, policy_no, refd_setl_flag: '0', state: 'explained' },
  ...{ openedAt: '2026-11-22T16:30:00.000Z', owner: `insurer:${uscc}`, version: 2, ageDays: 365 },
  ...{ hub_amt: amount, other_amt: amount },
};
const history: DifferenceHistory = {
  ...{ ...difference, otherDay: '2026-11-23', note: { zh: '不符的金额：x', en: 'Amounts that differ: x' } },
  events: [
    { n: 1, at: '2026-11-23T02:00:00.000Z', by: 'operator/li', to: 'explained', reason: '次日补记', owner: 'li' },
  ],
};
const scope = { source: 'clearing', insurer: uscc, product_code: 'HMB-2026-DEMO', refd_setl_flag: '1' } as const;
const totals = { count: 123_456, amount };
const day: DayView = {
  ...{ day: '2026-11-22', closedAt: '2026-11-22T16:30:03.000Z', booked: [], differences: [difference] },
  results: [
    { ...scope, day: '2026-11-22', hub: totals, other: totals, contradicts: false, differences: ['x'], equal: false },
  ],
  missing: [{ ...scope, source: 'insurer', dueBy: '2026-11-23T04:00:00.000Z', overdue: true }],
  differenceCount: 201,
};
const booked = { insurer: uscc, product_code: 'HMB-2026-DEMO' } as const;
const today: DayView = {
  ...{ day: '2026-11-23', closedAt: null, results: [], missing: [], differences: [], differenceCount: 0 },
  booked: [
    { ...booked, refd_setl_flag: '0' },
    { ...booked, refd_setl_flag: '1' },
  ],
};
const line = (more: Partial<StatementLine>): StatementLine => ({
  ...{ payer: { zh: '居民大病', en: 'Residents, serious illness' }, account: 'payer:hifmi_pay', state: 'posted' },
  ...{ base: amount, amount, left: amount, rule: { zh: '按医保结算', en: 'As settled by the core system' }, ...more },
});
const statement: Statement = {
  ...{ setl_id, provider: 'H50029900001', at: '2026-11-20T16:30:00.000Z', medfee_sumamt: amount },
  lines: [
    line({}),
    line({
      policy: { insurer: uscc, product_code: 'HMB-2026-DEMO', policy_no, policy_sub_no: '' },
      rule: { zh: '按产品条款 v1 计算', en: "Computed by the product's rules, v1" },
      explanation: [
        { zh: '超出年度封顶线', en: 'No more than the cap of the year for a policy', base: amount, result: amount },
      ],
      state: 'expired',
    }),
  ],
  ...{ payouts: [line({ state: 'payout' })], acct_pay: '0.00', acct_mulaid_pay: '0.00', psn_cash_pay: amount },
};
const settlement: SettlementView = {
  ...{ setl_id, state: 'settled', received_at: '2026-11-20T16:29:58.000Z', settled_at: '2026-11-20T16:30:00.000Z' },
  not_asked: [{ ...{ insurer: uscc, policy_no, policy_sub_no: '' }, product_code: 'HMB', reason: 'consent-revoked' }],
  late: [
    {
      ...{ insurer: uscc, policy_no, policy_sub_no: '', product_code: 'HMB-2026-DEMO' },
      ...{ decision: 'approved', paid_amt: amount, at: '2026-11-25T02:00:00.000Z' },
    },
  ],
};
const policy = { insurer: uscc, product_code: 'PRO', policy_no, policy_sub_no: '' };
/** One insurer answered after the counter and paid the patient; another one had not answered when all was reversed. */
const other = { ...policy, policy_no: 'P2' };
const paidOut: Statement = {
  ...{ ...statement, setl_id: 'S2', lines: [line({ policy: other, state: 'voided', amount: '0.00' })] },
  payouts: [line({ policy, state: 'payout', amount: '240.00' })],
  reversed: {
    at: '2026-11-22T02:00:00.000Z',
    entries: [
      { payer: { zh: '个人现金', en: 'Cash' }, account: 'patient', amount: '-160.00' },
      { payer: { zh: '商保 PRO', en: 'Insurer, PRO' }, account: `insurer:${uscc}:PRO`, amount: '-240.00' },
    ],
  },
};
const reversal: SettlementAnswer = {
  ...{ setl_id: 'R2', state: 'reversed', medfee_sumamt: '-1000.00', payers: { hifp_pay: '-600.00' }, not_asked: [] },
  shares: [{ ...other, state: 'voided', paid_amt: '0.00', reason: 'reversed' }],
  payouts: [{ ...policy, state: 'posted', paid_amt: '-240.00' }],
  ...{ acct_pay: '0.00', acct_mulaid_pay: '0.00', psn_cash_pay: '-400.00' },
};
const answers: Record<string, object> = {
  '/v1/settlements': reversal,
  '/v1/settlements/S2': { ...settlement, setl_id: 'S2', state: 'reversed', late: undefined },
  '/v1/settlements/S2/statement': paidOut,
  '/v1/settlements/R2': {
    ...{ setl_id: 'R2', orig_setl_id: 'S2', received_at: '2026-11-22T02:00:00.000Z', counter: reversal },
  },
  '/v1/differences?state=open&limit=100': { differences: [difference, { ...difference, hub_amt: undefined }] },
  [`/v1/differences/${difference.id}`]: history,
  '/v1/reconciliations/2026-11-22': day,
  '/v1/reconciliations/2026-11-23': today,
  '/v1/reconciliations/2026-11-24': { ...today, day: '2026-11-24', booked: [] },
  [`/v1/settlements/${setl_id}`]: settlement,
  [`/v1/settlements/${setl_id}/statement`]: statement,
};

let server: Server;
beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    const found = answers[url] ?? { code: 'no-such', title: '没有', detail: 'None' };
    response.writeHead(url in answers ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(found));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void server.close());

function canbao(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return runCanbao([...words, '--endpoint', endpoint], { CANBAO_KEY: someKey });
}

/** Columns of a terminal: what is Chinese takes two. */
const columns = (text: string): number => text.length + (text.match(/[\u3000-\u9fff\uff00-\uffee]/g) ?? []).length;
const tables = (out: string): string[][] =>
  out
    .split(/(?<=└.*┘)\n/)
    .map((part) => part.split('\n').filter((row) => /^[┌├│└]/.test(row)))
    .filter((rows) => rows.length > 0);

describe('what operators are shown of money', () => {
  test.each([
    ['differences', ['differences']],
    ['a difference', ['differences', 'show', difference.id]],
    ['a day', ['reconcile', '2026-11-22']],
    ['a day that is not over', ['reconcile', '2026-11-23']],
    ['a settlement', ['settlement', 'show', setl_id]],
  ])('%s: every table lines up within 100 columns, whatever stands in it', async (_, words) => {
    const { out } = await canbao(...words);
    expect(tables(out).length).toBeGreaterThan(0);
    for (const rows of tables(out)) {
      const widths = new Set(rows.map(columns));
      expect([...widths]).toHaveLength(1);
      expect([...widths][0]).toBeLessThanOrEqual(100);
    }
  });

  test('a difference is shown with what was found, who is to clear it up, how old it is, and all that was done', async () => {
    const { out } = await canbao('differences', 'show', difference.id);
    const wanted = [difference.id, setl_id, uscc, policy_no, '2026-11-22 insurer', '赔付超过剩余', difference.class];
    for (const one of [
      ...wanted,
      `insurer:${uscc}`,
      '已说明 explained',
      '365',
      amount,
      'the other side has it on 2026-11-23',
      '不符的金额',
      '2026-11-23 10:00:00 operator/li → 已说明 explained (li)',
      '次日补记',
    ])
      expect(out).toContain(one);
  });

  test('a day with differences that are open, or a statement that is overdue, ends with exit code 1', async () => {
    const { code, out } = await canbao('reconcile', '2026-11-22');
    expect(code).toBe(1);
    expect(out).toContain('未收到，已逾期 missing since 2026-11-23 12:00:00');
    expect(out).toContain('1 / 201');
  });

  test('a day that is not over shows what is booked, and when it will be compared; one without books says so', async () => {
    const { code, out } = await canbao('reconcile', '2026-11-23');
    expect(code).toBe(0);
    expect(out.match(/HMB-2026-DEMO/g)).toHaveLength(2);
    expect(out.match(/已入账，当日结束后核对 booked, compared when the day is over/g)).toHaveLength(2);
    expect((await canbao('reconcile', '2026-11-24')).out).toContain(
      '没有账目，也没有对账单 · no books, and no statement',
    );
  });

  test('a reversal says what is taken back of a payout, of which the first answer knew nothing, and who settles it', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'canbao-reversal-')), 'reversal.json');
    writeFileSync(file, JSON.stringify({ setl_id: 'R2', orig_setl_id: 'S2' }));
    for (const words of [
      ['settlement', 'post', file],
      ['settlement', 'show', 'R2'],
    ]) {
      const { code, out } = await canbao(...words);
      expect(code).toBe(0);
      const rows = out.split('\n').map((row) => row.replace(/ +/g, ' '));
      expect(rows).toContain(`│ ${uscc} PRO │ 赔付本人，收回 payout, taken back │ -240.00 │`);
      expect(rows).toContain(`│ ${uscc} PRO │ 已作废 voided │ 0.00 │`);
      expect(rows).toContain('│ 个人现金 Cash │ │ -400.00 │');
      expect(out).toContain('由保险公司与本人结清');
      expect(out).not.toContain('pending');
    }
    rmSync(file);
  });

  test('a reversed bill says what everybody gets back', async () => {
    const { out } = await canbao('settlement', 'show', 'S2');
    const rows = out.split('\n').map((row) => row.replace(/ +/g, ' '));
    expect(rows).toContain('│ 个人现金 Cash │ -160.00 │');
    expect(rows).toContain('│ 商保 PRO Insurer, PRO │ -240.00 │');
  });

  test('an answer that came too late, and who was not asked and why, are shown beside the statement', async () => {
    const { out } = await canbao('settlement', 'show', setl_id);
    expect(out).toContain(`未询问 not asked: 授权已撤销 consent-revoked\n  ${uscc} HMB ${policy_no}`);
    expect(out).toContain(`迟到的答复，不计入 too late, changes nothing: ${amount} · 2026-11-25 10:00:00`);
  });

  test('a refusal says in Chinese and in English, a line each, what is wrong, with its code', async () => {
    expect(await canbao('settlement', 'show', 'S9')).toMatchObject({ code: 1, err: '没有\nNone (no-such)\n' });
  });
});
