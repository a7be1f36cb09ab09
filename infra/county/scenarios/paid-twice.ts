import type { County } from '../county.ts';
import { otherRegions } from '../places.ts';
import { contributionFen, refund, ticket } from '../records.ts';
import { bornLongAgo, type Expected, found, type Scenario } from '../scenario.ts';
import { clear, cutToOldForm, enrolled, heldLong, subsidised } from './situations.ts';

export const paidTwice: readonly Scenario[] = [
  {
    name: '301-two-tickets',
    perMillion: 600,
    gives: ['XC-301'],
    changes: 'paid twice for the year',
    plant: (p, c) => {
      enrolled(p, c);
      ticket(p, c);
      ticket(p, c);
      return twice(c, contributionFen);
    },
  },
  {
    name: '301-other-region',
    perMillion: 120,
    gives: ['XC-301'],
    changes: 'paid here and in another region',
    plant: (p, c) => {
      enrolled(p, c);
      ticket(p, c);
      ticket(p, c, { insuplc_admdvs: c.dice.pick(otherRegions) });
      return twice(c, contributionFen);
    },
  },
  {
    name: '301-three-one-refunded',
    perMillion: 30,
    gives: ['XC-301'],
    changes: 'paid three times, one refunded',
    plant: (p, c) => {
      enrolled(p, c);
      ticket(p, c);
      ticket(p, c);
      refund(p, c, ticket(p, c), 5);
      return twice(c, contributionFen);
    },
  },
  {
    name: '301-old-scheme-code',
    perMillion: 10,
    gives: ['XC-301'],
    changes: 'paid under 390 and under 391',
    plant: (p, c) => {
      enrolled(p, c);
      ticket(p, c);
      ticket(p, c, { insutype: '391' });
      return twice(c, contributionFen);
    },
  },
  {
    name: '301-old-number',
    perMillion: 10,
    who: bornLongAgo,
    gives: ['XC-301'],
    changes: 'the second time under the 15-digit number',
    plant: (p, c) => {
      enrolled(p, c);
      ticket(p, c);
      ticket(p, c, cutToOldForm(p, c));
      return twice(c, contributionFen);
    },
  },
  {
    name: '301-in-hardship',
    perMillion: 20,
    gives: ['XC-301'],
    changes: 'in hardship, paid whole twice: 303 needs a single ticket',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      ticket(p, c);
      ticket(p, c);
      return twice(c, contributionFen);
    },
  },
  {
    name: '301-and-302',
    perMillion: 30,
    gives: ['XC-301', 'XC-302'],
    changes: 'two part-subsidised tickets',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      for (let i = 0; i < 2; i++) ticket(p, c, subsidised(low));
      return [...twice(c, 40_00), subsidisedTwice(c, 280_00)];
    },
  },
  clear('clear-301-one-paid-nothing', 20, 'the second ticket has nothing paid', (p, c) => {
    enrolled(p, c);
    ticket(p, c);
    ticket(p, c, { paid_amt: 0 });
  }),
  clear('clear-301-refunded', 500, 'paid twice, one refunded', (p, c) => {
    enrolled(p, c);
    ticket(p, c);
    refund(p, c, ticket(p, c), 7);
  }),
  clear('clear-301-two-years', 900, 'paid for this year and for last', (p, c) => {
    enrolled(p, c);
    ticket(p, c);
    ticket(p, c, { pay_year: String(c.year - 1), paid_amt: 280_00, pay_date: c.payDay() - 365 });
  }),
  clear('clear-301-employee-ticket', 200, 'an employee ticket beside the resident ticket', (p, c) => {
    enrolled(p, c);
    ticket(p, c);
    ticket(p, c, { insutype: '310', paid_amt: 410_000 });
  }),
];

const low = 'minimum-living';

function twice(county: County, amountFen: number): Expected[] {
  return [found('XC-301', 'P1', { pay_year: String(county.year) }, amountFen)];
}

function subsidisedTwice(county: County, amountFen: number): Expected {
  return found('XC-302', 'P0', { pay_year: String(county.year), cause: 'two-subsidies' }, amountFen);
}
