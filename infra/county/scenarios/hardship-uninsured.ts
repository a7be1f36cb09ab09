import { nameWithTraditionalForm, traditional } from '../names.ts';
import { cancelled, inHardship, monitored, refund, registered, resident, ticket } from '../records.ts';
import { always, bornLongAgo, type Expected, found, infant, type Scenario } from '../scenario.ts';
import { contradictedDeath, cutToOldForm, otherName, subsidised } from './situations.ts';

/** People in hardship, who must all be insured. */
export const hardshipUninsured: readonly Scenario[] = [
  {
    name: '102-hardship-uninsured',
    everywhere: true,
    perMillion: 620,
    gives: ['XC-102'],
    seasons: always,
    changes: 'on a hardship list, insured nowhere',
    plant: (p, c) => {
      registered(p);
      const type = c.dice.pick([
        'minimum-living',
        'minimum-living',
        'minimum-living-edge',
        'severe-disability',
        'extreme-poverty',
      ]);
      inHardship(p, type, c.asOf - c.dice.whole(200, 1500));
      return uncoveredInHardship('P0', type);
    },
  },
  {
    name: '102-monitored-uninsured',
    perMillion: 120,
    gives: ['XC-102'],
    changes: 'watched with the risk not removed',
    plant: (p, c) => {
      registered(p);
      const type = c.dice.pick(['at-risk', 'unstable-exit', 'sudden-hardship', 'returned-to-poverty']);
      monitored(p, type, c.asOf - 400);
      return uncoveredInHardship('P0', type);
    },
  },
  {
    name: '102-begins-on-as-of',
    perMillion: 6,
    gives: ['XC-102'],
    changes: 'hardship recognised on the as-of date',
    plant: (p, c) => {
      registered(p);
      inHardship(p, 'minimum-living', c.asOf);
      return uncoveredInHardship('P0', 'minimum-living');
    },
  },
  {
    name: '102-before-suspended',
    perMillion: 20,
    gives: ['XC-102'],
    changes: 'suspended and in hardship: hardship goes first',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { psn_insu_stas: '2' });
      inHardship(p, 'minimum-living', c.asOf - 900);
      return uncoveredInHardship('P0', 'minimum-living');
    },
  },
  {
    name: '102-newborn',
    perMillion: 8,
    who: infant,
    gives: ['XC-102'],
    changes: 'a newborn without family support, not registered',
    plant: (p, c) => {
      p.born = c.asOf - 30;
      registered(p);
      inHardship(p, 'de-facto-unsupported-child', c.asOf - 20);
      return uncoveredInHardship('P0', 'de-facto-unsupported-child');
    },
  },
  {
    name: '102-old-number',
    perMillion: 15,
    who: bornLongAgo,
    gives: ['XC-102'],
    changes: 'the hardship list has the 15-digit number',
    plant: (p, c) => {
      registered(p);
      inHardship(p, 'minimum-living', c.asOf - 850, cutToOldForm(p, c));
      return uncoveredInHardship('P0', 'minimum-living');
    },
  },
  {
    name: '102-traditional-name',
    perMillion: 8,
    gives: ['XC-102'],
    changes: 'the hardship list has the name in traditional characters',
    plant: (p, c) => {
      p.name = nameWithTraditionalForm(c.dice, p.sex);
      registered(p);
      inHardship(p, 'minimum-living', c.asOf - 750, { psn_name: traditional(p.name) });
      return uncoveredInHardship('P0', 'minimum-living');
    },
  },
  {
    name: '102-other-name',
    perMillion: 8,
    gives: ['XC-102'],
    changes: 'the hardship list has another name for the number: grade D',
    plant: (p, c) => {
      registered(p);
      inHardship(p, 'minimum-living', c.asOf - 650, { psn_name: otherName(p, c) });
      return uncoveredInHardship('P2', 'minimum-living');
    },
  },
  {
    name: '102-not-in-population',
    perMillion: 12,
    gives: ['XC-102'],
    changes: 'on the hardship list, on no population list',
    plant: (p, c) => {
      inHardship(p, 'minimum-living', c.asOf - 640);
      return uncoveredInHardship('P0', 'minimum-living', true);
    },
  },
  {
    name: '102-moved-out',
    perMillion: 12,
    gives: ['XC-102'],
    changes: 'moved out or here for a time, still on the hardship list',
    plant: (p, c) => {
      registered(p, c.dice.pick([{ pop_stas: '3', chg_date: c.asOf - 80 }, { pop_kind: '3' }]));
      inHardship(p, 'minimum-living', c.asOf - 760);
      return uncoveredInHardship('P0', 'minimum-living', true);
    },
  },
  {
    name: '102-back-from-abroad',
    perMillion: 4,
    gives: ['XC-102'],
    changes: 'emigration that the police restored',
    plant: (p, c) => {
      registered(p);
      cancelled(p, undefined, c.asOf - 240, { canc_type: '3', restored: '1' });
      inHardship(p, 'minimum-living', c.asOf - 580);
      return uncoveredInHardship('P0', 'minimum-living');
    },
  },
  {
    name: '102-death-contradicted',
    perMillion: 2,
    gives: ['XC-102'],
    changes: 'restored police death beside a cremation, in hardship',
    plant: (p, c) => {
      registered(p);
      contradictedDeath(p, c);
      inHardship(p, 'minimum-living', c.asOf - 900);
      return uncoveredInHardship('P0', 'minimum-living');
    },
  },
  {
    name: '102-ticket-refunded',
    perMillion: 4,
    gives: ['XC-102'],
    changes: 'subsidised ticket refunded whole',
    plant: (p, c) => {
      registered(p);
      inHardship(p, 'minimum-living', c.newYear - 500);
      refund(p, c, ticket(p, c, subsidised('minimum-living')), 5);
      return uncoveredInHardship('P0', 'minimum-living');
    },
  },
];

function uncoveredInHardship(priority: 'P0' | 'P2', type: string, notInPopulation = false): Expected[] {
  const facts = {
    elsewhere: 'not-asked',
    categories: [type],
    ...(notInPopulation ? { 'not-in-population': true } : {}),
  };
  return [found('XC-102', priority, facts)];
}
