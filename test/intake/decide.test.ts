import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cremationFile, cremations, World } from './world.ts';

Object.assign(process.env, { DELIVERIES_TABLE: 'none', SNAPSHOTS_TABLE: 'none', INTAKE_QUEUE_URL: 'none' });
const { decideHeld } = await import('../../functions/intake/decide.ts');

let world: World;
let held: string;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

beforeEach(async () => {
  world.clear();
  world.push('cremation/20220601-full-1.csv', cremationFile(cremations(5)));
  world.push('cremation/20220602-full-2.csv', cremationFile(cremations(2)));
  world.push('cremation/20220603-delta-3.csv', cremationFile([{ crem_no: 'CR9', person: 9, oper: 'I' }]));
  await world.drain();
  held = [...world.deliveries.values()].find(({ state }) => state === 'held')!.deliveryId;
});

const at = '2022-07-02T00:00:00.000Z';
const decide = (decision: 'release' | 'refuse', id = held, by = 'operator/li') =>
  decideHeld(decision, id, by, at, world.intake());
const states = () => world.acks().map(({ state }) => state);

test('a held delivery says what it would change, and deltas after it wait for the decision', () => {
  expect(states()).toEqual(['accepted', 'held', 'waiting']);
  const change = { rowsBefore: 5, rowsAfter: 2, added: 0, removed: 3, changed: 0 };
  expect(world.deliveries.get(held)!.change).toMatchObject(change);
  expect(world.ack(held).change).toMatchObject(change);
  expect(world.acks()[2]!.gaps).toEqual(['2']);
});

test('a released delivery is accepted from its copy, and what waited for it follows', async () => {
  world.objects.delete('landing/cremation/20220602-full-2.csv');
  expect(await decide('release')).toBe('released');
  await world.drain();
  expect(states()).toEqual(['accepted', 'accepted', 'accepted']);
  expect(world.newest('cremation')).toMatchObject({ sequence: 3, fullSequence: 2, rows: 3 });
  expect(world.deliveries.get(held)!.decidedBy).toBe('operator/li');
});

test('a delivery refused by a person is acknowledged as refused, and its sequence may be sent again', async () => {
  expect(await decide('refuse')).toBe('refused');
  await world.drain();
  expect(world.ack(held)).toMatchObject({ state: 'refused', refusal: { code: 'operator-refused' } });
  expect(states()).toEqual(['accepted', 'refused', 'waiting']);
  world.push('cremation/20220602-full-2.csv', cremationFile(cremations(4)));
  await world.drain();
  expect(world.newest('cremation')).toMatchObject({ sequence: 3, rows: 5 });
});

test('the same decision twice is one, the other one comes too late', async () => {
  expect(await decide('release')).toBe('released');
  expect(await decide('release')).toBe('released');
  expect(await decide('refuse')).toBe('wrong-state');
  await world.drain();
  expect(world.snapshots.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  expect(await decide('refuse')).toBe('wrong-state');
});

test('who brought a list does not release it, nor does a key that many share; anybody may refuse it', async () => {
  const { announce } = world.intake().deliveries;
  await announce('cremation', 'cremation/20220602-full-2.csv', 'operator/wang');
  await announce('cremation', 'cremation/20220601-full-1.csv', 'operator/li');
  expect(await decide('release', held, 'operator')).toBe('own-key-needed');
  expect(await decide('release', held, 'operator/wang')).toBe('same-person');
  expect(world.deliveries.get(held)).toMatchObject({ state: 'held' });
  expect(await decide('release', held, 'operator/li')).toBe('released');
  expect(await decide('refuse', held, 'operator')).toBe('wrong-state');
});

test('a list may be refused under the key that operators share', async () => {
  expect(await decide('refuse', held, 'operator')).toBe('refused');
});

test('a delivery that is not there is told from one that is not held', async () => {
  expect(await decide('release', 'cremation-20220601-full-1-000000000000')).toBe('absent');
  expect(await decide('release', 'nonsense')).toBe('absent');
  const accepted = [...world.deliveries.values()].find(({ state }) => state === 'accepted')!;
  expect(await decide('refuse', accepted.deliveryId)).toBe('wrong-state');
});
