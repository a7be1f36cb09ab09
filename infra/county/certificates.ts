import { type Day, dayOf, isoDate } from './civil-days.ts';
import { type Dice, Weighted } from './dice.ts';
import type { Sex } from './names.ts';

/**
 * Gives every person a number nobody else in the county has, in memory that does not grow with the county: it only
 * counts how many numbers of an area, birth day and sex are given out.
 */
export class NumberOffice {
  readonly #given = new Map<string, Uint16Array>();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = Math.abs(seed);
  }

  /** An 18-digit citizen number. When an area has no number of that day left, a neighbouring one gives it. */
  issue(area: string, born: Day, sex: Sex): string {
    for (const candidate of [area, ...localAreas, ...distantAreas]) {
      const number = this.#next(candidate, born, sex);
      if (number !== undefined) return number;
    }
    throw new Error(`all numbers of ${isoDate(born)} are given out`);
  }

  #next(area: string, born: Day, sex: Sex): string | undefined {
    const sequence = this.#take(area, born, sex);
    if (sequence === undefined) return undefined;
    const number = numberOf(area, born, sequence);
    // With one digit wrong, a number that ends in 000 passes for one that Excel has damaged.
    return number.endsWith('000') ? this.#next(area, born, sex) : number;
  }

  #take(area: string, born: Day, sex: Sex): number | undefined {
    let given = this.#given.get(area);
    if (!given) {
      given = new Uint16Array((lastBirth - firstBirth + 1) * 2);
      this.#given.set(area, given);
    }
    const slot = (born - firstBirth) * 2 + (sex - 1);
    const order = given[slot]!;
    if (order >= perDayAndSex) return undefined;
    given[slot] = order + 1;
    // 187 has no factor in common with 500: all 500 come, scattered. Odd sequences are men's.
    return ((order * 187 + slot * 31 + this.#seed * 7) % perDayAndSex) * 2 + (sex === 1 ? 1 : 0);
  }
}

const perDayAndSex = 500;
const firstBirth = dayOf('1890-01-01');
const lastBirth = dayOf('2079-12-31');

/**
 * Birth areas. GB/T 2260 and its predecessors since 1980 never gave a county a code that ends in 91-99, so none of
 * these numbers can be a real person's; the province digits are real ones. The list is tested against all codes.
 */
export const localAreas = ['500299', '500298', '500198', '500297'] as const;
export const distantAreas = ['511298', '422898', '511397', '520397', '610998', '430797', '450197', '360798'] as const;

/** For planted people whose numbers must keep a distance from everybody's. */
export const plantedArea = '500296';

const localBirths = new Weighted<string>([
  ['500299', 74],
  ['500298', 8],
  ['500198', 4],
  ['500297', 4],
  ...distantAreas.map((area): [string, number] => [area, 1.2]),
]);

export function birthArea(dice: Dice, migrant: boolean): string {
  return migrant ? dice.pick(distantAreas) : localBirths.pick(dice);
}

/** 6 area + 8 birth date + 3 sequence + check character. */
export function numberOf(area: string, born: Day, sequence: number): string {
  return withCheck(area + isoDate(born).replaceAll('-', '') + String(sequence).padStart(3, '0'));
}

/** First 17 digits → all 18 characters (ISO 7064 MOD 11-2). */
export function withCheck(digits: string): string {
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += (digits.charCodeAt(i) - 48) * weights[i]!;
  return digits + checkCharacters[sum % 11];
}

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkCharacters = '10X98765432';

/** The 15-digit form that the number of somebody born in the 20th century had before 1999. */
export function oldForm(number: string): string {
  if (number.slice(6, 8) !== '19') throw new Error('nobody born since 2000 ever had 15 digits');
  return number.slice(0, 6) + number.slice(8, 17);
}

/** Another digit at a position (0-17). */
export function withDigit(number: string, position: number, dice: Dice): string {
  const digit = number[position] === 'X' ? dice.whole(0, 9) : (Number(number[position]) + dice.whole(1, 9)) % 10;
  return number.slice(0, position) + digit + number.slice(position + 1);
}

/** The first two unequal neighbours from a position on change places. */
export function withSwap(number: string, from: number): string {
  for (let i = from; i < 16; i++) {
    if (number[i] !== number[i + 1]) return number.slice(0, i) + number[i + 1] + number[i] + number.slice(i + 2);
  }
  return withSwap(number, 0);
}
