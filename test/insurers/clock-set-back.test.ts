import { expect, it } from 'vitest';
import { enterLane, leaveLane } from '../../functions/insurers/lane.ts';
import { anInsurer, world as newWorld } from './world.ts';

it('a clock that is set back closes no lane and makes no wake-up later than a queue can wait', async () => {
  const world = await newWorld();
  await world.insurer();
  expect(await enterLane(world.wire, anInsurer, 'first')).toBe(true);

  world.skip(-7200);

  expect(await enterLane(world.wire, anInsurer, 'second')).toBe(true);
  expect(world.wakes).toEqual([]);
  // Whoever had it has lost it.
  await leaveLane(world.wire, anInsurer, 'first');
  expect(await enterLane(world.wire, anInsurer, 'third')).toBe(false);
});
