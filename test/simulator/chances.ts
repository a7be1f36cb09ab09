import type { Dice } from '../../infra/county/dice.ts';

/** What goes wrong in a world, and how often; 0 for what does not happen in it. */
export type Chances = {
  /** That an operation waits for others, and how long at most. */
  readonly wait: number;
  readonly longestWaitMs: number;
  /** Per process: each of its operations takes seconds, while others overtake it. */
  readonly slow: number;
  /** Per operation: its process is gone, right there. */
  readonly crash: number;
  /** Per write: it is not made and says so; it is made and reports a failure. */
  readonly writeFails: number;
  readonly writeMadeButFails: number;
  readonly readFails: number;
  /** Per write: it takes a moment, and who writes one of its items meanwhile is told of the conflict. */
  readonly conflict: number;
  /** Per read of several items: others write in the middle of it. */
  readonly amid: number;
  /** Per write: the table's indexes do not show it for some seconds. */
  readonly lag: number;
  /** Per write: it is said to be made and is lost. */
  readonly lie: number;
  /** Of a queue, and of the table's stream. */
  readonly duplicate: number;
  readonly lose: number;
  /** Of a request to an insurer, and of one from it. */
  readonly requestLost: number;
  readonly answerLost: number;
  readonly requestTwice: number;
  /** Jumps of the hub's clock in the course of the world, and how far. */
  readonly clockJumps: number;
  readonly longestJumpSeconds: number;
};

const often = (dice: Dice, most: number): number => (dice.chance(0.5) ? 0 : dice.share() * most);

/** Every world has some kinds of faults and not others: so each kind is also seen alone. */
export function chancesOf(dice: Dice): Chances {
  const waitsLong = dice.chance(0.2);
  return {
    wait: dice.chance(0.2) ? 0 : dice.share() * 0.6,
    longestWaitMs: waitsLong ? 20_000 : 50,
    slow: dice.chance(0.8) ? 0 : 0.3,
    crash: often(dice, 0.03),
    writeFails: often(dice, 0.1),
    writeMadeButFails: often(dice, 0.1),
    readFails: often(dice, 0.05),
    conflict: dice.chance(0.7) ? 0 : dice.share(),
    amid: often(dice, 0.3),
    lag: often(dice, 0.5),
    lie: dice.chance(0.95) ? 0 : dice.pick([0.01, 0.05]),
    duplicate: often(dice, 0.5),
    lose: often(dice, 0.5),
    requestLost: often(dice, 0.5),
    answerLost: often(dice, 0.5),
    requestTwice: often(dice, 0.3),
    clockJumps: dice.chance(0.7) ? 0 : dice.whole(1, 3),
    longestJumpSeconds: dice.pick([20, 600, 90_000]),
  };
}

/** Hardly anything fails, but everything happens at once, and some processes are much slower than others. */
export function crowded(dice: Dice): Chances {
  return {
    ...noFaults,
    wait: 0.5,
    longestWaitMs: 50,
    slow: 0.4,
    conflict: dice.chance(0.5) ? 0 : 0.5,
    amid: dice.chance(0.5) ? 0 : 0.3,
    lag: dice.chance(0.5) ? 0 : 0.3,
    duplicate: 0.5,
    requestLost: often(dice, 0.3),
  };
}

export const noFaults: Chances = {
  wait: 0,
  longestWaitMs: 0,
  slow: 0,
  crash: 0,
  writeFails: 0,
  writeMadeButFails: 0,
  readFails: 0,
  conflict: 0,
  amid: 0,
  lag: 0,
  lie: 0,
  duplicate: 0,
  lose: 0,
  requestLost: 0,
  answerLost: 0,
  requestTwice: 0,
  clockJumps: 0,
  longestJumpSeconds: 0,
};
