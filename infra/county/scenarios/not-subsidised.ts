import type { Person } from '../households.ts';
import { inHardship, monitored, refund, ticket } from '../records.ts';
import { type Expected, found, type Scenario } from '../scenario.ts';
import { clear, enrolled, heldLong, paidOn, subsidised } from './situations.ts';

export const notSubsidised: readonly Scenario[] = [
  ...(
    [
      ['extreme-poverty', 60, 320_00],
      ['orphan', 8, 320_00],
      ['de-facto-unsupported-child', 8, 320_00],
      ['minimum-living', 420, 280_00],
      ['minimum-living-edge', 120, 160_00],
      ['severe-disability', 140, 160_00],
      ['returned-to-poverty', 6, 250_00],
      ['unstable-exit', 60, 160_00],
      ['at-risk', 60, 160_00],
      ['sudden-hardship', 40, 160_00],
    ] as const
  ).map(
    ([type, perMillion, amountFen]): Scenario => ({
      name: `303-none-${type}`,
      perMillion,
      gives: ['XC-303'],
      changes: `entitled as ${type}, paid whole`,
      ...(type === 'orphan' || type === 'de-facto-unsupported-child'
        ? { who: (p: Person) => p.age >= 4 && p.age < 18 }
        : {}),
      plant: (p, c) => {
        enrolled(p, c);
        heldLong(p, c, type);
        ticket(p, c);
        return [missing('none', amountFen)];
      },
    }),
  ),
  {
    name: '303-short',
    perMillion: 180,
    gives: ['XC-303'],
    changes: 'subsidised below the standard',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      ticket(p, c, { paid_amt: 160_00, subs_amt: 160_00, subs_type: low });
      return [missing('short', 120_00)];
    },
  },
  {
    name: '303-two-lists',
    perMillion: 20,
    gives: ['XC-303'],
    changes: 'subsidised for the lower of two identities',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, 'severe-disability');
      monitored(p, 'returned-to-poverty', c.newYear - 700);
      ticket(p, c, subsidised('severe-disability'));
      return [missing('short', 90_00)];
    },
  },
  {
    name: '303-stable-exit-and-low',
    perMillion: 20,
    gives: ['XC-303'],
    changes: 'stable exit and minimum living, paid whole',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      monitored(p, 'stable-exit', c.newYear - 600);
      ticket(p, c);
      return [missing('none', 280_00)];
    },
  },
  {
    name: '303-begins-on-pay-date',
    perMillion: 8,
    gives: ['XC-303'],
    changes: 'recognised on the very day of paying',
    plant: (p, c) => {
      enrolled(p, c);
      inHardship(p, low, paidOn(ticket(p, c)));
      return [missing('none', 280_00)];
    },
  },
  {
    name: '303-ended-after-payment',
    perMillion: 20,
    gives: ['XC-303'],
    changes: 'hardship ended after paying',
    plant: (p, c) => {
      enrolled(p, c);
      inHardship(p, low, c.newYear - 800, { end_date: paidOn(ticket(p, c)) + 20 });
      return [missing('none', 280_00)];
    },
  },
  {
    name: '303-second-refunded',
    perMillion: 15,
    gives: ['XC-303'],
    changes: 'a second ticket was refunded: one is left',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      ticket(p, c);
      refund(p, c, ticket(p, c), 5);
      return [missing('none', 280_00)];
    },
  },
  {
    name: '303-employee-ticket-beside',
    perMillion: 8,
    gives: ['XC-303'],
    changes: "a ticket of the employees' scheme beside it",
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      ticket(p, c);
      ticket(p, c, { insutype: '310', paid_amt: 980_00 });
      return [missing('none', 280_00)];
    },
  },
  {
    name: '303-after-partial-refund',
    perMillion: 8,
    gives: ['XC-303'],
    changes: 'a part of the subsidy was taken back',
    plant: (p, c) => {
      enrolled(p, c);
      heldLong(p, c, low);
      refund(p, c, ticket(p, c, subsidised(low)), 5, { paid_amt: 0, subs_amt: -40_00 });
      return [missing('short', 40_00)];
    },
  },
  clear('clear-303-ended-on-pay-date', 15, 'hardship ended on the day of paying, paid whole', (p, c) => {
    enrolled(p, c);
    inHardship(p, low, c.newYear - 900, { end_date: paidOn(ticket(p, c)) });
  }),
  clear('clear-303-ended-before', 200, 'hardship ended before paying, paid whole', (p, c) => {
    enrolled(p, c);
    inHardship(p, low, c.newYear - 900, { end_date: paidOn(ticket(p, c)) - 60 });
  }),
  clear('clear-303-highest-paid', 250, 'two identities, the higher one paid', (p, c) => {
    enrolled(p, c);
    heldLong(p, c, low);
    monitored(p, 'at-risk', c.newYear - 700);
    ticket(p, c, subsidised(low));
  }),
  clear('clear-303-type-missing', 60, 'the standard paid, no category given', (p, c) => {
    enrolled(p, c);
    heldLong(p, c, low);
    ticket(p, c, { ...subsidised(low), subs_type: undefined });
  }),
];

const low = 'minimum-living';

function missing(cause: 'none' | 'short', amountFen: number): Expected {
  return found('XC-303', 'P1', { cause }, amountFen);
}
