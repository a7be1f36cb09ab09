import { expect, it } from 'vitest';
import { enterLane, leaveLane } from '../../functions/insurers/lane.ts';
import { replayOne } from '../../functions/insurers/replay.ts';
import { days } from './seen.ts';
import { anInsurer, claim, world as newWorld, ok } from './world.ts';

const months = 30 * days;

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

it('what a clock that ran months ahead has put off, and the rest it gave an insurer, are over when it is right again', async () => {
  const world = await newWorld();
  await world.insurer();
  world.state.reply = async () => ok(429);
  world.skip(3 * months);
  await world.tell('m1');
  await world.settle();
  expect(world.sentIds()).toEqual(['m1']);

  world.skip(-3 * months);
  world.state.reply = async () => ok();
  await world.elapse(120);

  expect(world.sentIds()).toEqual(['m1', 'm1']);
  expect(await world.outgoing('m1')).toMatchObject({ state: 'accepted' });
  expect(world.events).toEqual([{ box: 'out', insurer: anInsurer, id: 'm1' }]);
});

it('a message that came in, and news of one that went out, reach settlement though their times lie months ahead', async () => {
  const world = await newWorld();
  const insurer = await world.insurer();
  world.state.streamWorks = false;
  world.skip(3 * months);
  expect(await world.post(insurer, 'w1', claim())).toMatchObject({ status: 202 });
  await world.tell('m1');
  world.wakes.push({ insurer: anInsurer, at: 0 });
  await world.settle();
  expect(await world.outgoing('m1')).toMatchObject({ state: 'accepted' });

  world.skip(-3 * months);
  await world.elapse(120);

  expect(world.events).toContainEqual({ box: 'in', insurer: anInsurer, id: 'w1' });
  expect(world.events).toContainEqual({ box: 'out', insurer: anInsurer, id: 'm1' });
});

it('a message that is ordered again after a clock ran months ahead does not stand behind those that were ordered by it', async () => {
  const world = await newWorld();
  await world.insurer();
  await world.tell('m1');
  await world.settle();
  world.skip(3 * months);
  await replayOne(world.wire, anInsurer, 'm1');
  await world.settle();

  world.skip(-3 * months);
  await replayOne(world.wire, anInsurer, 'm1');
  await world.elapse(1);

  expect(world.sentIds()).toEqual(['m1', 'm1', 'm1']);
});

it('the longest wait that a receiver may ask for is no slip of the clock', async () => {
  const world = await newWorld();
  await world.insurer();
  world.state.reply = async () => ({ ...ok(503), retryAfter: String(30 * days) });
  await world.tell('m1');
  // The ninth attempt is made after 103 hours; the tenth would come 48 hours later.
  await world.elapse(104 * 3600);
  expect(world.requests).toHaveLength(9);
  await world.elapse(46 * 3600);
  expect(world.requests).toHaveLength(9);
});
