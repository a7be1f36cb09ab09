import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

let world: SettlementWorld;
let a: ConnectedInsurer;
let b: ConnectedInsurer;

beforeAll(async () => {
  world = await settlementWorld();
  a = await world.connect(insurerA);
  b = await world.connect(insurerB, { ratio: 0.5 });
  await world.declareProducts();
  expect(await a.send('policy.upserted', policyData(1, 'HMB-2026'))).toBe(202);
  expect(await b.send('policy.upserted', policyData(1, 'PRO-2026'))).toBe(202);
  await world.hub.idle();
});
afterAll(() => world.stopAll());

describe('a bill on the embedded hub', () => {
  it('is settled across the fund, two insurers and the patient while the patient waits', async () => {
    const answer = await world.client.post<Record<string, unknown>>('/settlements', bill(1, 'S1'));
    expect(answer).toMatchObject({ setl_id: 'S1', state: 'settled' });
    // 400 left: 80 % above the deductible of 100 is 240; of the 160 left, the second insurer pays half.
    expect(JSON.stringify(answer)).toContain('"240.00"');
    expect(JSON.stringify(answer)).toContain('"80.00"');
    await world.hub.idle();
    const heard = await until(async () => b.events.find(({ type }) => type === 'claim.posted'));
    expect(heard.status).toBe(200);
  });

  it('reconciles the day with both insurers after midnight, and seals it', async () => {
    const { day: today } = await world.closeDay();
    const compared = await until(async () => {
      const view = await world.client.get<{ results: { equal: boolean; hub: object; insurer: string }[] }>(
        `/reconciliations/${today}`,
      );
      return view.results.length >= 4 ? view.results : undefined;
    });
    expect(compared.every(({ equal }) => equal)).toBe(true);
    expect(compared).toContainEqual(
      expect.objectContaining({ insurer: insurerA, hub: { count: 1, amount: '240.00' } }),
    );
    expect(compared).toContainEqual(expect.objectContaining({ insurer: insurerB, hub: { count: 1, amount: '80.00' } }));
    const { seal } = await world.client.get<{ seal: object }>(`/ledger/seals/${today}`);
    expect(seal).toMatchObject({ text: expect.stringContaining(today), signature: expect.any(String) });
  });
});
