import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cremationFile, cremations, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
beforeEach(() => world.clear());
afterAll(() => world.close());

test('a file that arrives becomes a snapshot and an acknowledgement', async () => {
  world.push('cremation/20220630-full-1.csv', cremationFile(cremations(3)));
  await world.drain();
  const snapshot = world.newest('cremation')!;
  console.log(world.acks(), snapshot, await world.rows(snapshot));
  expect(snapshot.rows).toBe(3);
});
