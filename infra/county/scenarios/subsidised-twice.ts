import type { County } from '../county.ts';
import { otherRegions } from '../places.ts';
import { employee, monitored, refund, registered, ticket } from '../records.ts';
import { type Expected, found, type Scenario } from '../scenario.ts';
import { clear, enrolled, heldLong, paidOn, subsidised } from './situations.ts';

export const subsidisedTwice: readonly Scenario[] = [
  {
    name: '302-together-above-standard',
    perMillion: 60,
    gives: ['XC-302'],
    changes: 'two subsidies, together above the standard',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      ticket(p, c, { paid_amt: 40_00, subs_amt: 140_00, subs_type: low });
      ticket(p, c, { paid_amt: 0, subs_amt: 200_00, subs_type: low });
      return [tooMuch(c, 60_00)];
    },
  },
  {
    name: '302-two-identities',
    perMillion: 80,
    gives: ['XC-302'],
    changes: 'subsidised once for each of two identities',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      monitored(p, 'at-risk', c.newYear - 700);
      ticket(p, c, subsidised(low));
      ticket(p, c, { paid_amt: 0, subs_amt: 160_00, subs_type: 'at-risk' });
      return [tooMuch(c, 160_00)];
    },
  },
  {
    name: '302-two-held-nothing',
    perMillion: 10,
    gives: ['XC-302', 'XC-304'],
    changes: 'two subsidies without any hardship: 304 counts its own view',
    plant: (p, c) => {
      enrolled(p, c);
      ticket(p, c, { paid_amt: 200_00, subs_amt: 120_00, subs_type: low });
      ticket(p, c, { paid_amt: 0, subs_amt: 100_00, subs_type: low });
      return [tooMuch(c, 220_00), unexplained('not-entitled', 120_00), unexplained('not-entitled', 100_00)];
    },
  },
  {
    name: '302-employee-member',
    perMillion: 180,
    gives: ['XC-302'],
    changes: 'an employee whose resident premium was subsidised',
    plant: (p, c) => {
      registered(p);
      employee(p, c);
      heldLong(p, c, 'extreme-poverty');
      ticket(p, c, subsidised('extreme-poverty'));
      return [employeeMember(320_00)];
    },
  },
  {
    name: '302-employee-elsewhere',
    perMillion: 30,
    gives: ['XC-302'],
    changes: 'the same, employed in another region',
    plant: (p, c) => {
      registered(p);
      employee(p, c, { insuplc_admdvs: c.dice.pick(otherRegions) });
      monitored(p, 'at-risk', c.newYear - 500);
      ticket(p, c, subsidised('at-risk'));
      return [employeeMember(160_00)];
    },
  },
  {
    name: '302-employee-not-entitled',
    perMillion: 15,
    gives: ['XC-302', 'XC-304'],
    changes: 'an employee, subsidised without any hardship',
    plant: (p, c) => {
      registered(p);
      employee(p, c);
      ticket(p, c, subsidised('at-risk'));
      return [employeeMember(160_00), unexplained('not-entitled', 160_00)];
    },
  },
  {
    name: '302-and-202',
    perMillion: 30,
    gives: ['XC-202', 'XC-302'],
    changes: 'employee and resident at once, subsidised',
    plant: (p, c) => {
      enrolled(p, c);
      employee(p, c);
      heldLong(p, c, low);
      ticket(p, c, subsidised(low));
      return [found('XC-202', 'P1'), employeeMember(280_00)];
    },
  },
  clear('clear-302-together-the-standard', 40, 'two subsidies, together just the standard', (p, c) => {
    enrolled(p, c);
    heldLong(p, c, low);
    ticket(p, c, { paid_amt: 40_00, subs_amt: 140_00, subs_type: low });
    ticket(p, c, { paid_amt: 0, subs_amt: 140_00, subs_type: low });
  }),
  clear('clear-302-employee-ended', 60, 'left employment before paying', (p, c) => {
    enrolled(p, c);
    const day = paidOn(ticket(p, c, subsidised(low)));
    heldLong(p, c, low);
    employee(p, c, { psn_insu_stas: '4', psn_insu_date: day - 900, paus_insu_date: day });
  }),
  clear('clear-302-left-before-new-year', 40, 'left employment between paying and New Year', (p, c) => {
    enrolled(p, c);
    heldLong(p, c, low);
    ticket(p, c, { ...subsidised(low), pay_date: c.collectionBegins + 50 });
    employee(p, c, { psn_insu_stas: '4', psn_insu_date: c.newYear - 900, paus_insu_date: c.newYear - 20 });
  }),
  clear('clear-302-hired-after-payment', 80, 'hired after paying, and resident cover ended', (p, c) => {
    registered(p);
    heldLong(p, c, low);
    ticket(p, c, { ...subsidised(low), pay_date: c.collectionBegins + 50 });
    employee(p, c, { psn_insu_date: c.newYear + c.dice.pick([-30, 20]) });
  }),
  clear('clear-302-refunded', 40, 'an employee; the subsidised ticket was refunded', (p, c) => {
    registered(p);
    employee(p, c);
    heldLong(p, c, low);
    refund(p, c, ticket(p, c, subsidised(low)), 9);
  }),
];

const low = 'minimum-living';

function tooMuch(county: County, amountFen: number): Expected {
  return found('XC-302', 'P0', { pay_year: String(county.year), cause: 'two-subsidies' }, amountFen);
}

function employeeMember(amountFen: number): Expected {
  return found('XC-302', 'P0', { cause: 'employee-member' }, amountFen);
}

function unexplained(cause: 'not-entitled' | 'over', amountFen: number): Expected {
  return found('XC-304', 'P1', { cause }, amountFen);
}
