import type { Day } from './civil-days.ts';
import type { County } from './county.ts';
import { type Dice, Weighted } from './dice.ts';
import type { Person } from './households.ts';
import { otherRegions } from './places.ts';
import {
  type Bill,
  cancelled,
  contributionFen,
  cremated,
  employee,
  inHardship,
  isRetired,
  monitored,
  policy,
  registered,
  resident,
  settle,
  subsidyFen,
  ticket,
} from './records.ts';

/** Help that a whole household gets (or, `oneOnly`, one of its members), since a day. */
export type Help = { readonly type: string; readonly since: Day; readonly oneOnly: boolean };

/**
 * The records of an ordinary person: registered, and insured, paid for, treated, helped, moved or dead the way it
 * should be. Nothing in an ordinary life may give a finding; what should is planted by a scenario.
 */
export function liveOrdinarily(person: Person, county: County, help: Help | undefined): void {
  const { dice } = county;
  switch (fateOf(person, dice)) {
    case 'visits':
      liveTemporarily(person, county);
      break;
    case 'dies':
      die(person, county, help);
      break;
    case 'moves':
      moveAway(person, county);
      break;
    case 'serves':
      serve(person, county);
      break;
    case 'emigrates':
      emigrate(person, county);
      break;
    case 'stays':
      stay(person, county, help);
  }
}

function stay(person: Person, county: County, help: Help | undefined): void {
  const { dice } = county;
  registered(person, dice.chance(0.03) ? { live_admdvs: undefined } : {});
  // Help is given where people are registered.
  const held = help && person.household.kind === '1' ? receive(person, help) : [];
  const insutype = dice.chance(employeeShare(person)) ? '310' : '390';
  if (insutype === '310') beEmployed(person, county);
  else {
    resident(person, county);
    payAsResident(person, county, held);
  }
  fallIll(person, county, insutype, held.length > 0);
  if (person.age >= 18 && dice.chance(0.06)) policy(person, county);
}

type Fate = 'stays' | 'visits' | 'dies' | 'moves' | 'serves' | 'emigrates';

/** What the last year or so brought; most people stay. */
function fateOf({ age, household }: Person, dice: Dice): Fate {
  if (household.kind === '3') return 'visits';
  if (household.kind === '2') return 'stays';
  const throwOf = dice.share();
  const deaths = age >= 80 ? 0.11 : age >= 60 ? 0.027 : age >= 40 ? 0.004 : 0.0006;
  if (throwOf < deaths) return 'dies';
  if (throwOf < deaths + (age >= 18 && age < 55 ? 0.102 : 0.013)) return 'moves';
  if (age >= 18 && age < 24 && throwOf > 0.98) return 'serves';
  return age >= 25 && throwOf > 0.999 ? 'emigrates' : 'stays';
}

/** Help for about one household in twelve; the lists overlap with nothing planted. */
export function householdHelp(dice: Dice, county: County): Help | undefined {
  const type = helpTypes.pick(dice);
  if (type === undefined) return undefined;
  return { type, since: county.monthBegin(county.newYear - dice.whole(400, 1900)), oneOnly: individualHelp.has(type) };
}

const helpTypes = new Weighted<string | undefined>([
  [undefined, 9080],
  ['minimum-living', 330],
  ['minimum-living-edge', 110],
  ['extreme-poverty', 60],
  ['severe-disability', 150],
  ['orphan', 3],
  ['de-facto-unsupported-child', 5],
  ['stable-exit', 200],
  ['unstable-exit', 30],
  ['at-risk', 32],
  ['sudden-hardship', 20],
  ['returned-to-poverty', 1],
]);
const individualHelp = new Set(['severe-disability', 'orphan', 'de-facto-unsupported-child']);
const ruralTypes = new Set(['stable-exit', 'unstable-exit', 'at-risk', 'sudden-hardship', 'returned-to-poverty']);

/** Writes the help into its list; returns the categories that count as hardship. */
function receive(person: Person, { type, since }: Help): string[] {
  const begin = Math.max(since, person.born);
  if (!ruralTypes.has(type)) inHardship(person, type, begin);
  else monitored(person, type, begin, type === 'stable-exit' ? { risk_stas: '1', end_date: begin + 365 } : {});
  return type === 'stable-exit' ? [] : [type];
}

function employeeShare(person: Person): number {
  if (person.household.kind === '2') return person.age >= 20 && !isRetired(person) ? 0.3 : 0;
  if (person.age < 20) return 0;
  return isRetired(person) ? 0.0725 : 0.1045;
}

function beEmployed(person: Person, county: County): void {
  const { dice } = county;
  const main = employee(person, county);
  if (dice.chance(0.15)) employee(person, county, { ...main, insutype: dice.pick(['320', '330', '510']) });
  // People who work for themselves pay their own premium of the employees' scheme.
  if (main.psn_type === '11' && dice.chance(0.12)) {
    ticket(person, county, { insutype: '310', paid_amt: dice.whole(300_000, 620_000) });
  }
}

