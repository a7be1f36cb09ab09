import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostAttempts, retryAfterSeconds, slotSeconds, waitSeconds } from '../../functions/insurers/retry-schedule.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const made = fc.integer({ min: 1, max: mostAttempts - 1 });

test('ten attempts over 75 hours', () => {
  const hours = slotSeconds.reduce((sum: number, seconds) => sum + seconds, 0) / 3600;
  expect(mostAttempts).toBe(10);
  expect(Math.floor(hours)).toBe(75);
  expect(waitSeconds(mostAttempts, () => 0)).toBeUndefined();
});

test('every wait is its slot, give or take a fifth, as chance has it', () => {
  for (const [n, slot] of slotSeconds.entries())
    for (const [random, part] of [
      [0, 0.8],
      [0.25, 0.9],
      [0.5, 1],
      [1, 1.2],
    ] as const)
      expect(waitSeconds(n + 1, () => random)).toBeCloseTo(slot * part);
  fc.assert(
    fc.property(made, chance, (n, random) => {
      const slot = slotSeconds[n - 1]!;
      const wait = waitSeconds(n, () => random)!;
      expect(wait).toBeGreaterThanOrEqual(slot * 0.8);
      expect(wait).toBeLessThanOrEqual(slot * 1.2);
    }),
  );
});

test('Retry-After moves a wait within one and two times its slot', () => {
  fc.assert(
    fc.property(made, chance, fc.nat(1_000_000), (n, random, asked) => {
      const slot = slotSeconds[n - 1]!;
      const wait = waitSeconds(n, () => random, asked)!;
      expect(wait).toBe(Math.max(slot, Math.min(2 * slot, asked)));
    }),
  );
});

test('Retry-After is seconds or an HTTP date; anything else was not said', () => {
  const now = new Date('2026-03-02T02:00:00Z');
  expect(retryAfterSeconds('120', now)).toBe(120);
  expect(retryAfterSeconds('Mon, 02 Mar 2026 02:01:30 GMT', now)).toBe(90);
  expect(retryAfterSeconds('Mon, 02 Mar 2026 01:00:00 GMT', now)).toBe(0);
  for (const text of [undefined, '', '-1', '1.5', 'soon', '2026-03-02', '1e9', '99999999999'])
    expect(retryAfterSeconds(text, now)).toBeUndefined();
});
