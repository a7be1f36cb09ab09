import type { Random } from '../runtime/ports.ts';

/**
 * Seconds between attempts: at once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; 75 hours in all. Each wait
 * is spread by a fifth, so that what failed together does not come back together.
 */
export const slotSeconds = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
export const mostAttempts = slotSeconds.length + 1;
const spread = 0.2;

/** From the first attempt to the end of the schedule, at the longest: with `Retry-After` a wait is up to twice as long. */
export const scheduleSeconds = 2 * slotSeconds.reduce<number>((sum, seconds) => sum + seconds, 0);

/**
 * Nothing is due later than the longest wait between two attempts, and an hour, for clocks differ: what says so was
 * written by a clock that ran ahead.
 */
export const latestDueSeconds = 2 * slotSeconds[slotSeconds.length - 1]! + 3600;

/**
 * Seconds until the next attempt; undefined when the schedule is spent.
 * @param made Attempts made so far.
 * @param retryAfterSeconds What the receiver asked for: honoured between one and two times the slot.
 */
export function waitSeconds(made: number, random: Random, retryAfterSeconds?: number): number | undefined {
  const slot = slotSeconds[made - 1];
  if (slot === undefined) return undefined;
  if (retryAfterSeconds !== undefined) return Math.min(Math.max(retryAfterSeconds, slot), 2 * slot);
  return slot * (1 + spread * (2 * random() - 1));
}

/** Seconds of a `Retry-After`: a number, or a date. Undefined for what is neither. */
export function retryAfterSeconds(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  // Only the form that HTTP wants; Date.parse alone takes almost anything.
  if (!/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(header)) return undefined;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now.getTime()) / 1000);
}
