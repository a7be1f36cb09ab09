import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayReach, privateRange } from '../../functions/insurers/addresses.ts';

const reach = (address: string, allowed: string[] = []) => mayReach(address, allowed, false);

describe('without anything allowed', () => {
  for (const address of ['8.8.8.8', '114.114.114.114', '2400:3200::1', '::ffff:8.8.8.8'])
    test(`${address} may be reached`, () => expect(reach(address)).toBe(true));

  for (const address of [
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '0.0.0.0',
    '::',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.100.100.200',
    '169.254.169.254',
    '169.254.0.23',
    '168.63.129.16',
    '192.0.0.192',
    '198.18.0.1',
    '203.0.113.7',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    'fe80::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:a00:1',
    '::10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::a00:1',
    '2002:a00:1::',
    '2001:0:a00:1::',
    '4000::1',
    'localhost',
    'example.com',
    '',
  ])
    test(`${address} may not`, () => expect(reach(address)).toBe(false));
});

/** An oracle that knows nothing of the library: the number of an address against the blocks of RFC 6890. */
const isPrivate = (n: number): boolean =>
  [
    [0x0a000000, 8],
    [0xac100000, 12],
    [0xc0a80000, 16],
    [0x64400000, 10],
    [0x7f000000, 8],
    [0xa9fe0000, 16],
    [0x00000000, 8],
    [0xe0000000, 4],
    [0xf0000000, 4],
  ].some(([network, bits]) => n >>> (32 - bits!) === network! >>> (32 - bits!));

const dotted = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');

test('no private IPv4 address may be reached, in whichever form it comes', () => {
  const start = fc.constantFrom(0x0a000000, 0xac100000, 0xc0a80000, 0x64400000, 0x7f000000, 0xa9fe0000, 0xe0000000, 0);
  const any = fc.tuple(start, fc.nat(0xffff)).map(([first, rest]) => (first + rest) >>> 0);
  fc.assert(
    fc.property(fc.oneof(any, fc.nat(0xffffffff)), (n) => {
      fc.pre(isPrivate(n));
      expect(reach(dotted(n))).toBe(false);
      expect(reach(`::ffff:${dotted(n)}`)).toBe(false);
      expect(reach(`::${dotted(n)}`)).toBe(false);
      expect(reach(`64:ff9b::${dotted(n)}`)).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

describe('a range that was allowed', () => {
  test('opens its addresses and no others', () => {
    expect(reach('10.20.3.4', ['10.20.0.0/16'])).toBe(true);
    expect(reach('::ffff:10.20.3.4', ['10.20.0.0/16'])).toBe(true);
    expect(reach('10.21.3.4', ['10.20.0.0/16'])).toBe(false);
    expect(reach('fd12::1', ['fd12::/16'])).toBe(true);
    expect(reach('fd13::1', ['fd12::/16'])).toBe(false);
  });

  test('never opens metadata, link-local or loopback addresses', () => {
    expect(reach('100.100.100.200', ['100.64.0.0/10'])).toBe(false);
    expect(reach('fd00:ec2::254', ['fd00::/8'])).toBe(false);
    expect(reach('169.254.169.254', ['169.254.0.0/16'])).toBe(false);
    expect(reach('127.0.0.1', ['127.0.0.0/8'])).toBe(false);
    expect(reach('fe80::1', ['fe80::/10'])).toBe(false);
  });

  test('is a private one, in its canonical form', () => {
    expect(privateRange('10.20.30.40/16')).toBe('10.20.0.0/16');
    expect(privateRange('fd12:3::/32')).toBe('fd12:3::/32');
    for (const text of [
      '0.0.0.0/0',
      '8.8.8.0/24',
      '10.0.0.0/7',
      '169.254.0.0/16',
      '127.0.0.0/8',
      '::/0',
      'fe80::/10',
      'x',
    ])
      expect(privateRange(text)).toBeUndefined();
  });
});
