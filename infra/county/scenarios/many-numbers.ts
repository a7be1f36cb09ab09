import { countyCode, otherRegions } from '../places.ts';
import { employee, registered, resident } from '../records.ts';
import { always, type Expected, found, type Scenario } from '../scenario.ts';
import { clear, insured } from './situations.ts';

const elsewhere = otherRegions[0];

export const manyNumbers: readonly Scenario[] = [
  {
    name: '203-residents-two-numbers',
    perMillion: 260,
    gives: ['XC-203'],
    changes: 'two resident rows here under two personal numbers',
    plant: (p, c) => {
      insured(p, c);
      resident(p, c);
      return [underTwoNumbers('R')];
    },
  },
  {
    name: '203-employees-two-numbers',
    perMillion: 60,
    gives: ['XC-203'],
    seasons: always,
    changes: 'two employee rows here under two personal numbers',
    plant: (p, c) => {
      registered(p);
      employee(p, c);
      employee(p, c, { psn_insu_date: c.asOf - 10 });
      return [underTwoNumbers('E')];
    },
  },
  {
    name: '203-other-region',
    perMillion: 8,
    gives: ['XC-203'],
    changes: 'two numbers in another region',
    plant: (p, c) => {
      registered(p);
      for (let i = 0; i < 2; i++) resident(p, c, { insuplc_admdvs: elsewhere });
      return [found('XC-203', 'P1', { class: 'R', region: elsewhere })];
    },
  },
  {
    name: '203-and-201',
    perMillion: 8,
    gives: ['XC-201', 'XC-203'],
    changes: 'two numbers here, a third elsewhere',
    plant: (p, c) => {
      insured(p, c);
      resident(p, c);
      resident(p, c, { insuplc_admdvs: elsewhere });
      return [found('XC-201', 'P1', { class: 'R' }), underTwoNumbers('R')];
    },
  },
  clear('clear-203-one-terminated', 150, 'the second number was terminated', (p, c) => {
    insured(p, c);
    resident(p, c, { psn_insu_stas: '4' });
  }),
  clear('clear-203-side-scheme-number', 30, 'a side scheme has another personal number', (p, c) => {
    registered(p);
    employee(p, c);
    employee(p, c, { insutype: '510' });
  }),
];

function underTwoNumbers(which: 'E' | 'R'): Expected {
  return found('XC-203', 'P1', { class: which, region: countyCode });
}
