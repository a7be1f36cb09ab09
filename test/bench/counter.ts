import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientKey } from '../../functions/runtime/signatures/client-key.ts';
import { deliver } from '../../infra/cli/check.ts';
import { hubClient } from '../../infra/cli/client.ts';
import type { RunningHub } from '../../infra/cli/embedded.ts';
import { hubSecretOf } from '../../infra/cli/hub-secret.ts';
import { checkCharacter } from '../../schemas/certificate.ts';
import { bill, policyData } from '../flows/settlement-world.ts';

/** Made-up citizen numbers, a million of them, of an area that GB/T 2260 does not assign. */
export function citizen(n: number): string {
  const [year, day] = [1950 + Math.floor(n / 28_000), 1 + (Math.floor(n / 1000) % 28)];
  const body = `500299${year}01${String(day).padStart(2, '0')}${String(n % 1000).padStart(3, '0')}`;
  return body + checkCharacter(body);
}

/** A bill of citizen `n`. */
export const billOf = (n: number, setlId: string) => ({ ...bill(1, setlId), certno: citizen(n) });

export type Insured = {
  readonly from: number;
  readonly count: number;
  readonly insurer: string;
  readonly product: string;
};

/** Brings an insurer's policies to the hub in a roster file; they are loaded when the schedule fires. */
export async function pushRoster(
  { client, hub }: RunningHub,
  folder: string,
  groups: readonly Insured[],
): Promise<void> {
  const columns = ['psn_name', 'certno', 'insurer_uscc', 'product_code', 'policy_no', 'begn_date', 'end_date'];
  const consent = ['consent_no', 'consent_begn', 'consent_end', 'policy_stas'];
  const rows = groups.flatMap(({ from, count, insurer, product }) =>
    Array.from({ length: count }, (_, index) => {
      const n = from + index;
      const { begn_date, end_date, consent_begn, consent_end } = policyData(1, product);
      const policy = [
        insurer,
        product,
        `P${String(n).padStart(7, '0')}`,
        begn_date,
        end_date,
        `A${n}`,
        consent_begn,
        consent_end,
        '1',
      ];
      return ['某人', citizen(n), ...policy].join(',');
    }),
  );
  const path = join(folder, `policy-roster-${rows.length}.csv`);
  writeFileSync(path, `${[...columns, ...consent].join(',')}\n${rows.join('\n')}\n`);
  const file = { feed: 'policy-roster', path, mode: 'full', countsAsOf: '2026-11-01' } as const;
  const [delivery] = await deliver(client, [file], true);
  // Many more policies than before are held until another person has looked.
  const other = { endpoint: hub.url, key: clientKey(hubSecretOf(undefined), 'operator/li'), client: 'operator/li' };
  if (delivery?.state === 'held')
    return void (await hubClient(other).post(`/deliveries/${delivery.deliveryId}/release`, {}));
  if (delivery?.state !== 'accepted') throw new Error(`The roster is ${JSON.stringify(delivery)}`);
}

/** One firing of the schedule that loads rosters: as far as one gets. */
export async function loadRoster({ hub }: RunningHub): Promise<void> {
  await hub.fireSchedule(hub.declared.schedules.find(({ id }) => id.startsWith('RosterLoad'))!.id);
}

/** @param product Of the last policy in the order of insurers and policies. */
export async function loadWholeRoster(world: RunningHub, citizenOfLast: number, product: string): Promise<void> {
  for (;;) {
    await loadRoster(world);
    await world.hub.idle();
    const asked = billOf(citizenOfLast, 'ASKED');
    const { shares } = await world.client.post<{ shares: { product_code: string }[] }>('/settlements/preview', asked);
    if (shares.some(({ product_code }) => product_code === product)) return;
  }
}

/** Does each piece of work when it is due, so many a second, whether or not the one before has ended. @returns milliseconds of each. */
export async function atRate(
  perSecond: number,
  count: number,
  work: (n: number) => Promise<unknown>,
): Promise<number[]> {
  const started = performance.now();
  const times = Array.from({ length: count }, async (_, n) => {
    const due = (n * 1000) / perSecond;
    await sleep(Math.max(0, due - (performance.now() - started)));
    await work(n);
    // From when it was due: what stands in a queue before it was sent has waited too.
    return performance.now() - started - due;
  });
  return Promise.all(times);
}

/** Works off the numbers with so many at a time. @returns pieces a second. */
export async function inLines(lines: number, count: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const numbers = Array.from({ length: count }, (_, n) => n).values();
  const started = performance.now();
  const line = async () => {
    for (const n of numbers) await work(n);
  };
  await Promise.all(Array.from({ length: lines }, line));
  return (count / (performance.now() - started)) * 1000;
}

export const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((one, other) => one - other)[Math.min(times.length - 1, Math.floor(times.length * share))]!;
