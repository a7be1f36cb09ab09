import type { Day } from '../civil-days.ts';
import type { County } from '../county.ts';
import type { Person } from '../households.ts';
import { type Bill, type Cells, cancelled, cremated, settle, takenBack } from '../records.ts';
import { type Expected, found, old, type Scenario } from '../scenario.ts';
import { clearAmong, contradictedDeath, diedAndEnded, enrolled } from './situations.ts';

export const settledAfterDeath: readonly Scenario[] = [
  settledAfter('402-one-source', 30, 'a bill after the death, one source', 'P1', { days: 20, sources: 1 }),
  settledAfter('402-two-sources', 60, 'a bill after the death, both sources', 'P0', { days: 20, sources: 2 }),
  settledAfter('402-pharmacy', 40, 'a pharmacy bill after the death', 'P1', { days: 9, sources: 1, medType: '41' }),
  settledAfter('402-four-days', 6, 'four days after the death', 'P0', { days: 4, sources: 2 }),
  settledAfter('402-three-days', 25, 'within three days: to be verified', 'P2', { days: 3, sources: 2 }),
  settledAfter('402-central', 40, 'reimbursed at the counter: to be verified', 'P2', {
    days: 25,
    sources: 2,
    setlType: '1',
  }),
  settledAfter('402-local-kind', 6, 'a local kind of treatment', 'P1', { days: 16, sources: 1, medType: '9101' }),
  {
    name: '402-two-settlements',
    perMillion: 12,
    who: old,
    gives: ['XC-402'],
    changes: 'two bills after the death',
    plant: (p, c) => {
      const day = diedAndEnded(p, c);
      cancelled(p, day, day + 6);
      return [30, 50].map((days) => settledFinding('P1', visit(p, c, day + days)));
    },
  },
  {
    name: '402-after-both-dates',
    perMillion: 8,
    who: old,
    gives: ['XC-402'],
    changes: 'the sources differ by ten days; after the later',
    plant: (p, c) => {
      const day = diedAndEnded(p, c);
      cancelled(p, day, day + 6);
      cremated(p, c, day + 10, day + 12);
      return [settledFinding('P0', visit(p, c, day + 18))];
    },
  },
  {
    name: '402-still-enrolled',
    perMillion: 8,
    who: old,
    gives: ['XC-402'],
    changes: 'dead for two weeks: cover may still be there, a bill may not',
    plant: (p, c) => {
      enrolled(p, c);
      cancelled(p, c.asOf - 15, c.asOf - 9);
      return [settledFinding('P2', visit(p, c, c.asOf - 12))];
    },
  },
  {
    name: '401-contradicted-with-bill',
    perMillion: 4,
    who: old,
    gives: ['XC-401'],
    changes: 'contradicted death with a later bill: not 402',
    plant: (p, c) => {
      enrolled(p, c);
      contradictedDeath(p, c);
      visit(p, c, c.asOf - 76);
      return contradictedFinding;
    },
  },
  clearAmong(old, 'clear-402-on-the-day', 30, 'a bill on the day of death', (p, c) => {
    const day = diedAndEnded(p, c);
    cancelled(p, day, day + 6);
    visit(p, c, day);
  }),
  clearAmong(old, 'clear-402-stay-begun-before', 80, 'a stay that began before and was settled after', (p, c) => {
    const day = diedAndEnded(p, c);
    cancelled(p, day, day + 6);
    visit(p, c, day - 8, { medType: '21', end: day + 2, fundFen: 320_000, personFen: 120_000 });
  }),
  clearAmong(old, 'clear-402-taken-back', 20, 'the bill was taken back', (p, c) => {
    const day = diedAndEnded(p, c);
    cancelled(p, day, day + 6);
    takenBack(p, c, visit(p, c, day + 20));
  }),
  clearAmong(old, 'clear-402-fund-paid-nothing', 15, 'the fund paid nothing', (p, c) => {
    const day = diedAndEnded(p, c);
    cancelled(p, day, day + 6);
    visit(p, c, day + 20, { fundFen: 0 });
  }),
  clearAmong(old, 'clear-402-between-the-dates', 15, "a bill between the two sources' dates", (p, c) => {
    const day = diedAndEnded(p, c);
    cancelled(p, day, day + 6);
    cremated(p, c, day + 10, day + 12);
    visit(p, c, day + 5);
  }),
];

const contradictedFinding = [found('XC-401', 'P2', { contradicted: true })];

function visit(person: Person, county: County, begin: Day, bill: Partial<Bill> = {}, changes: Cells = {}): Cells {
  const fundFen = county.dice.whole(1_000, 30_000);
  return settle(
    person,
    county,
    { medType: '11', begin, fundFen, personFen: county.dice.whole(2_000, 18_000), ...bill },
    changes,
  );
}

function settledAfter(
  name: string,
  perMillion: number,
  changes: string,
  priority: 'P0' | 'P1' | 'P2',
  how: { days: number; sources: 1 | 2; medType?: string; setlType?: string },
): Scenario {
  return {
    name,
    perMillion,
    changes,
    who: old,
    gives: ['XC-402'],
    plant: (p, c) => {
      const day = diedAndEnded(p, c);
      cancelled(p, day, day + 6);
      if (how.sources === 2) cremated(p, c, day, day + 2);
      const cells = visit(
        p,
        c,
        day + how.days,
        { medType: how.medType ?? '11' },
        how.setlType ? { setl_type: how.setlType } : {},
      );
      return [settledFinding(priority, cells)];
    },
  };
}

function settledFinding(priority: 'P0' | 'P1' | 'P2', cells: Cells): Expected {
  return found('XC-402', priority, { verify: priority === 'P2' }, Number(cells.fund_pay_sumamt));
}
