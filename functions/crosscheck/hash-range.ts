/** A contiguous, inclusive range of `h`, the first 16 bits of md5(person_key). */
export type HashRange = { readonly from: number; readonly to: number };

const size = 0x10000;

/** `0000-1fff`: part of the keys of snapshots and findings, and the id of a task. */
export const rangeName = ({ from, to }: HashRange): string => `${hex(from)}-${hex(to)}`;

/** @throws when the text is no range. */
export function rangeNamed(name: string): HashRange {
  const match = /^([0-9a-f]{4})-([0-9a-f]{4})$/.exec(name);
  if (match === null) throw new Error(`${name} is no range of h`);
  return { from: Number.parseInt(match[1]!, 16), to: Number.parseInt(match[2]!, 16) };
}

export const intersect = (a: HashRange, b: HashRange): boolean => a.from <= b.to && b.from <= a.to;

/**
 * The ranges of a run's tasks: as many equal parts as the finest of the pinned snapshots has, so that every task
 * reads at most one file of each feed. Splits are powers of two, so they nest.
 */
export function taskRanges(files: readonly HashRange[]): HashRange[] {
  const width = files.reduce((narrowest, { from, to }) => Math.min(narrowest, to - from + 1), size);
  return Array.from({ length: size / width }, (_, at) => ({ from: at * width, to: (at + 1) * width - 1 }));
}

const hex = (value: number): string => value.toString(16).padStart(4, '0');
