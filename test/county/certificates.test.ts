import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NumberOffice, numberOf, oldForm, withCheck, withDigit, withSwap } from '../../infra/county/certificates.ts';
import { addMonths, dayOf, isoDate } from '../../infra/county/civil-days.ts';
import { Dice } from '../../infra/county/dice.ts';

const { verify } = createRequire(import.meta.url)('idcard') as { verify(number: string): boolean };
const days = fc.integer({ min: dayOf('1900-01-01'), max: dayOf('2030-12-31') });
const numbers = fc
  .tuple(days, fc.integer({ min: 1, max: 999 }))
  .map(([day, sequence]) => numberOf('500299', day, sequence));

it('a thousand people of one day and place get a thousand numbers, men odd, women even', () => {
  const office = new NumberOffice(4);
  const born = dayOf('1987-03-09');
  const issued = Array.from({ length: 2_000 }, (_, i) => office.issue('500299', born, i % 2 === 0 ? 1 : 2));
  expect(new Set(issued).size).toBe(2_000);
  expect(issued.every((number, i) => Number(number[16]) % 2 === (i % 2 === 0 ? 1 : 0))).toBe(true);
  // All of the day, but the one that would end in 000.
  expect(issued.filter((number) => number.startsWith('500299')).length).toBeGreaterThanOrEqual(998);
  expect(issued.filter((number) => number.endsWith('000'))).toEqual([]);
});

it('one wrong digit or two swapped neighbours never make a number that checks', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 2, max: 17 }), fc.integer(), (number, position, seed) => {
      for (const wrong of [withDigit(number, position, new Dice(seed)), withSwap(number, Math.min(position, 13))]) {
        expect(wrong).not.toBe(number);
        expect(wrong).toHaveLength(18);
        expect(withCheck(wrong.slice(0, 17))).not.toBe(wrong);
      }
    }),
  );
});

it('the 15-digit form is the number without century and check character', () => {
  fc.assert(
    fc.property(numbers, (number) => {
      fc.pre(number.slice(6, 8) === '19');
      const short = oldForm(number);
      expect(short).toHaveLength(15);
      expect(withCheck(`${short.slice(0, 6)}${number.slice(6, 8)}${short.slice(6)}`)).toBe(number);
    }),
  );
  expect(verify(withCheck('50029919870309123'))).toBe(true);
});

it('months are added as a calendar does', () => {
  const plus = (iso: string, months: number) => isoDate(addMonths(dayOf(iso), months));
  expect(plus('2022-06-30', -6)).toBe('2021-12-30');
  expect(plus('2022-08-31', -6)).toBe('2022-02-28');
  expect(plus('2024-02-29', -12)).toBe('2023-02-28');
  expect(plus('2021-11-30', 3)).toBe('2022-02-28');
  expect(plus('2021-12-31', 13)).toBe('2023-01-31');
});
