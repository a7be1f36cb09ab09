import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DayView, ReconciledView } from '../../../schemas/reconciliation.ts';
import type { Statement } from '../../../schemas/statement.ts';
import { addDays, civilDateAt, yearOf } from '../../../schemas/time.ts';
import { insurers } from '../../county/records.ts';
import { connectMockInsurer } from '../../sandbox/connect.ts';
import type { MockInsurer } from '../../sandbox/mock-insurer.ts';
import type { HubClient } from '../client.ts';
import type { RunningHub } from '../embedded.ts';
import { number, tableOf } from '../table.ts';
import { showStatement } from './settlements.ts';

type SettlementDemo = { statement: Statement; day: string; results: ReconciledView[]; page: string };

const [residents, supplement] = insurers;
const names: Record<string, string> = { [residents]: '惠民保（模拟）', [supplement]: '补充医疗（模拟）' };

/** A number that nobody has: GB/T 2260 assigns no area 500299. */
const patient = '500299198003078223';

/**
 * A patient leaves the hospital: the bill is settled across the funds, two mock insurers and the patient; then the
 * clock of the hub moves past midnight, and the day is reconciled with both.
 */
export async function demoSettlement({ hub, client }: RunningHub, out: string): Promise<SettlementDemo> {
  const running: MockInsurer[] = [];
  try {
    const at = { endpoint: hub.url, client };
    for (const [id, behaviour] of [
      [residents, {}],
      [supplement, { ratio: 0.6 }],
    ] as const)
      running.push(await connectMockInsurer(at, { id, name: names[id]!, behaviour, now: hub.clock.now }));
    const today = civilDateAt(hub.clock.now());
    for (const product of products) await client.post('/products', product);
    for (const [index, { product_code }] of products.entries())
      await running[index]!.send('policy.upserted', policy(product_code, today));
    await hub.idle();
    await client.post('/settlements', bill(today));
    const statement = await client.get<Statement>('/settlements/DEMO-0001/statement');
    await hub.idle();
    hub.clock.moveTo(new Date(`${addDays(today, 1)}T00:30:00+08:00`));
    await hub.fireSchedule(hub.declared.schedules.find(({ id }) => id.startsWith('DayClose'))!.id);
    const results = await reconciled(client, today);
    await hub.idle();
    return { statement, day: today, results, page: await keepPage(client, out) };
  } finally {
    await Promise.all(running.map((insurer) => insurer.stop()));
  }
}

export function showSettlementDemo({ statement, day, results, page }: SettlementDemo): string {
  const table = tableOf(['保险公司 insurer', '', '枢纽 hub', '', '公司 insurer', '', '相符\nequal'], 2);
  for (const { insurer, product_code, refd_setl_flag, hub, other, equal } of results) {
    const flag = refd_setl_flag === '1' ? '退费 reversed' : '结算 settled';
    const books = [number(hub.count), hub.amount, number(other.count), other.amount];
    table.push([`${names[insurer] ?? insurer} ${product_code}`, flag, ...books, equal ? '✓' : '✗']);
  }
  return [
    `一单制 one bill, every payer: ${statement.setl_id}`,
    showStatement(statement),
    `对账 ${day} reconciled with both insurers after midnight`,
    '枢纽时钟已拨过零点 · the hub’s clock was moved past midnight',
    table.toString(),
    `结算单 statement: ${page}`,
  ].join('\n');
}

/** What the two insurers sell, the one computed by the hub, the other by the insurer. */
const products = [
  {
    ...{ insurer: residents, product_code: 'HMB-DEMO', name: '县惠民保（示例）', mode: 'hub' },
    rules: {
      counts: 'within-policy',
      deductible: '2000.00',
      bands: [{ upTo: '20000.00', ratio: 0.6 }, { ratio: 0.8 }],
    },
  },
  { ...{ insurer: supplement, product_code: 'BC-DEMO', name: '补充医疗（示例）', mode: 'insurer' } },
];

const policy = (product_code: string, today: string) => ({
  ...{ policy_no: `DEMO-${product_code}`, product_code, certno: patient },
  ...{ begn_date: `${yearOf(today)}-01-01`, end_date: `${yearOf(today)}-12-31` },
  ...{ consent_no: `A-${product_code}`, consent_begn: addDays(today, -30), consent_end: addDays(today, 330) },
});

const bill = (today: string) => ({
  ...{ setl_id: 'DEMO-0001', mdtrt_id: 'M-DEMO-0001', certno: patient, insutype: '390', hosp_lv: '2' },
  ...{ fixmedins_code: 'H50029900001', fixmedins_name: '县人民医院', med_type: '21' },
  ...{ begndate: addDays(today, -9), enddate: today, setl_time: `${today} 10:30:00` },
  ...{ medfee_sumamt: '38640.50', inscp_scp_amt: '33120.00', hifp_pay: '18420.30', hifmi_pay: '4215.60' },
  ...{ maf_pay: '2950.00', fund_pay_sumamt: '25585.90', psn_part_amt: '13054.60', psn_cash_pay: '13054.60' },
});

/** Every product of both, settlements and reversals. */
async function reconciled(client: HubClient, day: string): Promise<ReconciledView[]> {
  for (let waited = 0; ; waited += 100) {
    const { results } = await client.get<DayView>(`/reconciliations/${day}`);
    if (results.length === 2 * products.length) return results;
    if (waited > 30_000) throw new Error('The insurers have not sent their statements.');
    await pause(100);
  }
}

async function keepPage(client: HubClient, out: string): Promise<string> {
  const path = join(out, 'statement.html');
  mkdirSync(out, { recursive: true });
  writeFileSync(path, await client.page('/settlements/DEMO-0001/statement'));
  return path;
}
