import { otherRegions } from '../places.ts';
import { employee, registered, resident } from '../records.ts';
import { always, bornLongAgo, child, type Expected, found, old, type Scenario } from '../scenario.ts';
import { clear, cutToOldForm, insured, lastYear } from './situations.ts';

const [elsewhere, further] = otherRegions;

export const sameScheme: readonly Scenario[] = [
  {
    name: '201-residents-two-regions',
    perMillion: 360,
    gives: ['XC-201'],
    changes: 'resident here and in another region',
    plant: (p, c) => {
      insured(p, c);
      resident(p, c, { insuplc_admdvs: c.dice.pick(otherRegions) });
      return sameClass('R');
    },
  },
  {
    name: '201-pupil-two-regions',
    perMillion: 240,
    who: child,
    gives: ['XC-201'],
    changes: "a pupil enrolled at home and at the school's place",
    plant: (p, c) => {
      insured(p, c);
      resident(p, c, { insuplc_admdvs: further, grad_schl: '外县中学', schl_admdvs: further });
      return sameClass('R');
    },
  },
  {
    name: '201-employees-two-regions',
    perMillion: 300,
    gives: ['XC-201'],
    seasons: always,
    changes: 'employed here and in another region',
    plant: (p, c) => {
      registered(p);
      employee(p, c);
      employee(p, c, { insuplc_admdvs: elsewhere, emp_name: '外县机械厂' });
      return sameClass('E');
    },
  },
  {
    name: '201-three-regions',
    perMillion: 8,
    gives: ['XC-201'],
    changes: 'resident in three regions: one finding',
    plant: (p, c) => {
      insured(p, c);
      for (const insuplc_admdvs of [elsewhere, further]) resident(p, c, { insuplc_admdvs });
      return sameClass('R');
    },
  },
  {
    name: '201-old-scheme-code',
    perMillion: 30,
    gives: ['XC-201'],
    changes: 'the other row under the old code 380 or 391',
    plant: (p, c) => {
      insured(p, c);
      resident(p, c, { insuplc_admdvs: elsewhere, insutype: c.dice.pick(['380', '391']) });
      return sameClass('R');
    },
  },
  {
    name: '201-old-number',
    perMillion: 20,
    who: bornLongAgo,
    gives: ['XC-201'],
    changes: 'the other region still has the 15-digit number',
    plant: (p, c) => {
      insured(p, c);
      resident(p, c, { insuplc_admdvs: elsewhere, ...cutToOldForm(p, c) });
      return sameClass('R');
    },
  },
  {
    name: '201-overlap-61-days',
    perMillion: 30,
    gives: ['XC-201'],
    seasons: always,
    changes: 'a new job 61 days ago, the old cover goes on',
    plant: (p, c) => {
      registered(p);
      employee(p, c);
      employee(p, c, { insuplc_admdvs: elsewhere, psn_insu_date: c.asOf - 61 });
      return sameClass('E');
    },
  },
  {
    name: '201-payment-status-missing',
    perMillion: 20,
    gives: ['XC-201'],
    changes: 'payment status not given, which counts as paying',
    plant: (p, c) => {
      insured(p, c);
      resident(p, c, { insuplc_admdvs: further, psn_clct_stas: undefined });
      return sameClass('R');
    },
  },
  {
    name: '201-retired-twice',
    perMillion: 40,
    who: old,
    gives: ['XC-201'],
    seasons: always,
    changes: "two pensions' cover; the retired no longer pay",
    plant: (p, c) => {
      registered(p);
      employee(p, c, { psn_type: '12', psn_clct_stas: '3' });
      employee(p, c, { psn_type: '12', psn_clct_stas: '3', insuplc_admdvs: further });
      return sameClass('E');
    },
  },
  {
    name: '201-passport-two-regions',
    perMillion: 5,
    gives: ['XC-201'],
    changes: 'a foreigner enrolled by passport in two regions, on no population list',
    plant: (p, c) => {
      p.certType = '08';
      p.name = 'SMITH JOHN';
      p.number = `XX${c.next('passport')}`;
      resident(p, c);
      resident(p, c, { insuplc_admdvs: elsewhere });
      return sameClass('R');
    },
  },
  clear('clear-201-overlap-60-days', 60, 'a new job 60 days ago: transfer months', (p, c) => {
    registered(p);
    employee(p, c);
    employee(p, c, { insuplc_admdvs: elsewhere, psn_insu_date: c.asOf - c.dice.pick([60, 59, 25]) });
  }),
  clear('clear-201-other-ended', 300, "the other region's cover has ended", (p, c) => {
    insured(p, c);
    resident(p, c, { insuplc_admdvs: elsewhere, psn_insu_stas: '4', paus_insu_date: c.asOf - 20 });
  }),
  clear('clear-201-other-last-year', 400, "the other region's row is last year's", (p, c) => {
    insured(p, c);
    resident(p, c, { insuplc_admdvs: elsewhere, ...lastYear(c) });
  }),
  clear('clear-201-other-without-year', 20, "the other region's row has an empty insurance year", (p, c) => {
    insured(p, c);
    resident(p, c, { insuplc_admdvs: elsewhere, insu_year: undefined });
  }),
  clear('clear-201-350-beside', 10, 'cover by 350 elsewhere never counts as a duplicate', (p, c) => {
    registered(p);
    employee(p, c);
    employee(p, c, { insutype: '350', insuplc_admdvs: elsewhere });
  }),
];

function sameClass(which: 'E' | 'R'): Expected[] {
  return [found('XC-201', 'P1', { class: which })];
}
