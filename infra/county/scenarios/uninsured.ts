import { otherRegions } from '../places.ts';
import { cancelled, employee, inHardship, monitored, refund, registered, resident, ticket } from '../records.ts';
import { always, found, infant, type Scenario } from '../scenario.ts';
import { contradictedDeath, lastYear, yearRow } from './situations.ts';

/** People whom no register knows as insured, and why. */
export const uninsured: readonly Scenario[] = [
  {
    name: '101-uninsured',
    perMillion: 40_900,
    gives: ['XC-101'],
    seasons: always,
    who: (p) => p.age >= 2 && p.age < 80,
    changes: 'registered here, insured nowhere',
    plant: (p) => {
      registered(p);
      return finding;
    },
  },
  {
    name: '101-insured-years-ago',
    perMillion: 6_000,
    gives: ['XC-101'],
    changes: 'last row two to four years old',
    plant: (p, c) => {
      registered(p);
      const year = c.year - c.dice.whole(2, 4);
      resident(p, c, yearRow(year));
      return finding;
    },
  },
  {
    name: '101-only-side-scheme',
    perMillion: 60,
    gives: ['XC-101'],
    changes: 'only a serious-illness scheme (392) is active',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { insutype: '392' });
      return finding;
    },
  },
  {
    name: '101-starts-after-as-of',
    perMillion: 60,
    gives: ['XC-101'],
    changes: 'cover begins the day after',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { psn_insu_date: c.asOf + 1 });
      return finding;
    },
  },
  {
    name: '101-last-year-terminated',
    perMillion: 300,
    gives: ['XC-101'],
    changes: "last year's row is terminated",
    plant: (p, c) => {
      registered(p);
      resident(p, c, { ...lastYear(c), psn_insu_stas: '4' });
      return finding;
    },
  },
  {
    name: '101-row-invalid',
    perMillion: 60,
    gives: ['XC-101'],
    changes: "this year's row is invalid (status 3)",
    plant: (p, c) => {
      registered(p);
      resident(p, c, { psn_insu_stas: '3' });
      return finding;
    },
  },
  {
    name: '101-empty-year',
    perMillion: 20,
    gives: ['XC-101'],
    changes: 'resident row without insurance year',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { insu_year: undefined });
      return finding;
    },
  },
  {
    name: '101-resident-suspended-two-years-ago',
    perMillion: 40,
    gives: ['XC-101'],
    changes: 'suspended the year before last',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { ...yearRow(c.year - 2), psn_insu_stas: '2', psn_clct_stas: '2' });
      return finding;
    },
  },
  {
    name: '101-employee-left-years-ago',
    perMillion: 1_500,
    gives: ['XC-101'],
    seasons: always,
    changes: 'employee row suspended with a pause date over a year ago',
    plant: (p, c) => {
      registered(p);
      const left = c.monthsAgo(12) - c.dice.whole(0, 1500);
      employee(p, c, { psn_insu_stas: '2', psn_clct_stas: '2', psn_insu_date: left - 900, paus_insu_date: left });
      return finding;
    },
  },
  {
    name: '101-employee-invalid-pause',
    perMillion: 20,
    gives: ['XC-101'],
    changes: 'paused two months ago, but the row is invalid (status 0 or 3)',
    plant: (p, c) => {
      registered(p);
      employee(p, c, { psn_insu_stas: c.dice.pick(['0', '3']), paus_insu_date: c.asOf - 60 });
      return finding;
    },
  },
  {
    name: '101-veteran-cover-ended',
    perMillion: 5,
    gives: ['XC-101'],
    changes: 'cover by scheme 350 was terminated',
    plant: (p, c) => {
      registered(p);
      employee(p, c, { insutype: '350', psn_insu_stas: '4', paus_insu_date: c.asOf - 90 });
      return finding;
    },
  },
  {
    name: '101-moved-out-and-back',
    perMillion: 60,
    gives: ['XC-101'],
    changes: 'an old row moved out, a newer one registered',
    plant: (p, c) => {
      registered(p, {
        pop_stas: '3',
        hukou_admdvs: `${otherRegions[0]}101201`,
        live_admdvs: undefined,
        chg_date: c.asOf - 1200,
      });
      registered(p, { chg_date: c.asOf - 300 });
      return finding;
    },
  },
  {
    name: '101-death-restored',
    perMillion: 12,
    gives: ['XC-101'],
    changes: 'a police death that was restored',
    plant: (p, c) => {
      registered(p);
      cancelled(p, c.asOf - 176, c.asOf - 170, { restored: '1' });
      return finding;
    },
  },
  {
    name: '101-death-contradicted',
    perMillion: 4,
    gives: ['XC-101'],
    changes: 'restored police death beside a cremation: not taken for dead',
    plant: (p, c) => {
      registered(p);
      contradictedDeath(p, c);
      return finding;
    },
  },
  {
    name: '101-double-hukou-cancelled',
    perMillion: 20,
    gives: ['XC-101'],
    changes: 'police cancelled a duplicate registration only',
    plant: (p, c) => {
      registered(p);
      cancelled(p, undefined, c.asOf - 240, { canc_type: '4' });
      return finding;
    },
  },
  {
    name: '101-soldier-leaves-later',
    perMillion: 5,
    gives: ['XC-101'],
    changes: 'police cancellation for the army dated after the as-of date',
    plant: (p, c) => {
      registered(p);
      cancelled(p, undefined, c.asOf + 5, { canc_type: '2' });
      return finding;
    },
  },
  {
    name: '101-ticket-refunded',
    perMillion: 120,
    gives: ['XC-101'],
    changes: 'paid, and the ticket was refunded whole',
    plant: (p, c) => {
      registered(p);
      refund(p, c, ticket(p, c), 5);
      return finding;
    },
  },
  {
    name: '101-employee-ticket-only',
    perMillion: 40,
    gives: ['XC-101'],
    changes: "only a ticket of the employees' scheme",
    plant: (p, c) => {
      registered(p);
      ticket(p, c, { insutype: '310', paid_amt: 132_050 });
      return finding;
    },
  },
  {
    name: '101-infant-91-days',
    perMillion: 30,
    who: infant,
    gives: ['XC-101'],
    changes: 'a newborn one day past the newborn window',
    plant: (p, c) => {
      p.born = c.asOf - 91;
      registered(p);
      return finding;
    },
  },
  {
    name: '101-hardship-ended',
    perMillion: 150,
    gives: ['XC-101'],
    changes: 'hardship ended before, or on, the as-of date',
    plant: (p, c) => {
      registered(p);
      inHardship(p, 'minimum-living', c.asOf - 800, { end_date: c.asOf - c.dice.pick([0, 120]) });
      return finding;
    },
  },
  {
    name: '101-hardship-begins-later',
    perMillion: 20,
    gives: ['XC-101'],
    changes: 'hardship recognised after the as-of date',
    plant: (p, c) => {
      registered(p);
      inHardship(p, 'minimum-living', c.asOf + 5);
      return finding;
    },
  },
  {
    name: '101-risk-removed',
    perMillion: 60,
    gives: ['XC-101'],
    changes: 'monitoring whose risk is removed, with and without a date',
    plant: (p, c) => {
      registered(p);
      monitored(p, 'at-risk', c.asOf - 700, { risk_stas: '1', end_date: c.dice.pick([undefined, c.asOf - 140]) });
      return finding;
    },
  },
  {
    name: '101-stable-exit',
    seasons: always,
    everywhere: true,
    perMillion: 250,
    gives: ['XC-101'],
    changes: 'watched as stable exit, which is no hardship',
    plant: (p, c) => {
      registered(p);
      monitored(p, 'stable-exit', c.asOf - 700);
      return finding;
    },
  },
  {
    name: '101-unknown-birth-area',
    perMillion: 10,
    gives: ['XC-101'],
    seasons: always,
    changes: 'number of an area no province has',
    plant: (p) => {
      p.area = '770101';
      registered(p);
      return finding;
    },
  },
];

const finding = [found('XC-101', 'P2', { elsewhere: 'not-asked' })];
