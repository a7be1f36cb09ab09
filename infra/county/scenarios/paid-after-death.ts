import type { County } from '../county.ts';
import type { Person } from '../households.ts';
import { type Cells, cancelled, contributionFen, refund, registered, resident, ticket } from '../records.ts';
import { type Expected, found, old, type Scenario } from '../scenario.ts';
import { clearAmong, lastYear } from './situations.ts';

export const paidAfterDeath: readonly Scenario[] = [
  {
    name: '403-paid-after-death',
    perMillion: 130,
    who: old,
    gives: ['XC-403'],
    changes: 'a ticket paid after the death',
    plant: (p, c) => {
      diedBeforePaying(p, c);
      return [paidFinding(contributionFen)];
    },
  },
  {
    name: '403-partly-refunded',
    perMillion: 10,
    who: old,
    gives: ['XC-403'],
    changes: 'a part of it was refunded',
    plant: (p, c) => {
      refund(p, c, diedBeforePaying(p, c), 5, { paid_amt: -120_00, subs_amt: undefined });
      return [paidFinding(200_00)];
    },
  },
  clearAmong(old, 'clear-403-before-or-on-the-day', 40, 'paid before, or on, the day of death', (p, c) => {
    registered(p, { pop_stas: '2' });
    const day = Number(ticket(p, c).pay_date) + c.dice.pick([0, 9]);
    resident(p, c, { ...ended, ...lastYear(c), paus_insu_date: day });
    cancelled(p, day, day + 6);
  }),
  clearAmong(old, 'clear-403-refunded', 60, 'paid after the death, refunded whole', (p, c) => {
    refund(p, c, diedBeforePaying(p, c), 5);
  }),
];

const ended = { psn_insu_stas: '4', psn_clct_stas: '3' };

/** Died in September; the premium of the coming year was paid in the weeks after. */
function diedBeforePaying(person: Person, county: County): Cells {
  const day = county.collectionBegins + 20;
  registered(person, { pop_stas: '2', chg_date: day });
  resident(person, county, { ...ended, ...lastYear(county), paus_insu_date: day });
  cancelled(person, day, day + 6);
  return ticket(person, county, { pay_date: day + county.dice.whole(1, 60) });
}

function paidFinding(amountFen: number): Expected {
  return found('XC-403', 'P2', {}, amountFen);
}
