import { otherRegions } from '../places.ts';
import { cancelled, employee, inHardship, monitored, policy, registered, resident, ticket } from '../records.ts';
import { always, infant, type Scenario } from '../scenario.ts';
import { clear, insured, lastYear } from './situations.ts';

/** The other side of each border: nothing may be found. */
export const covered: readonly Scenario[] = [
  ...[0, 5, 15].map(
    (days): Scenario => ({
      name: `clear-107-paid-${days}-days-ago`,
      perMillion: 150,
      gives: [],
      changes: `paid ${days} days ago: the bureau still has time`,
      plant: (p, c) => {
        registered(p);
        if (days === 5) resident(p, c, lastYear(c));
        ticket(p, c, { pay_date: c.asOf - days });
        return [];
      },
    }),
  ),
  {
    name: 'clear-covered-by-340-350-360',
    perMillion: 40,
    gives: [],
    seasons: always,
    changes: 'retired cadre, disabled soldier or Red Army veteran',
    who: (p) => p.age >= 45,
    plant: (p, c) => {
      registered(p);
      employee(p, c, { insutype: c.dice.pick(['340', '350', '360']), psn_type: '13', emp_name: undefined });
      return [];
    },
  },
  {
    name: 'clear-350-in-hardship',
    perMillion: 5,
    gives: [],
    seasons: always,
    changes: 'covered by 350, in hardship',
    plant: (p, c) => {
      registered(p);
      employee(p, c, { insutype: '350' });
      inHardship(p, 'severe-disability', c.asOf - 900);
      return [];
    },
  },
  {
    name: 'clear-employee-in-hardship',
    perMillion: 60,
    gives: [],
    seasons: always,
    changes: 'covered as an employee, in hardship',
    plant: (p, c) => {
      registered(p);
      employee(p, c);
      inHardship(p, 'minimum-living-edge', c.asOf - 900);
      return [];
    },
  },
  {
    name: 'clear-cover-ends-tomorrow',
    perMillion: 20,
    gives: [],
    seasons: always,
    changes: 'employee cover paused from the day after',
    plant: (p, c) => {
      registered(p);
      employee(p, c, { paus_insu_date: c.asOf + 1 });
      return [];
    },
  },
  {
    name: 'clear-elsewhere',
    perMillion: 4_000,
    gives: [],
    changes: 'registered here, covered in another region',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { insuplc_admdvs: c.dice.pick(otherRegions) });
      return [];
    },
  },
  {
    name: 'clear-hardship-elsewhere',
    perMillion: 20,
    gives: [],
    changes: 'in hardship, not registered here, covered elsewhere',
    plant: (p, c) => {
      resident(p, c, { insuplc_admdvs: otherRegions[1] });
      inHardship(p, 'minimum-living', c.asOf - 500);
      return [];
    },
  },
  {
    name: 'clear-hardship-left',
    perMillion: 10,
    gives: [],
    seasons: always,
    changes: 'in hardship, soldier or emigrant',
    plant: (p, c) => {
      const kind = c.dice.pick(['2', '3']);
      if (c.dice.chance(0.5)) registered(p, { pop_stas: kind === '2' ? '4' : '5', chg_date: c.asOf - 200 });
      else cancelled(p, undefined, c.asOf - 200, { canc_type: kind });
      inHardship(p, 'minimum-living', c.asOf - 600);
      return [];
    },
  },
  {
    name: 'clear-hardship-over-not-registered',
    perMillion: 10,
    gives: [],
    seasons: always,
    changes: 'on no population list, hardship over or stable exit',
    plant: (p, c) => {
      if (c.dice.chance(0.5)) inHardship(p, 'minimum-living', c.asOf - 900, { end_date: c.asOf - 50 });
      else monitored(p, 'stable-exit', c.asOf - 900);
      return [];
    },
  },
  {
    name: 'clear-moved-out-lapsed',
    perMillion: 100,
    gives: [],
    seasons: always,
    changes: "moved out, last year's row",
    plant: (p, c) => {
      registered(p, { pop_stas: '3', chg_date: c.asOf - 100 });
      resident(p, c, lastYear(c));
      return [];
    },
  },
  {
    name: 'clear-temporary-suspended',
    perMillion: 40,
    gives: [],
    seasons: always,
    changes: 'here for a time, suspended',
    plant: (p, c) => {
      registered(p, { pop_kind: '3' });
      employee(p, c, { psn_insu_stas: '2' });
      return [];
    },
  },
  {
    name: 'clear-born-after-as-of',
    perMillion: 8,
    who: infant,
    gives: [],
    seasons: always,
    changes: 'born the day after',
    plant: (p, c) => {
      p.born = c.asOf + 1;
      registered(p);
      return [];
    },
  },
  {
    name: 'clear-dead-unenrolled',
    perMillion: 60,
    who: (p) => p.age > 60,
    gives: [],
    seasons: always,
    changes: 'dead, still on the population list, insured nowhere',
    plant: (p, c) => {
      registered(p);
      cancelled(p, c.asOf - 100, c.asOf - 95);
      return [];
    },
  },
  {
    name: 'clear-dead-paid',
    perMillion: 20,
    who: (p) => p.age > 60,
    gives: [],
    changes: 'paid in the collection, dead since, never enrolled',
    plant: (p, c) => {
      registered(p);
      ticket(p, c);
      cancelled(p, c.newYear + 40, c.newYear + 45);
      return [];
    },
  },
  {
    name: 'clear-suspended-but-active',
    perMillion: 60,
    gives: [],
    changes: 'suspended as an employee, active as a resident',
    plant: (p, c) => {
      registered(p);
      employee(p, c, { psn_insu_stas: '2' });
      resident(p, c);
      ticket(p, c);
      return [];
    },
  },
  {
    ...clear('clear-policy-over', 300, 'a commercial policy that ended, with its consent', (p, c) => {
      insured(p, c);
      const end = c.asOf - 40;
      policy(p, c, {
        begn_date: end - 365,
        end_date: end,
        consent_begn: end - 365,
        consent_end: end,
        policy_stas: '2',
      });
    }),
    seasons: always,
    everywhere: true,
  },
];
