import type { County, Season } from './county.ts';
import type { Person } from './households.ts';
import type { FeedName } from './records.ts';

/** Every rule of the cross-check. */
export const ruleCodes = [
  'XC-101',
  'XC-102',
  'XC-103',
  'XC-104',
  'XC-105',
  'XC-106',
  'XC-107',
  'XC-201',
  'XC-202',
  'XC-203',
  'XC-204',
  'XC-301',
  'XC-302',
  'XC-303',
  'XC-304',
  'XC-401',
  'XC-402',
  'XC-403',
  'XC-501',
  'XC-502',
  'XC-601',
  'XC-602',
  'XC-701',
] as const;
export type RuleCode = (typeof ruleCodes)[number];

/** A finding that must come out, once for the person and what it is about. */
export type Expected = {
  readonly rule: RuleCode;
  readonly priority: 'P0' | 'P1' | 'P2' | 'P3';
  readonly amountFen?: number;
  readonly facts?: Readonly<Record<string, unknown>>;
};

/** A situation that the rules name, planted into the county at a rate. */
export type Scenario = {
  readonly name: string;
  /** People per million of the county; at least one from `smallestFullCounty` people on. */
  readonly perMillion: number;
  /** What it changes in an ordinary life. */
  readonly changes: string;
  /** Rules that must find it; none for a look-alike that must stay clear. */
  readonly gives: readonly RuleCode[];
  /** Who it can happen to, among people registered here. Default: 20 to 52 years old. */
  readonly who?: (person: Person) => boolean;
  /** When its outcome is what `gives` says. Default: from the third month of the insurance year on. */
  readonly seasons?: readonly Season[];
  /** Occurs in the smallest county too, early: without it a feed might be empty, and an empty file is refused. */
  readonly everywhere?: true;
  /** Writes the person's rows and returns the findings. `relative` adds another person of the household. */
  readonly plant: (person: Person, county: County, relative: Relative) => readonly Expected[];
};

export type Relative = (like: Person, changes: Partial<Pick<Person, 'born' | 'name' | 'area' | 'number'>>) => Person;

export const adult = (person: Person): boolean => person.age >= 20 && person.age <= 52;
export const old = (person: Person): boolean => person.age >= 62 && person.age <= 85;
export const infant = (person: Person): boolean => person.age < 1;
export const child = (person: Person): boolean => person.age >= 7 && person.age <= 17;
/** Old enough to have had a 15-digit number. */
export const bornLongAgo = (person: Person): boolean => person.age >= 42 && person.age <= 80;

export const always: readonly Season[] = ['campaign', 'collection', 'year'];

export function found(
  rule: RuleCode,
  priority: Expected['priority'],
  facts: Expected['facts'] = {},
  amountFen?: number,
): Expected {
  return { rule, priority, facts, ...(amountFen === undefined ? {} : { amountFen }) };
}

/** Feeds whose rows speak for a finding of a rule. */
export const evidenceFeeds: Readonly<Record<RuleCode, readonly FeedName[]>> = {
  'XC-101': ['population'],
  'XC-102': ['hardship', 'rural-monitoring', 'population'],
  'XC-103': ['population', 'enrolment'],
  'XC-104': ['population', 'enrolment'],
  'XC-105': ['population'],
  'XC-106': ['population', 'enrolment'],
  'XC-107': ['premium-payment', 'population'],
  'XC-201': ['enrolment'],
  'XC-202': ['enrolment'],
  'XC-203': ['enrolment'],
  'XC-204': ['enrolment', 'population'],
  'XC-301': ['premium-payment'],
  'XC-302': ['premium-payment'],
  'XC-303': ['premium-payment', 'hardship', 'rural-monitoring'],
  'XC-304': ['premium-payment'],
  'XC-401': ['enrolment', 'death-police', 'cremation'],
  'XC-402': ['settlement', 'death-police', 'cremation'],
  'XC-403': ['premium-payment', 'death-police', 'cremation'],
  'XC-501': ['settlement'],
  'XC-502': ['settlement'],
  'XC-601': ['enrolment', 'population'],
  'XC-602': ['enrolment'],
  'XC-701': ['settlement'],
};
