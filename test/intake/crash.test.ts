import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Intake } from '../../functions/intake/dependencies.ts';
import { sha256 } from '../../functions/intake/object-key.ts';
import { receive } from '../../functions/intake/receive.ts';
import { cremationFile, cremations, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

/** Dies before the n-th call into the world, which is after all effects of the one before. */
function dyingAt(n: number): { intake: Intake; calls: () => number } {
  const intake = world.intake();
  let calls = 0;
  const dying = <T extends object>(functions: T): T =>
    new Proxy(functions, {
      get:
        (target, name) =>
        async (...given: unknown[]) => {
          if (++calls === n) throw new Error('died');
          return (target[name as keyof T] as (...given: unknown[]) => unknown)(...given);
        },
    });
  const { objects, deliveries, snapshots, resume } = intake;
  const stores = { objects: dying(objects), deliveries: dying(deliveries), snapshots: dying(snapshots) };
  return { intake: { ...intake, ...stores, resume: dying({ resume }).resume }, calls: () => calls };
}

/** Consumes the queue as SQS has it consumed: a message that failed comes again, after the others. */
async function drain(intake: Intake): Promise<void> {
  for (let message = world.queue.shift(); message !== undefined; message = world.queue.shift()) {
    const again = message;
    await receive(intake, message, () => world.now).catch(() => world.queue.push(again));
  }
}

/** What is to be seen from outside; copies of deliveries that had to wait are the hub's own business. */
function outside() {
  const objects = [...world.objects].filter(([key]) => !key.startsWith('lake/waiting/'));
  return {
    objects: objects.map(([key, body]) => `${key} ${sha256(body).slice(0, 8)}`).sort(),
    snapshots: world.snapshots.map(({ snapshotId }) => snapshotId).sort(),
    states: [...world.deliveries.values()].map(({ deliveryId, state }) => `${deliveryId} ${state}`).sort(),
    claims: [...world.claims].map(([sequence, { state }]) => `${sequence} ${state}`).sort(),
  };
}

/** Lets the function die before each of its calls in turn: the same comes out as when it never dies. */
async function dieEverywhere(arrive: () => void): Promise<string[]> {
  const restore = world.save();
  const once = async (n: number) => {
    restore();
    arrive();
    const { intake, calls } = dyingAt(n);
    await drain(intake);
    return calls();
  };
  const calls = await once(0);
  const expected = outside();
  for (let n = 1; n <= calls; n++) {
    await once(n);
    expect(outside(), `died before call ${n} of ${calls}`).toEqual(expected);
  }
  return expected.states.map((state) => state.split(' ')[1]!);
}

const file = (sequence: number, mode = 'full') => `cremation/2022060${sequence}-${mode}-${sequence}.csv`;

test('a function that dies anywhere leaves one snapshot and one acknowledgement of a full delivery', async () => {
  world.clear();
  expect(await dieEverywhere(() => world.push(file(1), cremationFile(cremations(2))))).toEqual(['accepted']);
  expect(world.snapshots).toHaveLength(1);
});

test('a function that dies anywhere while a gap is closed leaves no delta waiting', async () => {
  world.clear();
  world.push(file(1), cremationFile(cremations(2)));
  world.push(file(3, 'delta'), cremationFile([{ crem_no: 'CR9', person: 9, oper: 'I' }]));
  await world.drain();
  const states = await dieEverywhere(() =>
    world.push(file(2, 'delta'), cremationFile([{ crem_no: 'CR1', person: 1, oper: 'D' }])),
  );
  expect(states).toEqual(['accepted', 'accepted', 'accepted']);
  expect(world.snapshots).toHaveLength(3);
});

test('a function that dies anywhere while it holds or refuses leaves the content as it was', async () => {
  world.clear();
  world.push(file(1), cremationFile(cremations(3)));
  await world.drain();
  const states = await dieEverywhere(() => {
    world.push(`${file(1)}.manifest.json`, '{"rowCount":7}');
    world.push(file(2), cremationFile(cremations(1)));
    world.push(file(3), '%PDF-1.7');
  });
  expect(states.sort()).toEqual(['accepted', 'held', 'refused', 'refused']);
  expect(world.snapshots).toHaveLength(1);
});

test('an acknowledgement tells when it was decided, and is the same when it has to be written again', async () => {
  world.clear();
  let ticks = 0;
  const clock = () => new Date(Date.UTC(2022, 6, 1, 0, 0, ticks++));
  const message = world.push(file(1), cremationFile(cremations(2)));
  const written: string[] = [];
  const { objects, ...intake } = world.intake();
  const writeObject: typeof objects.writeObject = async (_, __, body) => {
    written.push(String(body));
    if (written.length === 1) throw new Error('died');
  };
  const cutOnce = { ...intake, objects: { ...objects, writeObject } };
  await expect(receive(cutOnce, message, clock)).rejects.toThrow('died');
  await receive(cutOnce, message, clock);
  expect(written[1]).toBe(written[0]);
  const { receivedAt, decidedAt } = JSON.parse(written[0]!) as { receivedAt: string; decidedAt: string };
  expect(decidedAt > receivedAt).toBe(true);
});
