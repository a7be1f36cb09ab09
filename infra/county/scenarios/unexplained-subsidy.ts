import { contributionFen, inHardship, monitored, refund, ticket } from '../records.ts';
import { type Expected, found, type Scenario } from '../scenario.ts';
import { clear, enrolled, heldLong, paidOn, subsidised } from './situations.ts';

export const unexplainedSubsidy: readonly Scenario[] = [
  {
    name: '304-ended-before-payment',
    perMillion: 260,
    gives: ['XC-304'],
    changes: 'hardship ended before paying',
    plant: (p, c) => {
      enrolled(p, c);
      inHardship(p, low, c.newYear - 900, { end_date: paidOn(ticket(p, c, subsidised(low))) - 30 });
      return [unexplained('not-entitled', 280_00)];
    },
  },
  {
    name: '304-ended-on-pay-date',
    perMillion: 8,
    gives: ['XC-304'],
    changes: 'hardship ended on the very day of paying',
    plant: (p, c) => {
      enrolled(p, c);
      inHardship(p, low, c.newYear - 900, { end_date: paidOn(ticket(p, c, subsidised(low))) });
      return [unexplained('not-entitled', 280_00)];
    },
  },
  {
    name: '304-begins-after-payment',
    perMillion: 60,
    gives: ['XC-304'],
    changes: 'watched from after paying on',
    plant: (p, c) => {
      enrolled(p, c);
      monitored(p, 'at-risk', paidOn(ticket(p, c, subsidised('at-risk'))) + 15);
      return [unexplained('not-entitled', 160_00)];
    },
  },
  {
    name: '304-stable-exit',
    perMillion: 120,
    gives: ['XC-304'],
    changes: 'subsidised as stable exit, which is paid nothing here',
    plant: (p, c) => {
      enrolled(p, c);
      monitored(p, 'stable-exit', c.newYear - 700);
      ticket(p, c, { ...subsidised('at-risk'), subs_type: 'stable-exit' });
      return [unexplained('not-entitled', 160_00)];
    },
  },
  {
    name: '304-over',
    perMillion: 80,
    gives: ['XC-304'],
    changes: 'subsidised above the standard held',
    plant: (p, c) => {
      enrolled(p, c);
      monitored(p, 'at-risk', c.newYear - 700);
      ticket(p, c, { ...subsidised(low), subs_type: c.dice.pick([low, undefined]) });
      return [unexplained('over', 120_00)];
    },
  },
  {
    name: '304-over-several',
    perMillion: 15,
    gives: ['XC-304'],
    changes: 'above the highest of two standards',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      heldLong(p, c, 'severe-disability');
      ticket(p, c, { paid_amt: 0, subs_amt: 320_00, subs_type: low });
      return [unexplained('over', 40_00)];
    },
  },
  {
    name: '304-type-missing',
    perMillion: 120,
    gives: ['XC-304'],
    changes: 'a subsidy of no category, no hardship',
    plant: (p, c) => {
      enrolled(p, c);
      ticket(p, c, { ...subsidised(low), subs_type: undefined });
      return [unexplained('not-entitled', 280_00)];
    },
  },
  {
    name: '304-partly-refunded',
    perMillion: 10,
    gives: ['XC-304'],
    changes: 'a part of the subsidy was taken back, the rest is unexplained',
    plant: (p, c) => {
      enrolled(p, c);
      refund(p, c, ticket(p, c, subsidised(low)), 5, { paid_amt: 0, subs_amt: -120_00 });
      return [unexplained('not-entitled', 160_00)];
    },
  },
  clear('clear-304-ended-after-payment', 120, 'subsidised, hardship ended after paying', (p, c) => {
    enrolled(p, c);
    inHardship(p, low, c.newYear - 900, { end_date: paidOn(ticket(p, c, subsidised(low))) + 25 });
  }),
  clear('clear-304-refunded', 40, 'an unexplained subsidy, refunded whole', (p, c) => {
    enrolled(p, c);
    ticket(p, c);
    refund(p, c, ticket(p, c, subsidised(low)), 11);
  }),
  clear('clear-304-excess-refunded', 15, 'the excess of a subsidy was taken back', (p, c) => {
    enrolled(p, c);
    monitored(p, 'at-risk', c.newYear - 700);
    refund(p, c, ticket(p, c, { ...subsidised(low), subs_type: 'at-risk' }), 6, { paid_amt: 0, subs_amt: -120_00 });
  }),
  clear('clear-304-veteran', 150, 'subsidised as a veteran, a category of no list here', (p, c) => {
    enrolled(p, c);
    ticket(p, c, { paid_amt: 0, subs_amt: contributionFen, subs_type: '优抚对象' });
  }),
];

const low = 'minimum-living';

function unexplained(cause: 'not-entitled' | 'over', amountFen: number): Expected {
  return found('XC-304', 'P1', { cause }, amountFen);
}
