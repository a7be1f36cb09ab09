import { type Refusal, refuse } from '../../../schemas/errors.ts';
import type { Feed } from '../../../schemas/feeds/feed.ts';
import type { ReadLimits } from '../../../schemas/settings.ts';
import { tooLarge } from './unwrap.ts';

/** Which cell of a record is which column of the feed. */
export type Header = {
  /** Cells of the header line. */
  readonly width: number;
  readonly columns: readonly { readonly header: string; readonly field: string; readonly index: number }[];
  /** Headers that are no column of the feed, as written. */
  readonly ignored: readonly string[];
  /** Fields of the feed without a column. */
  readonly absent: readonly string[];
};

/**
 * The header among the first records, with the number of known columns in it: the first record with two of them
 * (titles name one by chance: 单位名称：…), else the first with one.
 */
export function findHeader(
  records: readonly (readonly (string | null | undefined)[])[],
  feed: Feed,
): { position: number; known: number } | undefined {
  const names = knownHeaders(feed);
  const counts = records.map((cells) => new Set(cells.flatMap((cell) => names.get(headerKey(cell ?? '')) ?? [])).size);
  const two = counts.findIndex((count) => count >= 2);
  const position = two >= 0 ? two : counts.indexOf(1);
  return position >= 0 ? { position, known: counts[position]! } : undefined;
}

/** Reads a header line. Refusals: `too-large`, `duplicate-column`, `missing-column`. */
export function readHeader(
  cells: readonly (string | null | undefined)[],
  feed: Feed,
  limits: ReadLimits,
): Header | Refusal {
  if (cells.length > limits.maxColumns) return tooLarge('列数 (columns)', cells.length, limits.maxColumns);
  const known = knownHeaders(feed);
  const columns: Header['columns'][number][] = [];
  const ignored: string[] = [];
  for (const [index, value] of cells.entries()) {
    const cell = value ?? '';
    const field = known.get(headerKey(cell));
    const header = cell.replace(/^\ufeff/, '').trim();
    if (field) columns.push({ header, field, index });
    else if (header) ignored.push(header.slice(0, 100));
  }
  return checkColumns({ width: cells.length, columns, ignored, absent: absentFields(columns, feed) }, feed);
}

/** Header with all its columns once and all required ones there, or what is wrong with it. */
export function checkColumns(header: Header, feed: Feed): Header | Refusal {
  const { columns, absent } = header;
  const twice = columns.filter(({ field }) => columns.filter((other) => other.field === field).length > 1);
  if (twice.length > 0) return refuse('duplicate-column', { columns: twice.map((column) => column.header).join('、') });
  const missing = feed.columns.filter((column) => column.required && absent.includes(column.field));
  if (missing.length === 0) return header;
  const found = [...columns.map((column) => column.header), ...header.ignored];
  return refuse('missing-column', {
    columns: missing.map((column) => `${column.header} (${column.field})`).join('、'),
    found: found.slice(0, 20).map(shown).join('、') + (found.length > 20 ? '…' : ''),
  });
}

/** A header as a refusal quotes it: short, and nothing that may be a number of a person in the wrong place. */
const shown = (header: string): string => header.slice(0, 20).replace(/\d{6,}/g, '…');

export function absentFields(columns: readonly { readonly field: string }[], feed: Feed): string[] {
  const there = new Set(columns.map((column) => column.field));
  return feed.columns.map((column) => column.field).filter((field) => !there.has(field));
}

/** What every header, alias and field name of a feed stands for. */
export function knownHeaders(feed: Feed): ReadonlyMap<string, string> {
  return new Map(
    feed.columns.flatMap(({ field, header, aliases = [] }) =>
      [field, header, ...aliases].map((name) => [headerKey(name), field] as const),
    ),
  );
}

/** Full-width and half-width, blanks (姓 名), line breaks, byte-order marks and the `*` of "must be filled" are one. */
export function headerKey(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\s\u200b-\u200d\u2060\ufeff]+/g, '')
    .replace(/^\*+|\*+$/g, '')
    .toLowerCase();
}
