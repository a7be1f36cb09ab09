import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKey, newKeys, signerOf, verifierOf } from '../../../functions/runtime/signatures/keys.ts';
import { schemes } from '../../../functions/runtime/signatures/scheme.ts';
import { type SignatureKey, sign, verify } from '../../../functions/runtime/signatures/standard-webhooks.ts';
import { keyOf } from './vectors.ts';

const body = Buffer.from('{"type":"endpoint.ping"}');
const old = { ...keyOf('v1', newKeys('v1').signing), kid: 'old', notAfter: '2022-07-02T00:00:00.000Z' };
const next = { ...keyOf('v1', newKeys('v1').signing), kid: 'next', notBefore: '2022-07-01T00:00:00.000Z' };
const moment = (text: string) => new Date(text);
const verdictOf = (signing: SignatureKey[], verifying: SignatureKey[], text: string) => {
  const signed = sign(signing, 'msg', moment(text), body);
  return signed === undefined ? 'not signed' : verify(verifying, signed, body, moment(text));
};
const count = (keys: SignatureKey[], text: string) =>
  sign(keys, 'msg', moment(text), body)?.signature.split(' ').length ?? 0;

describe('a rotation', () => {
  it('is signed with the old key, with both during the grace, then with the new one', () => {
    expect(count([old, next], '2022-06-30T23:59:59Z')).toBe(1);
    expect(count([old, next], '2022-07-01T00:00:00Z')).toBe(2);
    expect(count([old, next], '2022-07-01T23:59:59.999Z')).toBe(2);
    expect(count([old, next], '2022-07-02T00:00:00Z')).toBe(1);
  });

  it('is followed by a receiver that has only the old key, only the new, or both', () => {
    const during = '2022-07-01T12:00:00Z';
    expect(verdictOf([old, next], [old], during)).toEqual({ kid: 'old' });
    expect(verdictOf([old, next], [next], during)).toEqual({ kid: 'next' });
    expect(verdictOf([old], [next, old], during)).toEqual({ kid: 'old' });
  });

  it('begins and ends on the very moment', () => {
    const signing = [{ ...old, notAfter: undefined }];
    expect(verdictOf(signing, [old], '2022-07-01T23:59:59.999Z')).toEqual({ kid: 'old' });
    expect(verdictOf(signing, [old], '2022-07-02T00:00:00.000Z')).toEqual({ fault: 'no-valid-key' });
    const early = [{ ...next, notBefore: '1970-01-01T00:00:00Z' }];
    expect(verdictOf(early, [next], '2022-06-30T23:59:59.999Z')).toEqual({ fault: 'no-valid-key' });
    expect(verdictOf(early, [next], '2022-07-01T00:00:00.000Z')).toEqual({ kid: 'next' });
  });

  it('may change the scheme', () => {
    const { signing, verifying } = newKeys('sm2');
    const sm2 = { ...keyOf('sm2', signing), kid: 'sm2' };
    const both = sign([old, sm2], 'msg', moment('2022-06-01T00:00:00Z'), body)!;
    expect(both.signature).toMatch(/^v1,\S+ sm2,\S+$/);
    const receiver = [{ ...sm2, key: verifying }];
    expect(verify(receiver, both, body, moment('2022-06-01T00:00:00Z'))).toEqual({ kid: 'sm2' });
  });

  it('of more than ten keys signs with the ten newest', () => {
    const keys = Array.from({ length: 12 }, (_, n) => ({
      ...old,
      kid: `k${n}`,
      key: newKeys('v1').signing,
      notBefore: `2022-01-${String(n + 1).padStart(2, '0')}T00:00:00Z`,
    }));
    expect(count(keys, '2022-06-01T00:00:00Z')).toBe(10);
    expect(verdictOf(keys, [keys[11]!], '2022-06-01T00:00:00Z')).toEqual({ kid: 'k11' });
    expect(verdictOf(keys, [keys[1]!], '2022-06-01T00:00:00Z')).toEqual({ fault: 'wrong-signature' });
  });
});

describe('a revoked key', () => {
  const revoked = { ...old, revokedAt: '2022-06-15T00:00:00Z' };

  it('neither signs nor verifies, at any time, also before it was revoked', () => {
    for (const text of ['2022-06-01T00:00:00Z', '2022-06-15T00:00:00Z', '2022-06-20T00:00:00Z']) {
      expect(verdictOf([revoked], [], text)).toBe('not signed');
      expect(verdictOf([old], [revoked], text)).toEqual({ fault: 'no-valid-key' });
      expect(verdictOf([old], [revoked, { ...next, notBefore: old.notBefore }], text)).toEqual({
        fault: 'wrong-signature',
      });
    }
  });
});

it('a key whose dates cannot be read is not valid', () => {
  for (const bad of [{ notBefore: 'soon' }, { notAfter: 'never' }])
    expect(verdictOf([old], [{ ...old, ...bad }], '2022-06-01T00:00:00Z')).toEqual({ fault: 'no-valid-key' });
});

describe.each(schemes)('new keys of %s', (scheme) => {
  it('are keys of that scheme, each of them new', () => {
    const [one, other] = [newKeys(scheme), newKeys(scheme)];
    expect(checkKey(scheme, 'signing', one.signing)).toBeUndefined();
    expect(checkKey(scheme, 'verifying', one.verifying)).toBeUndefined();
    expect(one.signing).not.toBe(other.signing);
    expect(one.verifying).not.toBe(other.verifying);
  });

  it('no other text is a key, and none throws when it is checked', () => {
    const { verifying } = newKeys(scheme);
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary', maxLength: 3 }).map((text) => `${verifying}${text}`),
      fc.nat(28).map((length) => verifying.slice(0, length)),
      fc.base64String().map((text) => `whsec_${text}`.slice(0, 30)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text !== verifying);
        expect(checkKey(scheme, 'verifying', text)).toBeTypeOf('string');
      }),
    );
  });

  it('that cannot be read are a fault whose message does not hold them', () => {
    const text = 'whsec_secret-that-is-none';
    for (const read of [signerOf, verifierOf]) {
      expect(() => read(scheme, text)).toThrow(/cannot be read: [a-z0-9-]+\.$/);
      expect(() => read(scheme, text)).not.toThrow(/secret/);
    }
  });
});
