import type { DifferenceItem, DifferenceView } from '../../../schemas/difference.ts';
import { yuanOfFen } from '../../../schemas/money.ts';
import { civilDateAt, daysBetween } from '../../../schemas/time.ts';

/** A difference as callers of the API see it. */
export const differenceView = ({ hubFen, otherFen, ...item }: DifferenceItem, now: Date): DifferenceView => ({
  ...item,
  ...(hubFen === undefined ? {} : { hub_amt: yuanOfFen(hubFen) }),
  ...(otherFen === undefined ? {} : { other_amt: yuanOfFen(otherFen) }),
  ageDays: daysBetween(civilDateAt(new Date(item.openedAt)), civilDateAt(now)),
});
