import type { Settlement } from '../../schemas/settlement.ts';

/** An answer that came in time may still lie in a queue when its time is over. */
const graceMs = 5 * 60_000;
/** How often to ask what became of a notice whose sending nobody has told of. */
export const noticeCheckMs = 10 * 60_000;

/** When time next changes a settlement: the counter's window, an answer's end, a notice that nothing is heard of. */
export function nextLook({ state, shares, windowEnds }: Settlement): string | undefined {
  if (state === 'awaiting-insurers') return windowEnds;
  const pending = shares.find((share) => share.state === 'pending');
  if (pending?.pendingSince === undefined) return undefined;
  return pending.answerBy === undefined ? later(pending.pendingSince, noticeCheckMs) : later(pending.answerBy, graceMs);
}

const later = (instant: string, milliseconds: number): string =>
  new Date(Date.parse(instant) + milliseconds).toISOString();
