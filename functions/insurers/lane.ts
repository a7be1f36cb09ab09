import type { Lane } from '../../schemas/insurer.ts';
import { type KnownInsurer, laneKey, readInsurer } from './insurer-store.ts';
import type { Wire } from './wire.ts';

/**
 * The lane of an insurer: one worker at a time sends to it, however many are woken, so that an insurer that hangs keeps
 * one worker busy and no more. A lease ends by itself when its worker is stopped: soon, for bills of patients who wait at
 * the counter stand behind it; a worker that lives looks after it four times a second.
 */
const leaseSeconds = 10;

/**
 * Takes the lane for a worker. Where another has it, that one is told to look once more before it leaves, and a later
 * wake-up sees to the case that it never leaves.
 */
export async function enterLane(wire: Wire, insurer: string, owner: string): Promise<boolean> {
  for (let tries = 0; tries < 3; tries++) {
    const lane = (await readInsurer(wire.items, wire.insurers, insurer))?.lane;
    if (lane === undefined) return false;
    const now = wire.now();
    const at = now.toISOString();
    // A lease longer than leases are was made before a clock was set back.
    if (lane.leaseUntil > at && lane.leaseUntil <= leaseEnd(now)) {
      if (lane.wanted) return false;
      if (!(await change(wire, insurer, { wanted: true }, { owner: lane.owner, wanted: false }))) continue;
      const seconds = (Date.parse(lane.leaseUntil) - now.getTime()) / 1000;
      await wire.outbox.send([{ insurer }], Math.ceil(seconds) + 1);
      return false;
    }
    const taken = { owner, leaseUntil: leaseEnd(now), wanted: false };
    if (await change(wire, insurer, taken, { owner: lane.owner, leaseUntil: lane.leaseUntil })) return true;
  }
  return false;
}

/** Prolongs the lease when its time comes. @returns false: the lane was lost to another worker. */
export async function keepLane(wire: Wire, { insurer, lane }: KnownInsurer, owner: string): Promise<boolean> {
  const now = wire.now();
  // Half of it is longer than any wait in between.
  if (Date.parse(lane.leaseUntil) - now.getTime() > (leaseSeconds * 1000) / 2) return true;
  return change(wire, insurer.id, { leaseUntil: leaseEnd(now) }, { owner });
}

/** @returns `again`: somebody came meanwhile, there may be more to send. */
export async function leaveLane(wire: Wire, insurer: string, owner: string): Promise<'left' | 'again'> {
  const free = { owner: '-', leaseUntil: new Date(0).toISOString() };
  if (await change(wire, insurer, free, { owner, wanted: false })) return 'left';
  return (await change(wire, insurer, { wanted: false }, { owner })) ? 'again' : 'left';
}

const longestRestSeconds = 300;

/** A rest longer than rests are, by more than clocks differ, was made by a clock that ran ahead. */
export function isResting({ restUntil }: Pick<Lane, 'restUntil'>, now: Date): boolean {
  const longest = new Date(now.getTime() + 2 * longestRestSeconds * 1000).toISOString();
  return now.toISOString() < restUntil && restUntil <= longest;
}

/** Seconds for which an insurer that asks for patience is left alone: 1, 2, 4 … 60, or as long as it says. */
export function restSeconds(slow: number, retryAfterSeconds = 0): number {
  const most = retryAfterSeconds > 60 ? longestRestSeconds : 60;
  return Math.min(Math.max(2 ** Math.min(slow - 1, 6), retryAfterSeconds), most);
}

/** How it went with the insurer lately; told to the lane by its owner. */
export function paceLane(
  wire: Wire,
  insurer: string,
  owner: string,
  pace: Pick<Lane, 'slow' | 'restUntil'>,
): Promise<boolean> {
  return change(wire, insurer, pace, { owner });
}

const leaseEnd = (now: Date): string => new Date(now.getTime() + leaseSeconds * 1000).toISOString();

function change(
  wire: Wire,
  insurer: string,
  set: Partial<Lane>,
  when: Readonly<Record<string, string | boolean>>,
): Promise<boolean> {
  return wire.items.write([{ table: wire.insurers, update: laneKey(insurer), set, when }]);
}
