import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { personRef } from '../../schemas/person-ref.ts';

test('a reference is the beginning of the base32 form of the keyed hash', () => {
  // RFC 4231, test case 2: the digest begins 5bdcc146bf60754e6a042426; base32 as in RFC 4648.
  expect(personRef('Jefe', 'what do ya want for nothing?')).toBe('LPOMCRV7MB2U42QEEQTA');
});

test('a reference holds the first hundred bits of the keyed hash, five to a character', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 32 }), fc.string(), (secret, key) => {
      const bits = [...createHmac('sha256', secret).update(key).digest()].map((byte) =>
        byte.toString(2).padStart(8, '0'),
      );
      const read = [...personRef(secret, key)].map((character) =>
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character).toString(2).padStart(5, '0'),
      );
      expect(read.join('')).toBe(bits.join('').slice(0, 100));
    }),
  );
});

test('another secret gives the same person another reference', () => {
  expect(personRef('a', 'C:500299198801011234')).not.toBe(personRef('b', 'C:500299198801011234'));
});
