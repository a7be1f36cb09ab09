import { type Day, isoDate } from '../civil-days.ts';
import type { County } from '../county.ts';
import { cancelled, cremated, employee, registered, resident } from '../records.ts';
import { always, bornLongAgo, type Expected, found, old, type Scenario } from '../scenario.ts';
import { clearAmong, contradictedDeath, cutToOldForm, diedAndEnded, enrolled } from './situations.ts';

export const deceasedEnrolled: readonly Scenario[] = [
  {
    name: '401-police-only',
    perMillion: 420,
    who: old,
    gives: ['XC-401'],
    changes: 'dead by the police, resident cover goes on',
    plant: (p, c) => {
      enrolled(p, c);
      const day = longAgo(c);
      cancelled(p, day, day + 6);
      return enrolledDead();
    },
  },
  {
    name: '401-both-sources',
    perMillion: 300,
    who: old,
    gives: ['XC-401'],
    changes: 'dead by police and crematorium, cover goes on',
    plant: (p, c) => {
      enrolled(p, c);
      const day = longAgo(c);
      cancelled(p, day, day + 8);
      cremated(p, c, day, day + 2);
      return enrolledDead(true);
    },
  },
  {
    name: '401-cremation-only',
    perMillion: 150,
    who: old,
    gives: ['XC-401'],
    changes: 'dead by the crematorium only, with or without a date of death',
    plant: (p, c) => {
      enrolled(p, c);
      const day = longAgo(c);
      cremated(p, c, c.dice.pick([day, undefined]), day + 2);
      return enrolledDead();
    },
  },
  {
    name: '401-no-death-date',
    perMillion: 60,
    who: old,
    gives: ['XC-401'],
    changes: "no date of death: the cancellation's counts",
    plant: (p, c) => {
      enrolled(p, c);
      cancelled(p, undefined, c.asOf - 41);
      return enrolledDead();
    },
  },
  {
    name: '401-reported-by-cremation-first',
    perMillion: 15,
    who: old,
    gives: ['XC-401'],
    changes: 'the police heard five days ago, the crematorium long before',
    plant: (p, c) => {
      enrolled(p, c);
      const day = c.asOf - 112;
      cremated(p, c, day, day + 2);
      cancelled(p, day, c.asOf - 5);
      return enrolledDead(true);
    },
  },
  {
    name: '401-employee',
    perMillion: 40,
    who: old,
    gives: ['XC-401'],
    changes: 'a retired employee dead, cover goes on',
    plant: (p, c) => {
      registered(p);
      employee(p, c);
      cancelled(p, c.asOf - 112, c.asOf - 106);
      return enrolledDead();
    },
  },
  {
    name: '401-31-days',
    perMillion: 10,
    who: old,
    gives: ['XC-401'],
    changes: 'dead for 31 days, reported for 16',
    plant: (p, c) => {
      enrolled(p, c);
      cancelled(p, c.asOf - 31, c.asOf - 16);
      return enrolledDead();
    },
  },
  {
    name: '401-not-in-population',
    perMillion: 30,
    who: old,
    gives: ['XC-401'],
    changes: 'already off the population list',
    plant: (p, c) => {
      resident(p, c);
      cancelled(p, c.asOf - 130, c.asOf - 120);
      return enrolledDead();
    },
  },
  {
    name: '401-old-number',
    perMillion: 15,
    who: (p) => bornLongAgo(p) && old(p),
    gives: ['XC-401'],
    changes: 'the police have the 15-digit number',
    plant: (p, c) => {
      enrolled(p, c);
      cancelled(p, c.asOf - 112, c.asOf - 106, cutToOldForm(p, c));
      return enrolledDead();
    },
  },
  {
    name: '401-contradicted',
    perMillion: 12,
    who: old,
    gives: ['XC-401'],
    changes: 'restored by the police, cremated all the same',
    plant: (p, c) => {
      enrolled(p, c);
      contradictedDeath(p, c);
      return contradictedFinding;
    },
  },
  clearAmong(old, 'clear-401-30-days', 40, 'dead for 30 days', (p, c) => {
    enrolled(p, c);
    cancelled(p, c.asOf - 30, c.asOf - 24);
  }),
  clearAmong(old, 'clear-401-reported-15-days-ago', 30, 'dead for long, reported 15 days ago', (p, c) => {
    enrolled(p, c);
    cancelled(p, c.asOf - 90, c.asOf - c.dice.pick([15, 9]));
  }),
  clearAmong(old, 'clear-401-restored', 40, 'restored by the police', (p, c) => {
    enrolled(p, c);
    cancelled(p, c.asOf - 112, c.asOf - 106, { restored: '1' });
  }),
  clearAmong(old, 'clear-401-other-reason', 40, 'cancelled for another reason', (p, c) => {
    enrolled(p, c);
    cancelled(p, undefined, c.asOf - 112, { canc_type: c.dice.pick(['4', '9']) });
  }),
  clearAmong(old, 'clear-401-later-of-two', 15, 'one source gives a date 20 days ago', (p, c) => {
    enrolled(p, c);
    cancelled(p, c.asOf - 112, c.asOf - 100);
    cremated(p, c, c.asOf - 20, c.asOf - 18);
  }),
  clearAmong(old, 'clear-401-day-00', 15, 'day 00: the last day of that month counts', (p, c) => {
    enrolled(p, c);
    cancelled(p, undefined, c.asOf - 8, { death_date: `${isoDate(c.asOf - 10).slice(0, 7)}-00` });
  }),
  {
    ...clearAmong(old, 'clear-401-terminated', 200, 'dead, and the row was terminated', (p, c) => {
      const day = diedAndEnded(p, c);
      cancelled(p, day, day + 6);
      cremated(p, c, day, day + 2);
    }),
    seasons: always,
    everywhere: true,
  },
  clearAmong(old, 'clear-401-side-scheme', 20, 'only a side scheme still runs', (p, c) => {
    registered(p);
    employee(p, c, { insutype: '330' });
    cancelled(p, c.asOf - 112, c.asOf - 106);
  }),
];

const contradictedFinding = [found('XC-401', 'P2', { contradicted: true })];

function longAgo(county: County): Day {
  return county.asOf - county.dice.whole(40, 300);
}

function enrolledDead(strong = false): Expected[] {
  return [found('XC-401', 'P1', strong ? { strong: true } : {})];
}
