import { addMonths, isoDate } from '../civil-days.ts';
import type { County } from '../county.ts';
import { countyCode, otherRegions } from '../places.ts';
import { employee, registered, resident } from '../records.ts';
import { always, type Expected, found, type Scenario } from '../scenario.ts';
import { lastYear } from './situations.ts';

/** People who were covered until lately. */
export const lapsed: readonly Scenario[] = [
  {
    name: '103-resident-not-renewed',
    perMillion: 14_500,
    gives: ['XC-103'],
    changes: "last year's resident row, none for this year",
    plant: (p, c) => {
      registered(p);
      resident(p, c, lastYear(c));
      return lapsedSince(c, c.newYear);
    },
  },
  {
    name: '103-resident-ended-early',
    perMillion: 200,
    gives: ['XC-103'],
    changes: "last year's resident row with a pause date in it",
    plant: (p, c) => {
      registered(p);
      resident(p, c, { ...lastYear(c), paus_insu_date: c.newYear - 92 });
      return lapsedSince(c, c.newYear - 92);
    },
  },
  ...(
    [
      ['under-3-months', 2_200, (c: County) => c.asOf - c.dice.whole(1, 80)],
      ['3-to-6-months', 1_600, (c: County) => c.dice.whole(c.monthsAgo(6) + 3, c.monthsAgo(3) - 3)],
      ['over-6-months', 1_900, (c: County) => c.dice.whole(c.monthsAgo(12) + 3, c.monthsAgo(6) - 3)],
      ['on-as-of', 12, (c: County) => c.asOf],
      ['exactly-3-months', 12, (c: County) => c.monthsAgo(3)],
      ['exactly-6-months', 12, (c: County) => c.monthsAgo(6)],
      ['6-months-and-a-day', 12, (c: County) => c.monthsAgo(6) - 1],
      ['almost-12-months', 12, (c: County) => c.monthsAgo(12) + 1],
    ] as const
  ).map(
    ([band, perMillion, end]): Scenario => ({
      name: `103-employee-${band}`,
      perMillion,
      gives: ['XC-103'],
      seasons: always,
      changes: `left employment, cover ended ${band.replaceAll('-', ' ')}`,
      plant: (p, c) => {
        registered(p);
        const ended = end(c);
        employee(p, c, {
          psn_insu_stas: c.dice.chance(0.8) ? '4' : '1',
          psn_insu_date: ended - 1200,
          paus_insu_date: ended,
        });
        return lapsedSince(c, ended);
      },
    }),
  ),
  {
    name: '103-employee-elsewhere',
    perMillion: 200,
    gives: ['XC-103'],
    seasons: always,
    changes: 'left employment in another region',
    plant: (p, c) => {
      registered(p);
      employee(p, c, {
        insuplc_admdvs: c.dice.pick(otherRegions),
        psn_insu_stas: '4',
        psn_insu_date: c.asOf - 1500,
        paus_insu_date: c.asOf - 70,
      });
      return lapsedSince(c, c.asOf - 70);
    },
  },
  {
    name: '101-employee-12-months-ago',
    perMillion: 12,
    gives: ['XC-101'],
    seasons: always,
    changes: 'cover ended exactly twelve months ago: outside the window',
    plant: (p, c) => {
      registered(p);
      employee(p, c, { psn_insu_stas: '4', psn_insu_date: c.asOf - 1500, paus_insu_date: c.monthsAgo(12) });
      return [found('XC-101', 'P2', { elsewhere: 'not-asked' })];
    },
  },
  {
    name: '104-employee-suspended',
    perMillion: 4_300,
    gives: ['XC-104'],
    seasons: always,
    changes: 'employee row suspended without a pause date',
    plant: (p, c) => {
      registered(p);
      employee(p, c, {
        psn_insu_stas: '2',
        psn_clct_stas: '2',
        insuplc_admdvs: c.dice.chance(0.05) ? otherRegions[4] : countyCode,
      });
      return suspended;
    },
  },
  {
    name: '104-resident-suspended',
    perMillion: 1_500,
    gives: ['XC-104'],
    changes: "this year's resident row suspended, with or without a pause date",
    plant: (p, c) => {
      registered(p);
      resident(p, c, {
        psn_insu_stas: '2',
        psn_clct_stas: '2',
        paus_insu_date: c.dice.pick([undefined, c.newYear + 40]),
      });
      return suspended;
    },
  },
  {
    name: '104-resident-suspended-last-year',
    perMillion: 250,
    gives: ['XC-104'],
    changes: "last year's resident row suspended",
    plant: (p, c) => {
      registered(p);
      resident(p, c, { ...lastYear(c), psn_insu_stas: '2', psn_clct_stas: '2' });
      return suspended;
    },
  },
  {
    name: '104-before-lapsed',
    perMillion: 40,
    gives: ['XC-104'],
    changes: "suspended this year beside last year's row: suspension goes first",
    plant: (p, c) => {
      registered(p);
      resident(p, c, { psn_insu_stas: '2' });
      resident(p, c, lastYear(c));
      return suspended;
    },
  },
];

const suspended = [found('XC-104', 'P2', { elsewhere: 'not-asked' })];

function lapsedSince(county: County, ended: number): Expected[] {
  const band = addMonths(ended, 3) > county.asOf ? '<3' : addMonths(ended, 6) < county.asOf ? '>6' : '3-6';
  return [found('XC-103', 'P2', { ended: isoDate(ended), band, elsewhere: 'not-asked' })];
}
