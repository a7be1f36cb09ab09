import { type EmbeddedOptions, type RunningHub, startEmbedded } from '../../infra/cli/embedded.ts';
import type { Behaviour } from '../../infra/sandbox/adjuster.ts';
import { connectMockInsurer } from '../../infra/sandbox/connect.ts';
import type { MockInsurer, SandboxEvent } from '../../infra/sandbox/mock-insurer.ts';
import { addDays, civilDateAt } from '../../schemas/time.ts';

export const insurerA = '91500299MA5CANBA16';
export const insurerB = '91500299MA5CANBA29';

export type ConnectedInsurer = MockInsurer & { readonly id: string; readonly events: SandboxEvent[] };

export type SettlementWorld = RunningHub & {
  connect(id: string, behaviour?: Partial<Behaviour>): Promise<ConnectedInsurer>;
  /** What the two insurers sell: A a product that the hub computes, B one that it decides on itself. */
  declareProducts(): Promise<void>;
  /** Fires what the clock fires on AWS. */
  fire(schedule: 'DayClose' | 'MessageSweep'): Promise<void>;
  /** It is half past midnight of the next day, and the day that was is closed. */
  closeDay(): Promise<{ readonly day: string }>;
  stopAll(): Promise<void>;
};

/** An embedded hub to which mock insurers connect. */
export async function settlementWorld(options: Partial<EmbeddedOptions> = {}): Promise<SettlementWorld> {
  const running = await startEmbedded({ schedules: false, ...options });
  const insurers: MockInsurer[] = [];
  const { hub, client } = running;
  const fire = async (schedule: string): Promise<void> => {
    await hub.fireSchedule(hub.declared.schedules.find(({ id }) => id.startsWith(schedule))!.id);
    await hub.idle();
  };
  return {
    ...running,
    async declareProducts() {
      await client.post('/products', hubProduct(insurerA));
      await client.post('/products', insurerProduct(insurerB));
    },
    fire,
    async closeDay() {
      const day = civilDateAt(hub.clock.now());
      hub.clock.moveTo(new Date(`${addDays(day, 1)}T00:30:00+08:00`));
      await fire('DayClose');
      return { day };
    },
    async connect(id, behaviour = {}) {
      const events: SandboxEvent[] = [];
      const onEvent = (event: SandboxEvent) => events.push(event);
      const { now } = hub.clock;
      const name = `模拟保险 ${id.slice(-3)}`;
      const at = { endpoint: hub.url, client };
      const insurer = await connectMockInsurer(at, { id, name, behaviour, now, onEvent });
      insurers.push(insurer);
      return Object.assign(insurer, { id, events });
    },
    async stopAll() {
      await Promise.all(insurers.map((insurer) => insurer.stop()));
      await running.stop();
    },
  };
}

export const hubProduct = (insurer: string) => ({
  ...{ insurer, product_code: 'HMB-2026', name: '惠民保（示例）', mode: 'hub' },
  rules: { counts: 'all', deductible: '100.00', bands: [{ ratio: 0.8 }], annualCap: '1000000.00' },
});
export const insurerProduct = (insurer: string) => ({
  ...{ insurer, product_code: 'PRO-2026', name: '补充医疗（示例）', mode: 'insurer' },
});

/** Made-up citizen numbers of an area that GB/T 2260 does not assign. */
export const certno = (n: number): string => {
  const body = `500299198001${String(1 + (Math.floor(n / 1000) % 28)).padStart(2, '0')}${String(n % 1000).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((all, weight, at) => all + weight * Number(body[at]), 0);
  return body + '10X98765432'[sum % 11];
};

export const policyData = (n: number, product_code: string) => ({
  ...{ policy_no: `P${product_code}${n}`, policy_sub_no: '', product_code, certno: certno(n) },
  ...{ begn_date: '2026-01-01', end_date: '2026-12-31' },
  ...{ consent_no: `A${n}`, consent_begn: '2020-01-01', consent_end: '2099-12-31' },
});

/** A bill of 1,000 yuan: 600 by the fund, 400 by the patient, in cash. */
export const bill = (n: number, setl_id: string) => ({
  ...{ setl_id, mdtrt_id: `M${setl_id}`, insutype: '390', fixmedins_code: 'H50029900001', med_type: '21' },
  ...{ begndate: '2026-11-10', enddate: '2026-11-19', setl_time: '2026-11-20 11:00:00', certno: certno(n) },
  ...{ medfee_sumamt: '1000.00', inscp_scp_amt: '900.00', hifp_pay: '600.00', fund_pay_sumamt: '600.00' },
  ...{ psn_part_amt: '400.00', psn_cash_pay: '400.00' },
});

/** The opposite of a bill. */
export function reversalOf(of: ReturnType<typeof bill>, setl_id: string) {
  const amounts = Object.entries(of).filter(([field]) => /_(pay|amt|sumamt)$/.test(field));
  const negated = Object.fromEntries(amounts.map(([field, amount]) => [field, `-${amount}`]));
  return { ...of, ...negated, setl_id, refd_setl_flag: '1', orig_setl_id: of.setl_id };
}

export async function until<T>(look: () => Promise<T | undefined>, seconds = 20): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('It did not come about in time.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
