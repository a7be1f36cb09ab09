import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Seeded chance: the same seed gives the same throws on every machine. */
export class Dice {
  readonly #generator: RandomGenerator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
    // The first throws of neighbouring seeds resemble each other.
    for (let i = 0; i < 32; i++) this.#generator.next();
  }

  /** A share in [0, 1). */
  share(): number {
    return (this.#generator.next() >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.share() < probability;
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.share() * (to - from + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.share() * list.length)]!;
  }
}

/** Things with weights: `new Weighted([['one child', 5], ['two children', 4]]).pick(dice)`. */
export class Weighted<T> {
  readonly #things: readonly T[];
  readonly #upTo: Float64Array;

  constructor(weights: readonly (readonly [thing: T, weight: number])[]) {
    this.#things = weights.map(([thing]) => thing);
    let sum = 0;
    this.#upTo = Float64Array.from(weights, ([, weight]) => (sum += weight));
  }

  pick(dice: Dice): T {
    return this.at(dice.share());
  }

  /** The thing at a position in [0, 1) of all the weights laid side by side. */
  at(position: number): T {
    const last = this.#upTo.length - 1;
    const target = position * this.#upTo[last]!;
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (target < this.#upTo[middle]!) high = middle;
      else low = middle + 1;
    }
    return this.#things[low]!;
  }
}
