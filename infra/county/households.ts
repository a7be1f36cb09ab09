import { birthArea } from './certificates.ts';
import { type Day, yearOf } from './civil-days.ts';
import { type Dice, Weighted } from './dice.ts';
import { fullName, type Sex, surname } from './names.ts';
import { otherRegions } from './places.ts';
import type { Row } from './records.ts';

export type Household = {
  readonly no: number;
  /** 12-digit code of the village where they live. */
  readonly village: string;
  /** 1 registered here, 2 residence permit, 3 temporary. */
  readonly kind: '1' | '2' | '3';
  /** 12-digit code of the village where they are registered. */
  readonly registeredAt: string;
};

export type Person = {
  readonly household: Household;
  readonly sex: Sex;
  /** Completed years. */
  readonly age: number;
  born: Day;
  name: string;
  /** Birth area of the number, as long as there is none. */
  area: string;
  certType: string;
  /** The certificate, once the county has given one (`County.numberOf`). */
  number: string | undefined;
  /** What the agencies hold about the person. */
  readonly rows: Row[];
};

/** The people of one household: parents, children and grandparents with the ages and surnames that go together. */
export function makeHousehold(dice: Dice, asOf: Day, no: number, village: string): Person[] {
  const shape = shapes.pick(dice);
  const kind = shape === migrants ? (dice.chance(0.4) ? '2' : '3') : '1';
  const registeredAt =
    kind === '1' ? village : `${dice.pick(otherRegions)}1${dice.whole(10, 29)}2${dice.whole(10, 19)}`;
  const household: Household = { no, village, kind, registeredAt };
  const family = surname(dice);
  return shape(dice).map(({ sex, age, marriedIn }) => {
    // Children under one come evenly over the year; the day decides what is due for them.
    const born = asOf - Math.floor(age * 365.2425 + dice.share() * 365.2);
    const ownSurname = marriedIn ? surname(dice) : family;
    return {
      household,
      sex,
      age,
      born,
      name: fullName(dice, sex, yearOf(born), ownSurname),
      area: birthArea(dice, kind !== '1'),
      certType: '01',
      number: undefined,
      rows: [],
    };
  });
}

type Member = { readonly sex: Sex; readonly age: number; readonly marriedIn?: boolean };

function youngFamily(dice: Dice): Member[] {
  const mother = dice.whole(24, 43);
  const members = couple(dice, mother, 0.88);
  for (let i = childrenOfYoung.pick(dice); i > 0; i--) {
    const age = mother - dice.whole(20, 34);
    if (age >= 0) members.push({ sex: newSex(dice), age });
  }
  if (dice.chance(0.36)) members.push(...couple(dice, mother + dice.whole(22, 30), 0.7));
  return members;
}

function middleFamily(dice: Dice): Member[] {
  const mother = dice.whole(44, 60);
  const members = couple(dice, mother, 0.88);
  for (let i = dice.whole(0, 2); i > 0; i--) {
    const age = mother - dice.whole(21, 32);
    if (age < 32) members.push({ sex: newSex(dice), age });
  }
  if (dice.chance(0.22)) members.push(...couple(dice, mother + dice.whole(22, 28), 0.35));
  return members;
}

/** Children left with their grandparents while the parents work elsewhere. */
function leftBehind(dice: Dice): Member[] {
  const grandmother = dice.whole(52, 70);
  const members = couple(dice, grandmother, 0.75);
  for (let i = dice.whole(1, 2); i > 0; i--) members.push({ sex: newSex(dice), age: dice.whole(2, 15) });
  return members;
}

function oldPeople(dice: Dice): Member[] {
  return couple(dice, 60 + Math.floor(32 * dice.share() ** 1.7), 0.6);
}

function alone(dice: Dice): Member[] {
  return [{ sex: newSex(dice), age: dice.whole(20, 64) }];
}

function migrants(dice: Dice): Member[] {
  const members = couple(dice, dice.whole(19, 50), 0.45);
  if (members.length === 2 && dice.chance(0.3)) members.push({ sex: newSex(dice), age: dice.whole(0, 14) });
  return members;
}

/** A wife of the age, her husband a little older, or (when there is no second) one of the two. */
function couple(dice: Dice, age: number, both: number): Member[] {
  const husband: Member = { sex: 1, age: Math.min(104, age + dice.whole(-1, 5)) };
  const wife: Member = { sex: 2, age, marriedIn: true };
  if (dice.chance(both)) return [husband, wife];
  return [dice.chance(0.5) ? husband : wife];
}

function newSex(dice: Dice): Sex {
  return dice.chance(0.52) ? 1 : 2;
}

const childrenOfYoung = new Weighted<number>([
  [0, 14],
  [1, 42],
  [2, 37],
  [3, 7],
]);

const shapes = new Weighted<(dice: Dice) => Member[]>([
  [youngFamily, 33],
  [middleFamily, 29],
  [leftBehind, 6],
  [oldPeople, 14],
  [alone, 7],
  [migrants, 11],
]);
