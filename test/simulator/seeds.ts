import { expect } from 'vitest';
import { simulate } from './simulate.ts';

/** How a world that failed is looked at again: the very same one, with all that happened in it. */
export const replayOf = (seed: number): string => `SEED=${seed} npx vitest run test/simulator/replay.test.ts`;

/** Plays the worlds of a stretch of seeds and expects that all held. @returns what was seen in them. */
export async function playSeeds(from: number, count: number): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  for (let seed = from; seed < from + count; seed++) {
    const played = await simulate(seed);
    for (const [what, times] of Object.entries(played.seen)) seen[what] = (seen[what] ?? 0) + times;
    if (played.violations.length === 0) continue;
    const { trace } = await simulate(seed, { traced: true });
    expect.fail(`${played.violations.join('\n')}\n\n${replayOf(seed)}\n\n${trace.slice(-60).join('\n')}`);
  }
  return seen;
}

/** Of every kind of thing that worlds are there for, something has happened. */
export const mustBeSeen = [
  'settled',
  'reversed',
  'reversing',
  'consent.revoked',
  'policy.upserted',
  'policy.terminated',
  'roster',
  'rotated',
  'settlement/sums-differ',
  'settlement/same-id-other-content',
  'settlement/reversal-differs',
  'settlement settled',
  'settlement reversed',
  'settlement received',
  'share posted',
  'share declined',
  'share voided',
  'share expired',
  'settlement.notice accepted',
  'settlement.notice parked',
  'settlement.notice lapsed',
  'settlement.notice cancelled',
  'settlement.reversed accepted',
  'claim.posted accepted',
  'claim.refused accepted',
  'by hand',
  'by file',
  'replayed',
  'scheme v1a',
  'scheme sm2',
  'scheme sm3',
  'books agree',
  'statement missing',
  'difference hub-only',
  'difference insurer-only',
  'difference amount-differs',
  'difference duplicate',
  'difference wrong-day',
  'difference sums-differ',
  'lost and found',
  'corrected',
  'difference other-person',
  'settlement/not-computable',
  'sealed',
] as const;