function payAsResident(person: Person, county: County, held: readonly string[]): void {
  const best = held[0];
  const subsidy = best === undefined ? 0 : subsidyFen[best]!;
  if (best === undefined) ticket(person, county);
  else ticket(person, county, { paid_amt: contributionFen - subsidy, subs_amt: subsidy, subs_type: best });
}

/** Up to three treatments in half a year, each in its own two months, never dear enough for a warning. */
function fallIll(person: Person, county: County, insutype: '310' | '390', hardship: boolean): void {
  const { dice, asOf } = county;
  const bills = treatments.pick(dice);
  for (let i = 0; i < bills; i++) {
    const begin = asOf - 180 + i * 60 + dice.whole(0, 30);
    if (begin >= person.born && begin <= asOf - 25)
      settle(person, county, ordinaryBill(person, dice, begin, insutype, hardship));
  }
}

const treatments = new Weighted<number>([
  [0, 784],
  [1, 140],
  [2, 48],
  [3, 28],
]);

function ordinaryBill(person: Person, dice: Dice, begin: Day, insutype: '310' | '390', hardship: boolean): Bill {
  const shared = { begin, insutype, assistance: hardship };
  if (dice.chance(0.28)) {
    const mother = person.sex === 2 && person.age >= 21 && person.age <= 40 && dice.chance(0.3);
    const medType = mother ? '52' : person.age < 1 && dice.chance(0.2) ? '9921' : dice.pick(stays);
    const personFen = dice.whole(30_000, hardship ? 140_000 : 880_000);
    return {
      ...shared,
      medType,
      end: begin + dice.whole(2, 20),
      fundFen: Math.floor(personFen * (1.2 + 2 * dice.share())),
      personFen,
    };
  }
  const personFen = dice.whole(800, 22_000);
  return { ...shared, medType: dice.pick(visits), fundFen: Math.floor(personFen * dice.share() * 2), personFen };
}

const stays = ['21', '21', '21', '21', '21', '21', '21', '23', '24'];
const visits = ['11', '11', '11', '11', '41', '41', '41', '13', '14', '14'];

function liveTemporarily(person: Person, county: County): void {
  registered(person);
  if (person.age >= 20 && !isRetired(person) && county.dice.chance(0.12)) employee(person, county);
}

/** A death that every register has taken in, or, in the last weeks, not yet had to. */
function die(person: Person, county: County, help: Help | undefined): void {
  const { dice, asOf } = county;
  const death = Math.max(person.born, asOf - dice.whole(1, 430));
  const reported = Math.min(asOf, death + dice.whole(3, 22));
  const inTime = asOf - death <= 28;
  registered(person, { pop_stas: '2', chg_date: reported });
  cancelled(person, death, reported);
  if (dice.chance(0.7)) cremated(person, county, death, Math.min(asOf, death + dice.whole(1, 4)));
  const held = help && !ruralTypes.has(help.type) ? [help.type] : [];
  for (const type of held) inHardship(person, type, Math.max(help!.since, person.born), { end_date: death });
  const ended = { psn_insu_stas: '4', psn_clct_stas: '3', paus_insu_date: death };
  const changes = inTime && dice.chance(0.5) ? {} : ended;
  if (isRetired(person) && dice.chance(0.06)) employee(person, county, changes);
  else if (death >= county.coverBegins) {
    resident(person, county, changes);
    if (death >= county.newYear + 31) payAsResident(person, county, held);
  } else {
    const psnInsuDate = Math.min(death, county.coverBegins - 365);
    resident(person, county, { ...ended, insu_year: String(county.coverYear - 1), psn_insu_date: psnInsuDate });
  }
}

function moveAway(person: Person, county: County): void {
  const { dice } = county;
  registered(person, {
    pop_stas: '3',
    chg_date: county.asOf - dice.whole(20, 1500),
    live_admdvs: `${dice.pick(otherRegions)}001001`,
  });
  if (dice.chance(0.1)) {
    const begin = county.coverBegins - 365;
    resident(person, county, {
      psn_insu_stas: '4',
      insu_year: String(county.coverYear - 1),
      psn_insu_date: begin,
      paus_insu_date: begin + 240,
    });
  }
}

function serve(person: Person, county: County): void {
  const left = county.asOf - county.dice.whole(30, 700);
  registered(person, { pop_stas: '4', chg_date: left });
  cancelled(person, undefined, left, { canc_type: '2' });
}

function emigrate(person: Person, county: County): void {
  const left = county.asOf - county.dice.whole(30, 1500);
  registered(person, { pop_stas: '5', chg_date: left });
  cancelled(person, undefined, left, { canc_type: '3' });
}
