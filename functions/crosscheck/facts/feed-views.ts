import { type Feed, lakeType } from '../../../schemas/feeds/feed.ts';
import { feeds } from '../../../schemas/feeds/register.ts';

/** A pinned snapshot on local disk. */
export type FeedInput = {
  readonly snapshotId: string;
  /** Civil date. */
  readonly dataAsOf: string;
  /** Local Parquet files that hold at least the range of the task. */
  readonly files: readonly string[];
  /** Local Parquet file of the rows without a usable certificate; only the prelude reads it. */
  readonly unkeyed?: string | undefined;
};

type Range = { readonly from: number; readonly to: number };

/**
 * Statements that make every feed a view of its name: the lake's columns and `ref` (the row, row_ref of ground.ts).
 * A feed without snapshot is an empty view. DuckDB reads only the columns and the range of h that a query needs.
 */
export function feedViews(inputs: Readonly<Record<string, FeedInput>>, range: Range): string[] {
  return feeds.flatMap((feed) => {
    const input = inputs[feed.name];
    const unkeyed = input?.unkeyed ? rowsOf(feed, [input.unkeyed]) : nothing(feed);
    return [
      `CREATE VIEW "${feed.name}" AS ${input?.files.length ? rowsOf(feed, input.files, range) : nothing(feed)}`,
      ...(feed.unusableCertificate === 'keep' ? [`CREATE VIEW "${feed.name}-unkeyed" AS ${unkeyed}`] : []),
    ];
  });
}

/** The feed of a row, by the number that row_ref has of it. */
export const feedNumbered = (number: number): Feed => feeds[number]!;

function rowsOf(feed: Feed, files: readonly string[], range?: Range): string {
  const paths = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ');
  const where = range && (range.from > 0 || range.to < 0xffff) ? ` WHERE h BETWEEN ${range.from} AND ${range.to}` : '';
  return `SELECT *, row_ref(${feeds.indexOf(feed)}, seq, row_no) AS ref FROM read_parquet([${paths}])${where}`;
}

/** The empty table of a feed. */
function nothing(feed: Feed): string {
  const columns: [string, string][] = [
    ['h', 'USMALLINT'],
    ['person_key', 'VARCHAR'],
    ['row_no', 'BIGINT'],
    ['seq', 'INTEGER'],
    ['cert_status', 'VARCHAR'],
    ...feed.columns.map(({ field, type }): [string, string] => [field, lakeType(type)]),
    ...(feed.relatives ?? []).map(({ key }): [string, string] => [key, 'VARCHAR']),
    ['absent', 'VARCHAR'],
    ['raw', 'VARCHAR'],
    ['ref', 'BIGINT'],
  ];
  return `SELECT ${columns.map(([name, type]) => `NULL::${type} AS "${name}"`).join(', ')} WHERE false`;
}
