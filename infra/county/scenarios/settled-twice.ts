import type { County } from '../county.ts';
import type { Person } from '../households.ts';
import { hospitals, pharmacies } from '../places.ts';
import { type Bill, type Cells, settle, takenBack } from '../records.ts';
import { type Expected, found, type Scenario } from '../scenario.ts';
import { clear, insured } from './situations.ts';

export const settledTwice: readonly Scenario[] = [
  {
    name: '502-same-stay',
    perMillion: 90,
    gives: ['XC-502'],
    changes: 'one stay settled twice',
    plant: (p, c) => {
      insured(p, c);
      const [, again] = same(p, c, 2, {
        medType: '21',
        begin: c.asOf - 90,
        end: c.asOf - 81,
        fundFen: 200_000,
        personFen: 90_000,
      });
      return [twiceFinding(Number(again!.fund_pay_sumamt))];
    },
  },
  {
    name: '502-three-times',
    perMillion: 8,
    gives: ['XC-502'],
    changes: 'one stay settled three times: one finding',
    plant: (p, c) => {
      insured(p, c);
      same(p, c, 3, { medType: '21', begin: c.asOf - 90, end: c.asOf - 81, fundFen: 200_000, personFen: 90_000 });
      return [twiceFinding(400_000)];
    },
  },
  {
    name: '502-stay-of-other-kind',
    perMillion: 10,
    gives: ['XC-502'],
    changes: 'once as a stay, once as a stay after emergency',
    plant: (p, c) => {
      insured(p, c);
      const bill = {
        medType: '21',
        begin: c.asOf - 90,
        end: c.asOf - 81,
        fundFen: 200_000,
        personFen: 90_000,
        at: first!,
      };
      settle(p, c, bill);
      settle(p, c, { ...bill, medType: '24' });
      return [twiceFinding(200_000)];
    },
  },
  {
    name: '502-same-visit',
    perMillion: 80,
    gives: ['XC-502'],
    changes: 'one out-patient visit settled twice',
    plant: (p, c) => {
      insured(p, c);
      const once = settle(p, c, visit(c));
      settle(p, c, visit(c), { mdtrt_id: once.mdtrt_id });
      return [twiceFinding(6_000)];
    },
  },
  {
    name: '502-counter-beside-direct',
    perMillion: 70,
    gives: ['XC-502'],
    changes: 'settled in the hospital and reimbursed at the counter',
    plant: (p, c) => {
      insured(p, c);
      settle(p, c, visit(c));
      settle(p, c, visit(c), { setl_type: '1' });
      return [twiceFinding(6_000)];
    },
  },
  clear('clear-502-equal-bills', 400, 'two equal out-patient or pharmacy bills on one day', (p, c) => {
    insured(p, c);
    const medType = c.dice.pick(['11', '14', '41']);
    same(p, c, 2, { ...visit(c), medType, at: medType === '41' ? pharmacies[0]! : first! });
  }),
  clear('clear-502-both-at-counter', 30, 'two equal bills, both reimbursed at the counter', (p, c) => {
    insured(p, c);
    for (let i = 0; i < 2; i++) settle(p, c, visit(c), { setl_type: '1' });
  }),
  clear('clear-502-other-amount-or-day', 40, 'the second bill differs by a cent or by a day', (p, c) => {
    insured(p, c);
    const bill: Bill = {
      medType: '21',
      begin: c.asOf - 90,
      end: c.asOf - 81,
      fundFen: 200_000,
      personFen: 90_000,
      at: first!,
    };
    settle(p, c, bill);
    settle(p, c, { ...bill, ...c.dice.pick([{ personFen: 90_001 }, { end: c.asOf - 80 }]) });
  }),
  clear('clear-502-settled-anew', 120, 'taken back and settled anew', (p, c) => {
    insured(p, c);
    const bill: Bill = {
      medType: '21',
      begin: c.asOf - 90,
      end: c.asOf - 81,
      fundFen: 200_000,
      personFen: 90_000,
      at: first!,
    };
    takenBack(p, c, settle(p, c, bill));
    settle(p, c, bill);
  }),
];

const first = hospitals[0];

function visit(county: County): Bill {
  return { medType: '11', begin: county.asOf - 77, fundFen: 6_000, personFen: 4_000, at: first! };
}

/** The same bill several times, under different numbers of settlement and visit. */
function same(person: Person, county: County, times: number, bill: Bill): Cells[] {
  const at = bill.at ?? county.dice.pick(hospitals);
  return Array.from({ length: times }, () => settle(person, county, { ...bill, at }));
}

function twiceFinding(amountFen: number): Expected {
  return found('XC-502', 'P0', {}, amountFen);
}
