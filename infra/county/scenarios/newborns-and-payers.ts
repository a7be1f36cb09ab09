import type { County } from '../county.ts';
import type { Person } from '../households.ts';
import { inHardship, refund, registered, resident, ticket } from '../records.ts';
import { always, bornLongAgo, type Expected, found, infant, type Scenario } from '../scenario.ts';
import { cutToOldForm, lastYear, subsidised } from './situations.ts';

/** Newborns, payments that arrived nowhere, and next year's premium. */
export const newbornsAndPayers: readonly Scenario[] = [
  ...[0, 10, 59, 60, 89, 90].map(
    (days): Scenario => ({
      name: `105-newborn-${days}-days`,
      perMillion: 12,
      who: infant,
      gives: ['XC-105'],
      seasons: always,
      changes: `born ${days} days ago, not registered`,
      plant: (p, c) => newborn(p, c, days),
    }),
  ),
  {
    name: '105-newborn',
    perMillion: 720,
    who: infant,
    gives: ['XC-105'],
    seasons: always,
    changes: 'born in the last 90 days, not registered',
    plant: (p, c) => newborn(p, c, c.dice.whole(1, 88)),
  },
  ...([16, 20, 45] as const).map(
    (days): Scenario => ({
      name: `107-paid-${days}-days-ago`,
      perMillion: days === 45 ? 900 : 60,
      gives: ['XC-107'],
      changes: `paid ${days} days ago, not enrolled`,
      plant: (p, c) => {
        registered(p);
        ticket(p, c, { pay_date: c.asOf - days });
        return paid;
      },
    }),
  ),
  {
    name: '107-paid-in-autumn',
    perMillion: 1_400,
    gives: ['XC-107'],
    changes: 'paid in the collection, not enrolled',
    plant: (p, c) => {
      registered(p);
      ticket(p, c);
      return paid;
    },
  },
  {
    name: '107-before-hardship',
    perMillion: 30,
    gives: ['XC-107'],
    changes: 'in hardship, paid with subsidy, not enrolled',
    plant: (p, c) => {
      registered(p);
      inHardship(p, 'minimum-living', c.newYear - 600);
      ticket(p, c, subsidised('minimum-living'));
      return paid;
    },
  },
  {
    name: '107-before-lapsed',
    perMillion: 60,
    gives: ['XC-107'],
    changes: "last year's row, paid for this year, not enrolled",
    plant: (p, c) => {
      registered(p);
      resident(p, c, lastYear(c));
      ticket(p, c);
      return paid;
    },
  },
  {
    name: '107-before-suspended',
    perMillion: 20,
    gives: ['XC-107'],
    changes: 'suspended, but paid',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { psn_insu_stas: '2', psn_clct_stas: '2' });
      ticket(p, c);
      return paid;
    },
  },
  {
    name: '107-before-newborn',
    perMillion: 20,
    who: infant,
    gives: ['XC-107'],
    changes: 'a newborn paid for 20 days ago, not enrolled',
    plant: (p, c) => {
      p.born = c.asOf - 40;
      registered(p);
      ticket(p, c, { pay_date: c.asOf - 20 });
      return paid;
    },
  },
  {
    name: '107-old-scheme-code',
    perMillion: 8,
    gives: ['XC-107'],
    changes: "paid under the old urban residents' code 391",
    plant: (p, c) => {
      registered(p);
      ticket(p, c, { insutype: '391' });
      return paid;
    },
  },
  {
    name: '107-old-number',
    perMillion: 8,
    who: bornLongAgo,
    gives: ['XC-107'],
    changes: 'paid under the 15-digit number',
    plant: (p, c) => {
      registered(p);
      ticket(p, c, cutToOldForm(p, c));
      return paid;
    },
  },
  {
    name: '107-partly-refunded',
    perMillion: 8,
    gives: ['XC-107'],
    changes: 'a part of the ticket was refunded',
    plant: (p, c) => {
      registered(p);
      refund(p, c, ticket(p, c), 5, { paid_amt: -40_00, subs_amt: undefined });
      return paid;
    },
  },
  {
    name: '106-next-year-unpaid',
    perMillion: 180_000,
    who: (p) => p.age >= 2,
    gives: ['XC-106'],
    seasons: ['campaign'],
    changes: 'insured this year, not yet paid for the next',
    plant: (p, c) => {
      registered(p);
      resident(p, c);
      return [found('XC-106', 'P3')];
    },
  },
  {
    name: '106-next-year-unpaid-hardship',
    perMillion: 2_000,
    gives: ['XC-106'],
    seasons: ['campaign'],
    changes: 'the same, in hardship',
    plant: (p, c) => {
      registered(p);
      resident(p, c);
      inHardship(p, 'minimum-living', c.asOf - 500);
      return [found('XC-106', 'P1')];
    },
  },
  {
    name: '106-not-renewed-in-collection',
    perMillion: 20_000,
    gives: ['XC-106'],
    seasons: ['collection'],
    changes: 'insured last year, neither paid nor enrolled yet',
    plant: (p, c) => {
      registered(p);
      resident(p, c, lastYear(c));
      return [found('XC-106', 'P3')];
    },
  },
];

const paid = [found('XC-107', 'P1')];

function newborn(person: Person, county: County, days: number): Expected[] {
  person.born = county.asOf - days;
  if (county.dice.chance(0.3)) person.name = `${person.name[0]}某之${person.sex === 1 ? '子' : '女'}`;
  registered(person);
  return [found('XC-105', days >= 60 ? 'P1' : 'P2', { daysLeft: 90 - days })];
}
