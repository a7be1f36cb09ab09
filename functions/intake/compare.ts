import type { Change } from '../../schemas/delivery.ts';
import type { Feed } from '../../schemas/feeds/feed.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Snapshot } from '../../schemas/snapshot.ts';
import type { Database } from '../runtime/duckdb.ts';
import { onTheList, quoted, rowKeySql, valueColumns } from './content.ts';

/** Compares the clean rows of a full delivery (`accepted`) with the list before it (`base`), by row key. */
export async function compareWithBase(db: Database, feed: Feed, base: Snapshot): Promise<Change> {
  const values = quoted(valueColumns(feed), 'r');
  // The hashes are compared within this query only, so the engine's own will do.
  const hashes = (table: string, where: string) =>
    `SELECT hash(${rowKeySql(feed, 'r')}) AS k, hash(${values}) AS v FROM ${table} r ${where}`;
  const [counts] = await db.all<Omit<Change, 'against'>>(`
    WITH new_rows AS (${hashes('accepted', '')}),
         old_rows AS (${hashes('base', `WHERE ${onTheList(base.fullSequence)}`)})
    SELECT (SELECT count(*) FROM old_rows) AS "rowsBefore",
           (SELECT count(*) FROM new_rows) AS "rowsAfter",
           (SELECT count(*) FROM new_rows WHERE k NOT IN (SELECT k FROM old_rows)) AS added,
           (SELECT count(*) FROM old_rows WHERE k NOT IN (SELECT k FROM new_rows)) AS removed,
           (SELECT count(*) FROM new_rows WHERE k IN (SELECT k FROM old_rows)
              AND NOT EXISTS (SELECT 1 FROM old_rows o WHERE o.k = new_rows.k AND o.v = new_rows.v)) AS changed`);
  return { against: base.snapshotId, ...counts! };
}

export type HoldReason = 'held-few-rows' | 'held-many-rows' | 'held-many-changes';

/**
 * Why a full delivery waits for a second person; undefined when it may pass. A list that only grew or shrank is
 * judged by its size; rows that took the place of others count as changed.
 */
export function holdReason(change: Change, limits: Settings['intake']['hold']): HoldReason | undefined {
  const { rowsBefore, rowsAfter } = change;
  if (rowsBefore === 0) return undefined;
  if (rowsAfter < rowsBefore * limits.fewerThan) return 'held-few-rows';
  if (rowsAfter > rowsBefore * limits.moreThan) return 'held-many-rows';
  return changedRows(change) > rowsBefore * limits.changedShare ? 'held-many-changes' : undefined;
}

/** Rows whose values changed, and rows that took the place of others. */
export const changedRows = ({ changed, added, removed }: Change): number => changed + Math.min(added, removed);
