import { numberOf, plantedArea, withDigit, withSwap } from '../certificates.ts';
import type { County } from '../county.ts';
import type { Person } from '../households.ts';
import { dottedName } from '../names.ts';
import { inHardship, registered, resident, ticket } from '../records.ts';
import { type Expected, found, infant, type Scenario } from '../scenario.ts';
import { insured, otherName } from './situations.ts';

export const nearNumbers: readonly Scenario[] = [
  near('204-substitution-birth', 180, 'one digit of the birth date is wrong', (p, c) =>
    withDigit(c.numberOf(p), c.dice.whole(8, 13), c.dice),
  ),
  near('204-substitution-sequence', 120, 'one digit of the sequence is wrong', (p, c) =>
    withDigit(c.numberOf(p), c.dice.whole(14, 15), c.dice),
  ),
  near('204-substitution-area', 60, 'one digit of the area is wrong', (p, c) =>
    withDigit(c.numberOf(p), c.dice.whole(2, 5), c.dice),
  ),
  near('204-substitution-check', 60, 'the check character is wrong', (p, c) => withDigit(c.numberOf(p), 17, c.dice)),
  near('204-swap', 150, 'two neighbouring digits changed places', (p, c) =>
    withSwap(c.numberOf(p), c.dice.whole(4, 13)),
  ),
  {
    name: '204-dotted-name',
    perMillion: 12,
    gives: ['XC-204'],
    changes: 'a name with a dot, written with another dot',
    plant: (p, c) => {
      p.name = dottedName(c.dice, p.sex);
      return nearMatch(p, c, withDigit(c.numberOf(p), 15, c.dice), p.name.replace('·', '∙'));
    },
  },
  {
    name: '204-also-active',
    perMillion: 60,
    gives: ['XC-204'],
    changes: 'the right number is enrolled too',
    plant: (p, c) => {
      insured(p, c);
      resident(p, c, { certno: withDigit(c.numberOf(p), 9, c.dice) });
      return nearFinding(true);
    },
  },
  {
    name: '204-in-hardship',
    perMillion: 8,
    gives: ['XC-204'],
    changes: 'in hardship: 204 instead of 102',
    plant: (p, c) => {
      inHardship(p, 'minimum-living', c.asOf - 700);
      return nearMatch(p, c, withDigit(c.numberOf(p), 8, c.dice));
    },
  },
  {
    name: '204-newborn',
    perMillion: 8,
    who: infant,
    gives: ['XC-204'],
    changes: 'a newborn: 204 instead of 105',
    plant: (p, c) => {
      p.born = c.asOf - 40;
      return nearMatch(p, c, withDigit(c.numberOf(p), 15, c.dice));
    },
  },
  {
    name: '101-near-row-not-active',
    perMillion: 12,
    gives: ['XC-101'],
    changes: 'the row with the wrong number is not active',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { certno: withDigit(c.numberOf(p), 12, c.dice), insu_year: String(c.year - 2) });
      return uninsured;
    },
  },
  {
    name: '602-near-number-of-other-name',
    perMillion: 20,
    gives: ['XC-101', 'XC-602'],
    changes: 'near number, but another name',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { certno: withDigit(c.numberOf(p), 15, c.dice), psn_name: otherName(p, c) });
      return [...uninsured, invalid];
    },
  },
  {
    name: '602-three-digits-wrong',
    perMillion: 20,
    gives: ['XC-101', 'XC-602'],
    changes: 'three digits are wrong: no near number',
    plant: (p, c) => {
      registered(p);
      resident(p, c, { certno: farFrom(c.numberOf(p)) });
      return [...uninsured, invalid];
    },
  },
  {
    name: '602-two-candidates',
    perMillion: 10,
    gives: ['XC-101', 'XC-602'],
    changes: 'two people of one name are equally near: neither is taken',
    plant: (p, c, relative) => {
      const sequence = c.dice.whole(0, 49) * 2 + (p.sex === 1 ? 1 : 0);
      p.number = numberOf(plantedArea, p.born, sequence);
      const twin = relative(p, { number: numberOf(plantedArea, p.born, sequence + 100) });
      for (const each of [p, twin]) registered(each);
      resident(p, c, { certno: p.number.slice(0, 17) + twin.number!.slice(17) });
      ticket(twin, c);
      resident(twin, c);
      return [...uninsured, invalid];
    },
  },
];

const uninsured = [found('XC-101', 'P2', { elsewhere: 'not-asked' })];
const invalid = found('XC-602', 'P3');

function near(name: string, perMillion: number, changes: string, spoil: (p: Person, c: County) => string): Scenario {
  return { name, perMillion, changes, gives: ['XC-204'], plant: (p, c) => nearMatch(p, c, spoil(p, c)) };
}

function nearMatch(person: Person, county: County, certno: string, psnName?: string): Expected[] {
  registered(person);
  // A number that ends in 000 would pass for one that Excel has damaged.
  const spoilt = certno.endsWith('000') ? withDigit(county.numberOf(person), 10, county.dice) : certno;
  resident(person, county, { certno: spoilt, ...(psnName ? { psn_name: psnName } : {}) });
  return nearFinding(false);
}

function nearFinding(alsoActive: boolean): Expected[] {
  return [found('XC-204', 'P2', { alsoActive })];
}

/** Three digits one higher; with their weights 4, 8 and 4 the check never agrees by chance. */
function farFrom(number: string): string {
  const higher = (position: number) => String((Number(number[position]) + 1) % 10);
  return number.slice(0, 5) + higher(5) + number.slice(6, 14) + higher(14) + higher(15) + number.slice(16);
}
