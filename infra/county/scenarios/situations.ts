import { oldForm } from '../certificates.ts';
import { type Day, dayOf, yearOf } from '../civil-days.ts';
import type { County } from '../county.ts';
import type { Person } from '../households.ts';
import { fullName } from '../names.ts';
import {
  type Bill,
  type Cells,
  cancelled,
  contributionFen,
  cremated,
  inHardship,
  monitored,
  registered,
  resident,
  settle,
  subsidyFen,
  ticket,
} from '../records.ts';
import type { Scenario } from '../scenario.ts';

/** Registered, enrolled for the year and paid for: a resident about whom nothing is wrong. */
export function insured(person: Person, county: County): void {
  registered(person);
  resident(person, county);
  ticket(person, county);
}

/** Changes that make a resident row last year's. */
export function lastYear(county: County): { insu_year: string; psn_insu_date: number } {
  return { insu_year: String(county.year - 1), psn_insu_date: county.newYear - 365 };
}

/** Amounts of a ticket that a category pays its standard of. */
export function subsidised(type: string): Cells {
  const subsidy = subsidyFen[type]!;
  return { paid_amt: contributionFen - subsidy, subs_amt: subsidy, subs_type: type };
}

/** Changes that give a row the person's number in its 15-digit form. */
export function cutToOldForm(person: Person, county: County): { certno: string } {
  return { certno: oldForm(county.numberOf(person)) };
}

type Life = (person: Person, county: County) => void;

/** A situation close to a finding that must give none. */
export function clear(name: string, perMillion: number, changes: string, live: Life): Scenario {
  return {
    name,
    perMillion,
    changes,
    gives: [],
    plant: (person, county) => {
      live(person, county);
      return [];
    },
  };
}

/** The same, among people of a kind. */
export function clearAmong(who: NonNullable<Scenario['who']>, ...situation: Parameters<typeof clear>): Scenario {
  return { ...clear(...situation), who };
}

/** The police restored a death that a cremation speaks for. */
export function contradictedDeath(person: Person, county: County): void {
  cancelled(person, county.asOf - 112, county.asOf - 106, { restored: '1' });
  cremated(person, county, county.asOf - 112, county.asOf - 110);
}

/** Changes that make a resident row one of an earlier year. */
export function yearRow(year: number): { insu_year: string; psn_insu_date: number } {
  return { insu_year: String(year), psn_insu_date: dayOf(`${year}-01-01`) };
}

/** Registered and enrolled; nothing paid yet. */
export function enrolled(person: Person, county: County): void {
  registered(person);
  resident(person, county);
}

/** In hardship since well before the collection. */
export function heldLong(person: Person, county: County, type: string): void {
  const begin = county.newYear - 640;
  if (ruralTypes.has(type)) monitored(person, type, begin);
  else inHardship(person, type, begin);
}

const ruralTypes = new Set(['returned-to-poverty', 'unstable-exit', 'at-risk', 'sudden-hardship', 'stable-exit']);

/** The day a ticket was paid. */
export function paidOn(ticketCells: Cells): Day {
  return Number(ticketCells.pay_date);
}

const ended = { psn_insu_stas: '4', psn_clct_stas: '3' };

/** Died three to six months ago; population and enrolment know. */
export function diedAndEnded(person: Person, county: County): Day {
  const day = county.asOf - county.dice.whole(95, 180);
  registered(person, { pop_stas: '2', chg_date: day });
  resident(person, county, { ...ended, psn_insu_date: Math.min(day, county.coverBegins), paus_insu_date: day });
  return day;
}

/** A stay that began so many days before the as-of date; by default an inexpensive one. */
export function stay(
  person: Person,
  county: County,
  daysAgo: number,
  days: number,
  bill: Partial<Bill> = {},
  changes: Cells = {},
): Cells {
  const begin: Day = county.asOf - daysAgo;
  const personFen = county.dice.whole(40_000, 200_000);
  return settle(
    person,
    county,
    { medType: '21', begin, end: begin + days, fundFen: personFen * 2, personFen, ...bill },
    changes,
  );
}

/** A name whose first character is another. */
export function otherName(person: Person, county: County): string {
  const surname = county.dice.pick(['袁', '苏', '曾', '姚', '方'].filter((each) => each !== person.name[0]));
  return fullName(county.dice, person.sex, yearOf(person.born), surname);
}
