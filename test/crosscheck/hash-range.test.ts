import fc from 'fast-check';
import { expect, test } from 'vitest';
import { intersect, rangeName, rangeNamed, taskRanges } from '../../functions/crosscheck/hash-range.ts';

const split = (parts: number) =>
  Array.from({ length: parts }, (_, at) => ({ from: (at * 0x10000) / parts, to: ((at + 1) * 0x10000) / parts - 1 }));

test('the tasks of a run are as many as the finest of its snapshots has files, and cover every h once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 9 }), (powers) => {
      const ranges = taskRanges(powers.flatMap((power) => split(2 ** power)));
      expect(ranges).toEqual(split(2 ** Math.max(0, ...powers)));
    }),
  );
});

test('a task meets exactly one file of every snapshot', () => {
  for (const task of taskRanges([...split(8), ...split(2)])) {
    expect(split(2).filter((file) => intersect(file, task))).toHaveLength(1);
  }
});

test('a range is named by its ends, four hexadecimal digits each', () => {
  expect(rangeName({ from: 0x2000, to: 0x3fff })).toBe('2000-3fff');
  expect(rangeNamed('2000-3fff')).toEqual({ from: 0x2000, to: 0x3fff });
  expect(() => rangeNamed('unkeyed')).toThrow();
});
