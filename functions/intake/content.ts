import type { Feed } from '../../schemas/feeds/feed.ts';
import { lakeColumns } from '../../schemas/snapshot.ts';

/**
 * SQL over the content of a feed. Tables that the steps of intake share: `accepted` (clean rows of the delivery),
 * `row_issues` (remarks on its rows), `base` (content before it, a view of its files) and `content` (after it).
 */

/** Separates the parts of a row key; control characters never get into the lake. */
const separator = 'chr(31)';

/** What says that two rows of a feed are the same record (feeds.md, Row keys), as one text that is never NULL. */
export function rowKeySql(feed: Feed, table: string): string {
  const parts = feed.key.map(
    (field) => `coalesce(${table}."${field === 'person' ? 'person_key' : field}"::VARCHAR, '')`,
  );
  return parts.join(` || ${separator} || `);
}

/** Columns of a row that the agency's data decide: not where it stood in which delivery. */
export function valueColumns(feed: Feed): string[] {
  const ours = new Set(['h', 'row_no', 'seq', 'absent', 'raw']);
  return lakeColumns(feed).flatMap(({ name }) => (ours.has(name) ? [] : [name]));
}

export const quoted = (names: readonly string[], table: string): string =>
  names.map((name) => `${table}."${name}"`).join(', ');

/** The lake columns of a feed, some of them replaced by other SQL. */
export function lakeSelect(feed: Feed, table: string, replaced: Readonly<Record<string, string>> = {}): string {
  return lakeColumns(feed)
    .map(({ name, type }) => {
      const sql = replaced[name];
      return sql === undefined ? `${table}."${name}"` : `(${sql})::${type} AS "${name}"`;
    })
    .join(', ');
}

/** True for rows of `base` that the list still held: not kept from an earlier full delivery. */
export const onTheList = (fullSequence: number): string => `(seq IS NULL OR seq > ${fullSequence})`;
