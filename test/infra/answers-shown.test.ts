import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCanbao, someKey } from './run-canbao.ts';

const results = (paid: string, back: string) => ({
  ...{ paid: { count: 3, amount: paid }, taken_back: { count: 1, amount: back }, net: 'x' },
});
/** A hub that gives each path one answer. */
const answers: Record<string, [status: number, body: object]> = {
  '/v1/settlements': [
    422,
    {
      ...{ code: 'settlement/sums-differ', title: '合计不平', detail: 'The sums differ' },
      sums: [{ field: 'medfee_sumamt', stated: '1.00', computed: '10000.00', of: ['hifp_pay', 'psn_cash_pay'] }],
    },
  ],
  '/v1/settlements/S1': [
    200,
    {
      ...{ setl_id: 'S1', state: 'settled', received_at: '2024-06-03T02:00:00.000Z' },
      differences: [
        {
          ...{
            id: 'dif_1',
            day: '2024-06-03',
            source: 'bill',
            class: 'amount-differs',
            state: 'open',
            owner: 'operator',
          },
          ...{ ageDays: 0, setl_id: 'S1', note: { zh: '退费结算 R1 未予退费', en: 'Reversal R1 was refused' } },
        },
      ],
    },
  ],
  '/v1/products/U/hui/results?from=2024-06-01&to=2024-07-01': [200, results('1000.00', '100.00')],
  '/v1/products/U/hui/results?from=2024-07-02&to=2024-07-10': [200, results('200.00', '0.00')],
  '/v1/differences/dif_1': [
    200,
    {
      ...{ id: 'dif_1', day: '2024-06-03', source: 'core', class: 'hub-only', state: 'open', owner: 'operator' },
      ...{ ageDays: 0, events: [] },
    },
  ],
  '/v1/deliveries/D2': [200, { deliveryId: 'D2', feed: 'enrolment', state: 'held', change: { added: 1, removed: 9 } }],
  '/v1/deliveries/D3': [200, { deliveryId: 'D3', feed: 'enrolment', state: 'accepted', change: { added: 7 } }],
  '/v1/settings': [200, { area: { name: '某县' } }],
  '/v1/exemptions': [200, { exemptions: [] }],
  '/v1/client-keys/revoked': [200, { revoked: [] }],
  '/v1/insurers': [200, { insurers: [] }],
  '/v1/products': [200, { products: [] }],
  '/v1/differences?state=open&limit=100': [200, { differences: [] }],
  '/v1/deliveries/D1/refuse': [200, { deliveryId: 'D1', feed: 'enrolment', state: 'refused' }],
};
/** What lies in its store. */
const files: Record<string, string> = {
  '/findings.csv':
    '\ufeffrule,priority,township,summary\r\nXC-101,P1,500299100,"未参保, 无缴费"\r\nXC-101,P2,500299101,-\r\n',
  '/report.json': JSON.stringify({
    rules: [
      { rule: 'XC-101', state: 'evaluated' },
      {
        rule: 'XC-102',
        state: 'not-run',
        notRun: [{ zh: '未执行：没有公安人口数据', en: 'not run: population is missing' }],
      },
    ],
  }),
};
let server: Server;
/** What it was told to do. */
const asked: [path: string, body: unknown][] = [];
let folder: string;
/** Null: nothing was compared yet. */
let run: string | null = 'R1';
const at = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'canbao-answers-'));
  server = createServer(async (request, response) => {
    const { method, url = '' } = request;
    if (method === 'POST') asked.push([url, await json(request)]);
    const urls = { findings: `${at()}/findings.csv`, report: `${at()}/report.json`, page: `${at()}/report.html` };
    const status = { feeds: [], runs: run === null ? [] : [{ runId: run, asOf: '2022-06-30', files: urls }] };
    const [code, body] = url === '/v1/status' ? [200, status] : (answers[url] ?? [404, {}]);
    const text = files[url];
    response.writeHead(text === undefined ? code : 200, { 'content-type': 'application/json' });
    response.end(text ?? JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function call(...words: string[]): Promise<{ code: number; out: string }> {
  const { code, out, err } = await runCanbao([...words, '--endpoint', at()], { CANBAO_KEY: someKey });
  return { code, out: out + err };
}

test('a bill whose sums differ is refused with the sums', async () => {
  const bill = join(folder, 'bill.json');
  writeFileSync(bill, '{}');
  const { code, out } = await call('settlement', 'post', bill);
  expect(code).toBe(1);
  expect(out).toContain('medfee_sumamt: 单据 stated 1.00 ≠ 合计 computed 10000.00 = hifp_pay + psn_cash_pay');
});

test('a settlement is shown with what is to be cleared up about it', async () => {
  const { code, out } = await call('settlement', 'show', 'S1');
  expect(code).toBe(0);
  for (const words of ['dif_1', 'amount-differs', 'open', '退费结算 R1 未予退费', 'Reversal R1 was refused'])
    expect(out).toContain(words);
});

test('what a product has paid is added up month by month and held beside its premiums', async () => {
  const of = ['product', 'results', 'U', 'hui', '--from', '2024-06-01', '--to', '2024-07-10'];
  const { code, out } = await call(...of, '--premiums', '1,250.00');
  expect(code).toBe(0);
  const rows = out.split('\n').map((row) => row.replace(/ +/g, ' '));
  for (const row of ['赔付 paid │ 6 │ 1200.00', '退回 taken back │ 2 │ 100.00', '净赔付 net │ │ 1100.00'])
    expect(rows).toContain(`│ ${row} │`);
  for (const row of ['赔付率 net of premiums │ │ 88.00%', '结余 left │ │ 150.00']) expect(rows).toContain(`│ ${row} │`);
  expect((await call(...of, '--premiums', 'much')).code).toBe(2);
});

test('a list that is refused as it was ordered is a success', async () => {
  const { code, out } = await call('refuse', 'D1');
  expect([code, out]).toEqual([0, expect.stringContaining('退回 refused')]);
});

test.each([
  [['exemption', 'list'], '没有豁免 · no exemptions'],
  [['client-key', 'revoked'], '没有吊销的密钥 · no key was revoked'],
  [['insurer', 'list'], '尚未登记保险公司 · no insurer yet: canbao insurer add <uscc>'],
  [['product', 'list'], '尚未登记产品 · no product yet: canbao product add <file>'],
  [['differences'], '没有差异 · no differences'],
])('%j: of an empty list people are told that it is, and machines get it as one line', async (words, said) => {
  const [people, { out }] = await Promise.all([call(...words), call(...words, '--json')]);
  expect(people).toEqual({ code: 0, out: `${said}\n` });
  expect(out.trimEnd().split('\n')).toHaveLength(1);
  expect([JSON.parse(out)].flatMap((answer) => Object.values(answer)).flat()).toEqual([]);
});

test('what people decide of a difference is told to the hub as they say it', async () => {
  const of = (act: string, ...more: string[]) => call('differences', act, 'dif_1', '--reason', '次日补记', ...more);
  const done = [await of('explain', '--owner', 'li'), await of('reopen'), await of('resolve')];
  expect(done.map(({ code }) => code)).toEqual([0, 0, 0]);
  const said = asked.filter(([path]) => path === '/v1/differences/dif_1').map(([, body]) => body);
  const reason = '次日补记';
  expect(said).toEqual([
    { to: 'explained', reason, owner: 'li' },
    { to: 'open', reason },
    { to: 'resolved', reason },
  ]);
});

test('settings are shown as people change them, and to machines as one line', async () => {
  expect((await call('settings', 'show')).out).toBe(`${JSON.stringify({ area: { name: '某县' } }, null, 2)}\n`);
  expect((await call('settings', 'show', '--json')).out).toBe('{"area":{"name":"某县"}}\n');
});

test('of a list that is held it is said what a release would change, of an accepted one what it changed', async () => {
  expect((await call('show', 'D2')).out).toContain('放行后的变化 what a release would change: added 1 · removed 9');
  expect((await call('show', 'D3')).out).toContain('\nD3\n变化 what it changed: added 7\n');
});

describe('findings', () => {
  test('are those of the last run that have what is asked for, and how many there are is said', async () => {
    const [people, machines] = await Promise.all([
      call('findings', '--rule', 'XC-101', '--limit', '1'),
      call('findings', '--priority', 'P2', '--json'),
    ]);
    expect(people.out).toContain('未参保, 无缴费');
    expect(people.out).toContain('共 2 条，显示 1 条 · 2 in all, 1 shown');
    expect(JSON.parse(machines.out)).toMatchObject({ runId: 'R1', matching: 1, findings: [{ township: '500299101' }] });
  });

  test('none because a rule did not run, or because there is no such rule or no run, is never told as none found', async () => {
    const [notRun, unknown] = await Promise.all(['XC-102', 'XC-999'].map((rule) => call('findings', '--rule', rule)));
    expect(notRun).toEqual({
      code: 1,
      out: 'XC-102 未执行：没有公安人口数据\nXC-102 not run: population is missing\n',
    });
    expect(unknown).toMatchObject({
      code: 2,
      out: expect.stringMatching(/没有规则 XC-999.*\nThere is no rule XC-999/),
    });
    run = null;
    expect(await call('findings')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/canbao run.*\n.*no completed run/),
    });
  });
});
