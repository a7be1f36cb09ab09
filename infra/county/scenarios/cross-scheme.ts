import { countyCode, otherRegions } from '../places.ts';
import { employee, registered, resident } from '../records.ts';
import { type Expected, found, old, type Scenario } from '../scenario.ts';
import { clear, insured, lastYear } from './situations.ts';

export const crossScheme: readonly Scenario[] = [
  {
    name: '202-employee-and-resident',
    perMillion: 1_050,
    gives: ['XC-202'],
    changes: 'employee and resident at once',
    plant: (p, c) => {
      insured(p, c);
      employee(p, c);
      return acrossSchemes;
    },
  },
  {
    name: '202-other-region',
    perMillion: 220,
    gives: ['XC-202'],
    changes: 'employee in another region, resident here',
    plant: (p, c) => {
      insured(p, c);
      employee(p, c, { insuplc_admdvs: c.dice.pick(otherRegions) });
      return acrossSchemes;
    },
  },
  {
    name: '202-old-scheme-code',
    perMillion: 15,
    gives: ['XC-202'],
    changes: 'employee, and resident under the old code 391',
    plant: (p, c) => {
      registered(p);
      employee(p, c);
      resident(p, c, { insutype: '391' });
      return acrossSchemes;
    },
  },
  {
    name: '202-overlap-61-days',
    perMillion: 30,
    gives: ['XC-202'],
    changes: 'hired 61 days ago, resident cover goes on',
    plant: (p, c) => {
      insured(p, c);
      employee(p, c, { psn_insu_date: c.asOf - 61 });
      return acrossSchemes;
    },
  },
  {
    name: '202-retired',
    perMillion: 60,
    who: old,
    gives: ['XC-202'],
    changes: 'retired employee and resident',
    plant: (p, c) => {
      insured(p, c);
      employee(p, c, { psn_type: '12', psn_clct_stas: '3' });
      return acrossSchemes;
    },
  },
  {
    name: '202-residence-permit',
    perMillion: 5,
    gives: ['XC-202'],
    changes: 'a residence permit given once as type 17, once as 01: one person',
    plant: (p, c) => {
      p.certType = '17';
      p.area = '830099';
      registered(p, { pop_kind: '2' });
      resident(p, c);
      employee(p, c, { psn_cert_type: '01' });
      return acrossSchemes;
    },
  },
  {
    name: '202-and-203',
    perMillion: 8,
    gives: ['XC-202', 'XC-203'],
    changes: 'employee, and resident under two personal numbers',
    plant: (p, c) => {
      insured(p, c);
      employee(p, c);
      resident(p, c);
      return [...acrossSchemes, found('XC-203', 'P1', { class: 'R', region: countyCode })];
    },
  },
  clear('clear-202-employee-not-paying', 150, 'the employee row is active but no longer paying', (p, c) => {
    insured(p, c);
    employee(p, c, { psn_clct_stas: '2' });
  }),
  clear('clear-202-resident-not-paying', 150, 'the resident row is active but ended paying', (p, c) => {
    registered(p);
    employee(p, c);
    resident(p, c, { psn_clct_stas: '3' });
  }),
  clear('clear-202-employee-ended', 600, 'left employment, now a resident', (p, c) => {
    insured(p, c);
    employee(p, c, { psn_insu_stas: '4', paus_insu_date: c.newYear - 20 });
  }),
  clear('clear-202-resident-last-year', 700, 'resident last year, employee now', (p, c) => {
    registered(p);
    employee(p, c);
    resident(p, c, lastYear(c));
  }),
  clear('clear-202-resident-suspended', 300, 'resident cover suspended on being hired', (p, c) => {
    registered(p);
    employee(p, c);
    resident(p, c, { psn_insu_stas: '2', psn_clct_stas: '2' });
  }),
  clear('clear-202-overlap-60-days', 60, 'hired 60 days ago: transfer months', (p, c) => {
    insured(p, c);
    employee(p, c, { psn_insu_date: c.asOf - c.dice.pick([60, 59, 30]) });
  }),
  clear('clear-side-schemes', 400, 'side schemes run beside the basic one', (p, c) => {
    registered(p);
    const main = employee(p, c);
    for (const insutype of ['320', '330', '510', '410']) employee(p, c, { ...main, insutype });
  }),
  clear('clear-392-beside-390', 200, 'serious-illness row beside the resident row', (p, c) => {
    insured(p, c);
    resident(p, c, { insutype: '392' });
  }),
];

const acrossSchemes: readonly Expected[] = [found('XC-202', 'P1')];
