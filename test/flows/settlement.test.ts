import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bill,
  type ConnectedInsurer,
  hubProduct,
  insurerA,
  insurerB,
  insurerProduct,
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
  await world.client.post('/products', hubProduct(insurerA));
  await world.client.post('/products', insurerProduct(insurerB));
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
});
