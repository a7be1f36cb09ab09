import type { Feed } from '../../schemas/feeds/feed.ts';
import type { Snapshot } from '../../schemas/snapshot.ts';
import type { Database } from '../runtime/duckdb.ts';
import { lakeSelect, rowKeySql } from './content.ts';

/** The date column in which a list says that somebody is no longer on it. */
const endColumn = 'end_date';

/** True when rows that leave the list can be kept with the date of their leaving. */
export const hasEnd = (feed: Feed): boolean => feed.columns.some(({ field }) => field === endColumn);

/**
 * Makes `content` of a full delivery of a list that drops people who left: its rows, and the rows of `base` that
 * are not on it any more, ended on the data-as-of of the list on which they first were not. Kept rows quote the
 * delivery they came with.
 * @returns the number of kept rows.
 */
export async function keepThoseWhoLeft(db: Database, feed: Feed, base: Snapshot, dataAsOf: string): Promise<number> {
  const ended = `least(coalesce(b."${endColumn}", DATE '${dataAsOf}'), DATE '${dataAsOf}')`;
  // A risk that was removed without a date has no interval, and leaving the list gives it none.
  const hasRisk = feed.columns.some(({ field }) => field === 'risk_stas');
  const left = lakeSelect(feed, 'b', {
    seq: `coalesce(b.seq, ${base.fullSequence})`,
    [endColumn]: hasRisk
      ? `CASE WHEN b.risk_stas = '1' AND b."${endColumn}" IS NULL THEN NULL ELSE ${ended} END`
      : ended,
  });
  await db.run(`
    CREATE OR REPLACE TABLE left_rows AS
      SELECT ${left} FROM base b ANTI JOIN accepted a ON ${rowKeySql(feed, 'a')} = ${rowKeySql(feed, 'b')}`);
  await db.run(`
    CREATE OR REPLACE VIEW content AS
      SELECT ${lakeSelect(feed, 'a')} FROM accepted a UNION ALL SELECT * FROM left_rows`);
  const [kept] = await db.all<{ rows: number }>('SELECT count(*) AS rows FROM left_rows');
  return kept!.rows;
}
