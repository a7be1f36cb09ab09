import { type Feed, lakeType } from '../../../schemas/feeds/feed.ts';
import { feeds } from '../../../schemas/feeds/register.ts';
import { feedUse, type Settings } from '../../../schemas/settings.ts';

/** A pinned snapshot on local disk. */
export type SnapshotFiles = {
  readonly snapshotId: string;
  /** Civil date. */
  readonly dataAsOf: string;
  /** Local Parquet files that hold at least the range of the task. */
  readonly files: readonly string[];
};

export type FeedInput = SnapshotFiles & {
  /** Local Parquet file of the rows without a usable certificate; only the prelude reads it. */
  readonly unkeyed?: string;
  /** Of a list that drops people who left: its older full snapshots, newest first. */
  readonly history?: readonly SnapshotFiles[];
};

type Range = { readonly from: number; readonly to: number };

/**
 * Statements that make every feed a view of its name: the lake's columns, `ref` (the row, row_ref of ground.ts) and
 * `snapshot` (its id where it is not the pinned one). A feed without snapshot is an empty view. DuckDB reads only
 * the columns and the range of h that a query needs.
 */
export function feedViews(inputs: Readonly<Record<string, FeedInput>>, range: Range, settings: Settings): string[] {
  return feeds.flatMap((feed, index) => {
    const input = inputs[feed.name];
    const older = (input?.history ?? []).map((_, age) => sourceNumber(index, age + 1));
    const pinned = input?.files.length ? rowsOf(input.files, sourceNumber(index), range) : nothing(feed);
    const list =
      input && !feedUse(settings, feed).keepsHistory ? withPeopleWhoLeft(feed, input, pinned, older, range) : pinned;
    const unkeyed = input?.unkeyed ? rowsOf([input.unkeyed], sourceNumber(index)) : nothing(feed);
    return [
      `CREATE OR REPLACE VIEW "${feed.name}" AS ${list}`,
      ...(feed.unusableCertificate === 'keep' ? [`CREATE OR REPLACE VIEW "${feed.name}-unkeyed" AS ${unkeyed}`] : []),
    ];
  });
}

/** The feed that a source of rows is about. */
export const feedOfSource = (source: number): Feed => feeds[(source - 1) % feeds.length]!;

/** Number of a feed's pinned snapshot, or of an older one, for row_ref. @throws when they do not fit its nine bits. */
function sourceNumber(feed: number, age = 0): number {
  const source = age * feeds.length + feed + 1;
  if (source > 511) throw new Error(`${feeds[feed]!.name} has too many older snapshots: ${age}`);
  return source;
}

function rowsOf(files: readonly string[], source: number, range?: Range, snapshot?: string): string {
  const paths = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ');
  const where = range && (range.from > 0 || range.to < 0xffff) ? ` WHERE h BETWEEN ${range.from} AND ${range.to}` : '';
  const quoted = snapshot === undefined ? 'NULL::VARCHAR' : `'${snapshot}'`;
  return `SELECT *, row_ref(${source}, seq, row_no) AS ref, ${quoted} AS snapshot FROM read_parquet([${paths}])${where}`;
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
    ['snapshot', 'VARCHAR'],
  ];
  return `SELECT ${columns.map(([name, type]) => `NULL::${type} AS "${name}"`).join(', ')} WHERE false`;
}

/**
 * Ground rule 8: where a list drops people who left, a row that a snapshot has and the next one has not ended on the
 * next one's data-as-of.
 */
function withPeopleWhoLeft(
  feed: Feed,
  input: FeedInput,
  pinned: string,
  sources: readonly number[],
  range: Range,
): string {
  const key = feed.key.map((field) => (field === 'person' ? 'person_key' : field)).join(', ');
  const older = input.history ?? [];
  const newer = [input, ...older];
  // A monitored household whose risk is gone without a date was in no hardship any more: it gets no end either.
  const open = feed.columns.some(({ field }) => field === 'risk_stas') ? "risk_stas <> '1'" : 'true';
  const left = older.map((snapshot, age) => {
    const next = newer[age]!;
    return `SELECT * REPLACE (CASE WHEN end_date IS NOT NULL OR ${open} THEN least(end_date, DATE '${next.dataAsOf}') END AS end_date)
      FROM (${rowsOf(snapshot.files, sources[age]!, range, snapshot.snapshotId)})
      ANTI JOIN (${rowsOf(next.files, sources[age]!, range)}) USING (${key})`;
  });
  return [pinned, ...left].map((select) => `(${select})`).join(' UNION ALL ');
}
