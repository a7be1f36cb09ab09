import { expect, it } from 'vitest';
import { enterLane } from '../../functions/insurers/lane.ts';
import { anInsurer, world as newWorld } from './world.ts';

it('a clock that is set back makes no wake-up later than a queue can wait', async () => {
  const world = await newWorld();
  await world.insurer();
  expect(await enterLane(world.wire, anInsurer, 'first')).toBe(true);

  world.skip(-7200);

  expect(await enterLane(world.wire, anInsurer, 'second')).toBe(false);
  expect(world.wakes.map(({ at }) => at)).toEqual([world.at().getTime() + 900_000]);
});
