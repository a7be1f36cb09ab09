import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, addMonths, civilDateAt, daysBetween, isCivilDate } from '../../schemas/time.ts';

const date = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2100-12-31'), noInvalidDate: true })
  .map((instant) => instant.toISOString().slice(0, 10));

test('a date is one that exists', () => {
  expect(['2024-02-29', '2023-02-29', '2023-2-1', '2023-13-01', 'today', '2022-00-10'].map(isCivilDate)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('in Shanghai the day begins at four in the afternoon UTC', () => {
  expect(civilDateAt(new Date('2022-06-29T15:59:59Z'))).toBe('2022-06-29');
  expect(civilDateAt(new Date('2022-06-29T16:00:00Z'))).toBe('2022-06-30');
});

test('adding days and counting them are inverse', () => {
  fc.assert(
    fc.property(
      date,
      fc.integer({ min: -40_000, max: 40_000 }),
      (from, days) => daysBetween(from, addDays(from, days)) === days,
    ),
  );
});

test.each([
  ['2022-01-31', 1, '2022-02-28'],
  ['2024-01-31', 1, '2024-02-29'],
  ['2022-03-31', -1, '2022-02-28'],
  ['2022-06-30', -12, '2021-06-30'],
  ['2022-12-15', 1, '2023-01-15'],
])('%s and %d months are %s', (from, months, to) => expect(addMonths(from, months)).toBe(to));
