import { hospitals } from '../places.ts';
import { type Bill, type Cells, takenBack } from '../records.ts';
import { bornLongAgo, type Expected, found, type Scenario } from '../scenario.ts';
import { clear, cutToOldForm, insured, stay } from './situations.ts';

export const overlappingStays: readonly Scenario[] = [
  overlap('501-overlapping-stays', 60, 'in two hospitals for five days', 'P1', 5),
  overlap('501-one-day', 25, 'in two hospitals for one day', 'P2', 1),
  overlap('501-referral', 30, 'one of the stays is a referral', 'P2', 5, { medType: '23' }),
  overlap('501-emergency', 12, 'one of the stays came by emergency', 'P2', 5, { medType: '24' }),
  {
    ...overlap('501-childbirth', 8, 'one of the stays is a childbirth', 'P1', 5, { medType: '52' }),
    who: (p) => p.sex === 2 && p.age >= 21 && p.age <= 42,
  },
  {
    name: '501-old-number',
    perMillion: 6,
    who: bornLongAgo,
    gives: ['XC-501'],
    changes: 'one hospital still has the 15-digit number',
    plant: (p, c) => {
      insured(p, c);
      return [
        overlapFinding(
          'P1',
          5,
          stay(p, c, 120, 9, { at: first! }),
          stay(p, c, 116, 9, { at: second! }, cutToOldForm(p, c)),
        ),
      ];
    },
  },
  {
    name: '501-three-hospitals',
    perMillion: 4,
    gives: ['XC-501'],
    changes: 'in three hospitals at once: one finding per pair',
    plant: (p, c) => {
      insured(p, c);
      const [a, b, d] = [first!, second!, third!].map((at, i) => stay(p, c, 120 - i * 2, 10, { at }));
      return [overlapFinding('P1', 8, a!, b!), overlapFinding('P1', 6, a!, d!), overlapFinding('P1', 8, b!, d!)];
    },
  },
  clear('clear-501-same-day-transfer', 250, 'moved to another hospital on the day of discharge', (p, c) => {
    insured(p, c);
    stay(p, c, 120, 9, { at: first! });
    stay(p, c, 111, 9, { at: second! });
  }),
  clear('clear-501-same-hospital', 60, 'two stays overlap in one hospital', (p, c) => {
    insured(p, c);
    stay(p, c, 120, 9, { at: first! });
    stay(p, c, 116, 12, { at: first! });
  }),
  clear('clear-501-taken-back', 30, 'one of two overlapping stays was taken back', (p, c) => {
    insured(p, c);
    stay(p, c, 120, 9, { at: first! });
    takenBack(p, c, stay(p, c, 116, 9, { at: second! }));
  }),
  clear('clear-501-newborn-with-mother', 40, 'newborn treated with its mother elsewhere', (p, c) => {
    insured(p, c);
    stay(p, c, 120, 9, { at: first!, medType: '52' });
    stay(p, c, 116, 9, { at: second!, medType: '9921' });
  }),
  clear('clear-501-visit-during-stay', 300, 'out-patient care during a stay', (p, c) => {
    insured(p, c);
    stay(p, c, 120, 9, { at: first! });
    stay(p, c, 117, 0, { at: second!, medType: '11', fundFen: 4_000, personFen: 5_000 });
  }),
];

const [first, second, third] = hospitals;

function overlap(
  name: string,
  perMillion: number,
  changes: string,
  priority: 'P1' | 'P2',
  days: number,
  bill: Partial<Bill> = {},
): Scenario {
  return {
    name,
    perMillion,
    changes,
    gives: ['XC-501'],
    plant: (p, c) => {
      insured(p, c);
      const earlier = stay(p, c, 120, 9, { at: first! });
      return [overlapFinding(priority, days, earlier, stay(p, c, 111 + days, 9, { at: second!, ...bill }))];
    },
  };
}

function overlapFinding(priority: 'P1' | 'P2', days: number, a: Cells, b: Cells): Expected {
  return found('XC-501', priority, { days }, Math.min(Number(a.fund_pay_sumamt), Number(b.fund_pay_sumamt)));
}
