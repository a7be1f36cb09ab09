import fc from 'fast-check';

/** Names that mean something to JavaScript, and to careless code. */
const names = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  ' ',
  '\u0000',
  '类型',
);
const figures = fc.constantFrom(
  '1e999',
  '-0',
  '1E5',
  '0.1',
  '99999999999999999999',
  '-1',
  '01',
  '.5',
  'NaN',
  'Infinity',
  '1e-7',
);
const amounts = fc.constantFrom(
  ...[
    '1.234',
    '1e3',
    '-1.00',
    '10000000000000.01',
    '99999999999999.00',
    '１.00',
    '1,000.00',
    ' 1.00',
    '+1.00',
    '0x10',
    '',
    '00.10',
  ],
);

/** JSON text, not all of it well formed: whatever somebody may send in the place of a value. */
const anything = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: figures },
  { weight: 2, arbitrary: amounts.map((amount) => JSON.stringify(amount)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }).map((deep) => '['.repeat(deep) + ']'.repeat(deep)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{"__proto__":{"state":"settled"}}', '"\\ud800"', 'undefined', '{"a":1,"a":2}'),
  },
);

type Change = (members: [name: string, text: string][]) => [name: string, text: string][];
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(), anything).map(
    ([at, text]): Change =>
      (members) =>
        members.map(([name, old], n) => (n === at % members.length ? [name, text] : [name, old])),
  ),
  fc.nat().map(
    (at): Change =>
      (members) =>
        members.filter((_, n) => n !== at % members.length),
  ),
  fc.nat().map(
    (at): Change =>
      (members) => [...members, members[at % members.length] ?? ['a', '1']],
  ),
  fc.tuple(names, anything).map(
    ([name, text]): Change =>
      (members) => [...members, [name, text]],
  ),
);

/** A message like a right one, with up to three things changed in it: values, missing, doubled and strange members. */
export function distorted(right: object): fc.Arbitrary<Uint8Array> {
  const members = Object.entries(right).map(([name, value]): [string, string] => [name, JSON.stringify(value)]);
  return fc.array(change, { maxLength: 3 }).map((changes) => {
    const changed = changes.reduce((before, one) => one(before), members);
    return Buffer.from(`{${changed.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`);
  });
}

/** Bytes that are no message at all, or one with single bytes changed, cut off or in front. */
export function damaged(right: object): fc.Arbitrary<Uint8Array> {
  const bytes = Buffer.from(JSON.stringify(right));
  return fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => {
      const changed = Buffer.from(bytes);
      changed[at] = byte;
      return changed;
    }),
    fc.nat({ max: bytes.length - 1 }).map((end) => bytes.subarray(0, end)),
    fc
      .constantFrom([0xef, 0xbb, 0xbf], [0xff], [0x00], [0x20, 0x0a])
      .map((front) => Buffer.concat([Buffer.from(front), bytes])),
  );
}
