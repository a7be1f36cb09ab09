import { plantedArea, withCheck, withDigit } from '../certificates.ts';
import type { County } from '../county.ts';
import { employee, resident } from '../records.ts';
import { found, type Scenario } from '../scenario.ts';
import { clear } from './situations.ts';

/** Enrolled under a number that cannot be one, and on no population list. */
const spoiltNumbers: readonly Scenario[] = (
  [
    ['602-bad-check', 520, 'wrong check character', (n: string, c: County) => withDigit(n, 17, c.dice)],
    ['602-17-digits', 120, 'a digit is missing', (n: string) => n.slice(0, 17)],
    [
      '602-bad-birth-date',
      90,
      'a birth date that does not exist',
      (n: string) => withCheck(`${n.slice(0, 10)}1332${n.slice(14, 17)}`),
    ],
    [
      '602-old-form-bad-date',
      40,
      '15 digits with a month that does not exist',
      (n: string) => `${n.slice(0, 6)}771315${n.slice(14, 17)}`,
    ],
    ['602-placeholder', 90, 'all ones', () => '111111111111111111'],
    [
      '602-damaged-by-excel',
      160,
      'damaged by Excel',
      (n: string, c: County) => c.dice.pick(['5.00299E+17', excelZeros(n)]),
    ],
  ] as const
).map(([name, perMillion, changes, spoil]) => ({
  name,
  perMillion,
  changes,
  gives: ['XC-602'],
  plant: (p, c) => {
    p.area = plantedArea;
    resident(p, c, { certno: spoil(c.numberOf(p), c) });
    return [invalid];
  },
}));

export const invalidNumbers: readonly Scenario[] = [
  ...spoiltNumbers,
  clear('clear-602-not-active', 40, "the unusable number's row is not active", (p, c) => {
    p.area = plantedArea;
    resident(p, c, { certno: withDigit(c.numberOf(p), 17, c.dice), psn_insu_stas: '4' });
  }),
  clear('clear-602-side-scheme', 20, "the unusable number's row is a side scheme's", (p, c) => {
    p.area = plantedArea;
    employee(p, c, { certno: withDigit(c.numberOf(p), 17, c.dice), insutype: '510' });
  }),
];

const invalid = found('XC-602', 'P3');

/** What Excel makes of 18 digits: fifteen are kept, the rest become zeros; the check no longer agrees. */
function excelZeros(number: string): string {
  const damaged = `${number.slice(0, 15)}000`;
  return withCheck(damaged.slice(0, 17)) === damaged ? '5.00299E+17' : damaged;
}
