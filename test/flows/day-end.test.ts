import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DayView } from '../../schemas/reconciliation.ts';
import { addDays, civilDateAt } from '../../schemas/time.ts';
import { canbao } from './command-line.ts';
import { type Heard, type Listening, listenIn } from './listening.ts';
import {
  bill,
  type ConnectedInsurer,
  insurerA,
  insurerB,
  policyData,
  type SettlementWorld,
  settlementWorld,
  until,
} from './settlement-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-day-end-'));
const logged: Record<string, unknown>[] = [];
let world: SettlementWorld;
let a: ConnectedInsurer;
let b: ConnectedInsurer;
let wire: Listening;
/** The day that ends, and the one after it. */
let day: string;
let next: string;

/** One bill in the last minute of a day, one in the first second of the next. */
beforeAll(async () => {
  world = await settlementWorld({ log: (line) => void logged.push(line as Record<string, unknown>) });
  a = await world.connect(insurerA);
  b = await world.connect(insurerB, { ratio: 0.5 });
  wire = await listenIn(a.url);
  await world.client.post(`/insurers/${insurerA}/settings`, { url: wire.url });
  await world.declareProducts();
  for (const n of [1, 2]) expect(await a.send('policy.upserted', policyData(n, 'HMB-2026'))).toBe(202);
  await world.hub.idle();
  day = civilDateAt(world.hub.clock.now());
  next = addDays(day, 1);
  world.hub.clock.moveTo(new Date(`${day}T23:59:20+08:00`));
  await world.client.post('/settlements', bill(1, 'S1'));
  await world.hub.idle();
  world.hub.clock.moveTo(new Date(`${next}T00:00:00+08:00`));
  await world.client.post('/settlements', bill(2, 'S2'));
  await world.hub.idle();
}, 120_000);
afterAll(async () => {
  await world?.stopAll();
  wire?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the end of a day on the embedded hub', () => {
  it('asks nobody before midnight and half an hour; then each insurer, per product and flag, of the day that ended in Shanghai', async () => {
    expect(requests()).toEqual([]);
    const { expression, timeZone } = world.hub.declared.schedules.find(({ id }) => id.startsWith('DayClose'))!;
    expect([expression, timeZone]).toEqual(['cron(30 * * * ? *)', 'Asia/Shanghai']);
    b.behave({ down: 503 });
    await fireAt(`${next}T00:30:00`);
    await until(async () => (requests().length === 2 ? true : undefined));
    expect(requests()).toEqual([
      { day, product_code: 'HMB-2026', refd_setl_flag: '0', count: 1, amount: '240.00' },
      { day, product_code: 'HMB-2026', refd_setl_flag: '1', count: 0, amount: '0.00' },
    ]);
  });

  it('reads the statement that answers, and finds the day equal', async () => {
    const results = await until(async () => {
      const found = (await view()).results;
      return found.length === 2 ? found : undefined;
    });
    expect(results.map(({ insurer, hub, other, equal }) => [insurer, hub.count, other.amount, equal])).toEqual([
      [insurerA, 1, '240.00', true],
      [insurerA, 0, '0.00', true],
    ]);
  });

  it('raises the alarm for a statement that is not there when it is due, not before, and until it is there', async () => {
    await fireAt(`${next}T11:30:00`);
    expect(measured('MissingStatements').at(-1)).toBe(0);
    await fireAt(`${next}T12:30:00`);
    expect(measured('MissingStatements').at(-1)).toBe(2);
    const told = await canbao(world, 'reconcile', day);
    expect(told.code).toBe(1);
    expect(told.out).toContain(`未收到，已逾期 missing since ${next} 12:00:00`);
    b.behave({ down: false });
    // However many attempts it came to while it was down: by then the next one is due.
    world.hub.clock.moveTo(new Date(`${next}T15:00:00+08:00`));
    await world.fire('MessageSweep');
    await until(async () => ((await view()).results.length === 4 ? true : undefined));
    await world.hub.idle();
    await fireAt(`${next}T15:30:00`);
    expect(measured('MissingStatements').at(-1)).toBe(0);
    expect((await canbao(world, 'reconcile', day)).code).toBe(0);
  });

  it('compares the day with the core system’s file, fund by fund: totals may be equal and the parts not', async () => {
    const file = join(folder, 'core.csv');
    const rows = ['S1,1000.00,500.00,500.00', 'S9,50.00,50.00,0.00'];
    writeFileSync(file, `\ufeff结算编号,医疗费总额,基金支付总额,个人负担总金额\r\n${rows.join('\r\n')}\r\n`);
    const told = await canbao(world, 'reconcile', day, '--core', file, '--json');
    const { differences } = JSON.parse(told.out) as DayView;
    expect(told.code).toBe(1);
    expect(differences.map(({ class: kind, source, setl_id }) => [source, kind, setl_id]).sort()).toEqual([
      ['core', 'amount-differs', 'S1'],
      ['core', 'insurer-only', 'S9'],
    ]);
    expect(differences.find(({ setl_id }) => setl_id === 'S1')?.note?.en).toContain('fund_pay_sumamt, psn_part_amt');
  });

  it('compares it with a clearing statement, which speaks of everything: what it leaves out is missing in it', async () => {
    const file = join(folder, 'clearing.csv');
    writeFileSync(file, '保险公司统一社会信用代码,产品编码,结算编号,保单号,退费结算标志,清算金额\r\n');
    const told = await canbao(world, 'reconcile', day, '--clearing', file, '--json');
    const clearing = (JSON.parse(told.out) as DayView).differences.filter(({ source }) => source === 'clearing');
    expect(clearing).toMatchObject([
      { class: 'hub-only', setl_id: 'S1', hub_amt: '240.00', state: 'open', ageDays: 0 },
    ]);
    const [{ id } = { id: '' }] = clearing;
    expect(
      await canbao(world, 'differences', 'resolve', id, '--reason', '次日补清算', '--owner', 'operator/li'),
    ).toMatchObject({ code: 0 });
    expect((await canbao(world, 'differences')).out).not.toContain(id);
  });

  it('puts the day under a seal that an auditor checks with the public key alone, once', async () => {
    const { publicKey } = await world.client.get<{ publicKey: string }>('/ledger/seals/key');
    const key = join(folder, 'seal.pem');
    writeFileSync(key, publicKey);
    const told = await canbao(world, 'ledger', 'seal', 'check', day, '--public-key', key);
    expect(told).toMatchObject({ code: 0, out: expect.stringContaining('✓') });
    expect((await canbao(world, 'ledger', 'verify')).code).toBe(0);
  });
});

const view = () => world.client.get<DayView>(`/reconciliations/${day}`);
const requests = (): Heard['data'][] =>
  wire.messages
    .filter(({ type }) => type === 'reconciliation.requested')
    .map(({ data }) => data)
    .sort((one, other) => (one.refd_setl_flag! < other.refd_setl_flag! ? -1 : 1));
const measured = (metric: string) => logged.flatMap((line) => (metric in line ? [line[metric]] : []));

async function fireAt(time: string): Promise<void> {
  world.hub.clock.moveTo(new Date(`${time}+08:00`));
  await world.fire('DayClose');
}
