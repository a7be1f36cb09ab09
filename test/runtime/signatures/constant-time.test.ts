import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeys } from '../../../functions/runtime/signatures/keys.ts';
import { type SignatureKey, sign, verify } from '../../../functions/runtime/signatures/standard-webhooks.ts';
import { at, keyOf } from './vectors.ts';

const { timingSafeEqual } = crypto;
let compared: string[] = [];
beforeAll(() => {
  crypto.timingSafeEqual = (one, other) => {
    compared.push(Buffer.from(other as Uint8Array).toString());
    return timingSafeEqual(one, other);
  };
  syncBuiltinESMExports();
});
afterAll(() => {
  crypto.timingSafeEqual = timingSafeEqual;
  syncBuiltinESMExports();
});

const time = 1656518400;
const body = Buffer.from('{"type":"endpoint.ping"}');

describe.each(['v1', 'sm3'] as const)('a MAC of %s', (scheme) => {
  const keys: SignatureKey[] = ['a', 'b'].map((kid) => ({ ...keyOf(scheme, newKeys(scheme).signing), kid }));
  const right = sign([keys[1]!], 'msg', at(time), body)!;
  const text = right.signature.slice(scheme.length + 1);
  /** Another one that is wrong from that character on. */
  const wrongFrom = (place: number) =>
    `${scheme},${text.slice(0, place)}${text[place] === 'A' ? 'B' : 'A'}${text.slice(place + 1)}`;

  it('is compared in constant time, with every key, wherever the first difference stands and whichever fits', () => {
    const offered = [
      [right.signature, wrongFrom(0)],
      [wrongFrom(0), right.signature],
      [wrongFrom(0), wrongFrom(20)],
      [wrongFrom(20), wrongFrom(0)],
    ];
    for (const signatures of offered) {
      compared = [];
      const verdict = verify(keys, { ...right, signature: signatures.join(' ') }, body, at(time));
      expect(verdict.fault === undefined).toBe(signatures.includes(right.signature));
      const whole = signatures.map((one) => one.slice(scheme.length + 1));
      expect(compared).toEqual([...whole, ...whole]);
    }
  });
});
