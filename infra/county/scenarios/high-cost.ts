import type { County } from '../county.ts';
import type { Person } from '../households.ts';
import { cancelled, inHardship, monitored, settle, takenBack } from '../records.ts';
import { type Expected, found, old, type Scenario } from '../scenario.ts';
import { clear, insured, stay } from './situations.ts';

export const highCost: readonly Scenario[] = [
  {
    name: '701-others',
    perMillion: 900,
    gives: ['XC-701'],
    changes: 'paid 30,000 to 90,000 yuan themselves in a year',
    plant: (p, c) => {
      insured(p, c);
      const shares = [c.dice.whole(1_600_000, 4_800_000), c.dice.whole(1_500_000, 4_000_000)];
      for (const [i, personFen] of shares.entries()) {
        stay(p, c, 280 - i * 140, c.dice.whole(9, 25), { personFen, fundFen: personFen * 2 });
      }
      return [costly('others', shares[0]! + shares[1]!)];
    },
  },
  {
    name: '701-hardship',
    perMillion: 330,
    gives: ['XC-701'],
    changes: 'in hardship, paid 5,000 to 20,000 yuan themselves',
    plant: (p, c) => {
      insuredInHardship(p, c);
      const personFen = c.dice.whole(510_000, 2_000_000);
      stay(p, c, 100, 12, { personFen, fundFen: personFen * 2, assistance: true });
      return [costly('hardship', personFen)];
    },
  },
  {
    name: '701-exactly',
    perMillion: 12,
    gives: ['XC-701'],
    changes: 'exactly 30,000 yuan',
    plant: (p, c) => {
      insured(p, c);
      stay(p, c, 110, 9, { personFen: 3_000_000, fundFen: 6_000_000 });
      return [costly('others', 3_000_000)];
    },
  },
  {
    name: '701-hardship-exactly',
    perMillion: 12,
    gives: ['XC-701'],
    changes: 'watched, exactly 5,000 yuan',
    plant: (p, c) => {
      insured(p, c);
      monitored(p, 'sudden-hardship', c.asOf - 25);
      stay(p, c, 110, 9, { personFen: 500_000, fundFen: 1_000_000 });
      return [costly('hardship', 500_000)];
    },
  },
  {
    name: '701-net-of-reversal',
    perMillion: 20,
    gives: ['XC-701'],
    changes: 'a reversed stay does not count, the rest is enough',
    plant: (p, c) => {
      insured(p, c);
      stay(p, c, 130, 9, { personFen: 3_100_000, fundFen: 6_200_000 });
      takenBack(p, c, stay(p, c, 90, 9, { personFen: 900_000, fundFen: 1_800_000 }));
      return [costly('others', 3_100_000)];
    },
  },
  {
    name: '701-dead',
    perMillion: 20,
    who: old,
    gives: ['XC-701'],
    changes: 'died after dear treatment',
    plant: (p, c) => {
      insured(p, c);
      cancelled(p, c.asOf - 12, c.asOf - 8);
      stay(p, c, 60, 20, { personFen: 4_000_000, fundFen: 9_000_000 });
      return [costly('others', 4_000_000)];
    },
  },
  clear('clear-701-before-window', 80, 'the dear stay was settled just over a year ago', (p, c) => {
    insured(p, c);
    const end = c.monthsAgo(12);
    settle(
      p,
      c,
      { medType: '21', begin: end - 9, end, fundFen: 7_000_000, personFen: 3_500_000 },
      { setl_time: end * 86_400 - 3600 },
    );
  }),
  clear('clear-701-a-cent-below', 20, 'a cent below the threshold', (p, c) => {
    insured(p, c);
    stay(p, c, 110, 9, { personFen: 2_999_999, fundFen: 6_000_000 });
  }),
  clear('clear-701-hardship-over', 60, 'over 5,000 yuan, hardship ended since', (p, c) => {
    insured(p, c);
    inHardship(p, 'minimum-living', c.asOf - 2200, { end_date: c.asOf - 700 });
    stay(p, c, 110, 9, { personFen: 700_000, fundFen: 1_400_000 });
  }),
  clear('clear-701-stable-exit', 60, 'over 5,000 yuan, but only a stable exit', (p, c) => {
    insured(p, c);
    monitored(p, 'stable-exit', c.asOf - 800);
    stay(p, c, 110, 9, { personFen: 700_000, fundFen: 1_400_000 });
  }),
  clear('clear-701-reversed', 40, 'the dear stay was reversed', (p, c) => {
    insured(p, c);
    takenBack(p, c, stay(p, c, 110, 9, { personFen: 3_300_000, fundFen: 6_600_000 }));
  }),
];

function insuredInHardship(person: Person, county: County): void {
  insured(person, county);
  // After everybody has paid, so that no subsidy was due.
  inHardship(person, 'minimum-living', county.newYear + 40);
}

function costly(group: 'others' | 'hardship', amountFen: number): Expected {
  return found('XC-701', 'P1', { group }, amountFen);
}
