import { expect, test } from 'vitest';
import { matches, parsePattern } from '../../infra/local/event-patterns.ts';

const passes = (pattern: object, event: object) => matches(parsePattern(JSON.stringify(pattern)), event);
const image = (its: object) => ({ eventName: 'INSERT', dynamodb: { NewImage: its } });
const wanted = (its: object) => ({ dynamodb: { NewImage: its } });

test.each([
  ['equality', wanted({ state: { S: ['due'] } }), { state: { S: 'due' } }, { state: { S: 'sent' } }],
  ['alternatives', wanted({ state: { S: ['due', 'late'] } }), { state: { S: 'late' } }, { state: { S: 'sent' } }],
  ['equality of null', wanted({ x: { S: [null] } }), { x: { S: null } }, { x: { S: 'a' } }],
  ['prefix', wanted({ pk: { S: [{ prefix: 'out#' }] } }), { pk: { S: 'out#1' } }, { pk: { S: 'in#out#' } }],
  ['suffix', wanted({ pk: { S: [{ suffix: '.csv' }] } }), { pk: { S: 'a.csv' } }, { pk: { S: 'a.csv.gz' } }],
  ['existence', wanted({ due: { S: [{ exists: true }] } }), { due: { S: '' } }, { other: { S: 'a' } }],
  ['absence', wanted({ due: { S: [{ exists: false }] } }), { other: { S: 'a' } }, { due: { S: 'a' } }],
  ['anything but', wanted({ s: { S: [{ 'anything-but': ['a', 'b'] }] } }), { s: { S: 'c' } }, { s: { S: 'b' } }],
  ['no case', wanted({ s: { S: [{ 'equals-ignore-case': 'aB' }] } }), { s: { S: 'Ab' } }, { s: { S: 'ac' } }],
  [
    'both of two fields',
    wanted({ a: { S: ['1'] }, b: { S: ['2'] } }),
    { a: { S: '1' }, b: { S: '2' } },
    { a: { S: '1' } },
  ],
  [
    'one of two',
    { $or: [wanted({ a: { S: ['1'] } }), wanted({ b: { S: ['2'] } })] },
    { b: { S: '2' } },
    { b: { S: '1' } },
  ],
])('%s lets the one pass and not the other', (_what, pattern, passing, other) => {
  expect([passes(pattern, image(passing)), passes(pattern, image(other))]).toEqual([true, false]);
});

test('a removal has no new image, and passes no filter that asks for one', () => {
  const pattern = { eventName: ['INSERT', 'REMOVE'], ...wanted({ state: { S: ['due'] } }) };
  expect(passes(pattern, { eventName: 'REMOVE', dynamodb: { OldImage: { state: { S: 'due' } } } })).toBe(false);
});

test('existence is asked of values, not of what holds them, as by Lambda', () => {
  expect(passes(wanted({ due: [{ exists: true }] }), image({ due: { S: 'a' } }))).toBe(false);
});

test.each([
  ['an operator that is not known', '{"a":[{"numeric":["<",5]}]}', /numeric/],
  ['a bare value', '{"a":"b"}', /bare value at a/],
  ['a list', '["a"]', /not an object/],
])('a filter with %s is named when the hub starts', (_what, json, message) => {
  expect(() => parsePattern(json)).toThrow(message);
});
