import type { Change, Delivery } from '../../schemas/delivery.ts';
import { type Refusal, refuse } from '../../schemas/errors.ts';
import type { Settings } from '../../schemas/settings.ts';
import { isNewer, type Snapshot } from '../../schemas/snapshot.ts';
import type { Notice } from './acknowledge.ts';
import type { CleanCounts } from './cleaning/clean.ts';
import { changedRows, holdReason } from './compare.ts';
import type { Claim, Head } from './delivery-store.ts';
import type { FileName } from './object-key.ts';

/** Where a feed stands when a delivery of it is decided. */
export type Standing = {
  readonly head: Head;
  /** All sequences that deliveries have, ascending. */
  readonly claims: readonly Claim[];
  readonly newest: Snapshot | undefined;
  /** The newest content that is not after the delivery's data-as-of. */
  readonly before: Snapshot | undefined;
};

export type Decision =
  | { readonly state: 'accepted' }
  | { readonly state: 'refused'; readonly refusal: Refusal }
  | { readonly state: 'held' | 'waiting' | 'superseded'; readonly notices: Notice[]; readonly gaps?: string[] };

/** Refused because of its rows alone, wherever the feed stands. */
export function refusalOfRows(name: FileName, counts: CleanCounts, maxRejectedShare: number): Refusal | undefined {
  const { rows, rejected } = counts;
  if (name.mode === 'full' && rows === 0) return refuse('empty-full');
  if (rejected > rows * maxRejectedShare)
    return refuse('too-many-rejects', { rows, rejected, limit: `${Math.round(maxRejectedShare * 1000) / 10}%` });
  return undefined;
}

/** What the place of a delivery in its feed's sequence makes of it. */
export function placeInSequence(name: FileName, deliveryId: string, standing: Standing): Decision {
  const { head, claims, newest, before } = standing;
  const { sequence, mode, dataAsOf } = name;
  if (claims.some((claim) => claim.sequence === sequence && claim.deliveryId !== deliveryId))
    return { state: 'refused', refusal: refuse('sequence-taken', { sequence }) };
  if (mode === 'full') return { state: 'accepted' };
  if (head.applied === undefined) return { state: 'waiting', notices: [{ code: 'no-full-delivery-yet', details: {} }] };
  if (sequence <= head.applied)
    return { state: 'superseded', notices: [{ code: 'superseded', details: { sequence: head.applied } }] };
  const gaps = missingBetween(head.applied, sequence, claims);
  if (sequence > head.applied + 1)
    return { state: 'waiting', gaps, notices: [{ code: 'gap-before-delta', details: { missing: gaps.join(', ') } }] };
  if (before === undefined)
    return { state: 'refused', refusal: refuse('not-newer', { dataAsOf, current: newest?.dataAsOf ?? '' }) };
  return { state: 'accepted' };
}

/** Whether a full delivery waits for a second person because of what it would change. */
export function reviewOf(change: Change, limits: Settings['intake']['hold']): Decision {
  const reason = holdReason(change, limits);
  if (reason === undefined) return { state: 'accepted' };
  const details = { before: change.rowsBefore, after: change.rowsAfter, changed: changedRows(change) };
  return { state: 'held', notices: [{ code: reason, details }] };
}

/**
 * The sequence up to which nothing is missing once a delivery is accepted: a full one that is the newest content
 * closes every gap before it. Deliveries that are accepted already and follow without a gap are counted in.
 */
export function appliedAfter(snapshot: Snapshot, { head, claims, newest }: Standing): number | undefined {
  const closesGaps = snapshot.mode === 'full' && (newest === undefined || isNewer(snapshot, newest));
  let applied = closesGaps ? Math.max(head.applied ?? 0, snapshot.sequence) : head.applied;
  const accepted = new Set(claims.filter(({ state }) => state === 'accepted').map(({ sequence }) => sequence));
  accepted.add(snapshot.sequence);
  while (applied !== undefined && accepted.has(applied + 1)) applied++;
  return applied;
}

/** Deliveries that waited for what the feed has now. */
export function noLongerWaiting(head: Head, claims: readonly Claim[]): string[] {
  const upTo = (head.applied ?? -1) + 1;
  return claims
    .filter(({ state, sequence }) => state === 'waiting' && sequence <= upTo)
    .map((claim) => claim.deliveryId);
}

/** Remarks on an accepted delivery. `pushed`: somebody asked the hub where to put it, and so gave it its name. */
export function remarksOnAccepted(
  delivery: Delivery,
  snapshot: Snapshot,
  newest: Snapshot | undefined,
  pushed: boolean,
): Notice[] {
  const remarks: Notice[] = [];
  const { declared, dataAsOf } = snapshot;
  if (!declared && pushed) remarks.push({ code: 'data-as-of-given-with-push', details: { dataAsOf } });
  if (!declared && !pushed) remarks.push({ code: 'data-as-of-not-declared', details: {} });
  if (newest !== undefined && newest.deliveryId !== delivery.deliveryId && isNewer(newest, snapshot))
    remarks.push({
      code: 'newer-content-exists',
      details: { current: newest.dataAsOf, dataAsOf },
    });
  return remarks;
}

/** Sequences between two that are not there, or are held, as `3` and `5-7`. */
function missingBetween(applied: number, sequence: number, claims: readonly Claim[]): string[] {
  const there = claims.filter(
    (claim) => claim.sequence > applied && claim.sequence < sequence && claim.state !== 'held',
  );
  const gaps: string[] = [];
  let next = applied + 1;
  for (const { sequence: taken } of there) {
    if (taken > next) gaps.push(rangeOf(next, taken - 1));
    next = taken + 1;
  }
  if (sequence > next) gaps.push(rangeOf(next, sequence - 1));
  return gaps;
}

const rangeOf = (from: number, to: number): string => (from === to ? String(from) : `${from}-${to}`);
