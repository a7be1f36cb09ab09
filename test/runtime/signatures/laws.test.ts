import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newKeys } from '../../../functions/runtime/signatures/keys.ts';
import { type Scheme, schemes } from '../../../functions/runtime/signatures/scheme.ts';
import { sign, verify } from '../../../functions/runtime/signatures/standard-webhooks.ts';
import { at, keyOf } from './vectors.ts';

const time = 1656518400;
const pairs = Object.fromEntries(schemes.map((scheme) => [scheme, newKeys(scheme)])) as Record<
  Scheme,
  ReturnType<typeof newKeys>
>;
const verifying = (scheme: Scheme) => [keyOf(scheme, pairs[scheme].verifying)];
const signed = (scheme: Scheme, body: Uint8Array, id = 'msg_1') =>
  sign([keyOf(scheme, pairs[scheme].signing)], id, at(time), body)!;
const bodies = fc.uint8Array({ minLength: 1, maxLength: 400 });

describe.each(schemes)('%s', (scheme) => {
  const numRuns = scheme === 'sm2' ? 60 : 300;

  it('lets in what was signed, whatever the bytes', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        expect(verify(verifying(scheme), signed(scheme, body), body, at(time))).toEqual({ kid: `${scheme}-1` });
      }),
      { numRuns },
    );
  });

  it('refuses a body of which any byte was changed, added or left out', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.integer({ min: 1, max: 255 }), (body, place, flip) => {
        const index = place % body.length;
        const changed = body.map((byte, n) => (n === index ? byte ^ flip : byte));
        const longer = Buffer.concat([body, Buffer.from([flip])]);
        const shorter = body.filter((_, n) => n !== index);
        const headers = signed(scheme, body);
        for (const other of [changed, longer, shorter])
          expect(verify(verifying(scheme), headers, other, at(time))).toEqual({ fault: 'wrong-signature' });
      }),
      { numRuns },
    );
  });

  it('refuses a signature of which any character was changed', () => {
    const body = Buffer.from('{"test": 2432232314}');
    const headers = signed(scheme, body);
    fc.assert(
      fc.property(fc.nat(), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }), (place, character) => {
        const index = scheme.length + 1 + (place % (headers.signature.length - scheme.length - 1));
        fc.pre(headers.signature[index] !== character);
        const signature = `${headers.signature.slice(0, index)}${character}${headers.signature.slice(index + 1)}`;
        expect(verify(verifying(scheme), { ...headers, signature }, body, at(time)).fault).toBeDefined();
      }),
      { numRuns: numRuns * 2 },
    );
  });

  it('refuses a character that ends in the same byte as the right one', () => {
    const body = Buffer.from('{"test": 2432232314}');
    const headers = signed(scheme, body);
    for (let index = scheme.length + 1; index < headers.signature.length; index++) {
      const alike = String.fromCharCode(headers.signature.charCodeAt(index) + 0xb000);
      const signature = `${headers.signature.slice(0, index)}${alike}${headers.signature.slice(index + 1)}`;
      expect(verify(verifying(scheme), { ...headers, signature }, body, at(time)).fault).toBeDefined();
    }
  });

  it('refuses bytes that move between id, time and body', () => {
    const body = Buffer.from('1656518400.rest');
    const headers = signed(scheme, body, 'a');
    const moved = { ...headers, id: 'a.1656518400' };
    expect(verify(verifying(scheme), moved, Buffer.from('rest'), at(time))).toEqual({ fault: 'malformed-id' });
  });

  it('lets in within 300 seconds, and not a second more', () => {
    const body = Buffer.from('x');
    const headers = signed(scheme, body);
    for (const seconds of [-300, 0, 300])
      expect(verify(verifying(scheme), headers, body, at(time + seconds)).fault).toBeUndefined();
    for (const seconds of [-301, 301, 86_400])
      expect(verify(verifying(scheme), headers, body, at(time + seconds))).toEqual({ fault: 'stale' });
    expect(verify(verifying(scheme), headers, body, at(time + 11), 10)).toEqual({ fault: 'stale' });
    expect(verify(verifying(scheme), headers, body, new Date(Number.NaN))).toEqual({ fault: 'stale' });
  });

  it('never takes a signature of another scheme, under its own label or this one', () => {
    const body = Buffer.from('x');
    for (const other of schemes.filter((one) => one !== scheme)) {
      const headers = signed(other, body);
      expect(verify(verifying(scheme), headers, body, at(time))).toEqual({ fault: 'no-configured-scheme' });
      const signature = headers.signature.replace(`${other},`, `${scheme},`);
      expect(verify(verifying(scheme), { ...headers, signature }, body, at(time))).toEqual({
        fault: 'wrong-signature',
      });
    }
  });
});

it('the same secret under v1 and sm3 gives signatures that do not pass for each other', () => {
  const { signing } = newKeys('v1');
  const body = Buffer.from('x');
  const headers = sign([keyOf('v1', signing)], 'msg', at(time), body)!;
  const signature = headers.signature.replace('v1,', 'sm3,');
  expect(verify([keyOf('sm3', signing)], { ...headers, signature }, body, at(time))).toEqual({
    fault: 'wrong-signature',
  });
});

it('a public key is no secret: what everybody knows signs nothing', () => {
  const { verifying: known } = newKeys('v1a');
  const asSecret = known.replace('whpk_', 'whsec_');
  const forged = sign([keyOf('v1', asSecret)], 'msg', at(time), Buffer.from('x'))!;
  for (const signature of [forged.signature, forged.signature.replace('v1,', 'v1a,')])
    expect(verify([keyOf('v1a', known)], { ...forged, signature }, Buffer.from('x'), at(time)).fault).toBeDefined();
});

describe('the header', () => {
  const body = Buffer.from('x');
  const good = signed('v1', body);
  const verdict = (change: object) => verify(verifying('v1'), { ...good, ...change }, body, at(time));
  const wrong = `v1,${Buffer.alloc(32).toString('base64')}`;

  it('may list ten signatures, of which one fits wherever it stands', () => {
    for (let place = 0; place < 10; place += 1) {
      const signature = Array.from({ length: 10 }, (_, n) => (n === place ? good.signature : wrong)).join(' ');
      expect(verdict({ signature })).toEqual({ kid: 'v1-1' });
    }
    const eleven = [good.signature, ...Array.from({ length: 10 }, () => wrong)].join(' ');
    expect(verdict({ signature: eleven })).toEqual({ fault: 'malformed-signature' });
  });

  it('may name schemes that nobody knows', () => {
    expect(verdict({ signature: `v9,AAAA ${good.signature} none x,` })).toEqual({ kid: 'v1-1' });
    expect(verdict({ signature: 'v9,AAAA none' })).toEqual({ fault: 'no-configured-scheme' });
  });

  it.each([
    undefined,
    '',
    ' ',
    '1656518400 ',
    ' 1656518400',
    '165651840',
    '16565184000',
    '1656518400.',
    '1656518400\n',
    '0x62BCE580',
    '1.65651e+9',
    '１６５６５１８４００',
    '-165651840',
  ])('with the time %j is malformed', (timestamp) => {
    expect(
      verify(
        verifying('v1'),
        { id: good.id, signature: good.signature, ...(timestamp === undefined ? {} : { timestamp }) },
        body,
        at(time),
      ),
    ).toEqual({ fault: 'malformed-timestamp' });
  });

  it.each(['', 'a.b', '.', 'a b', 'a\n', 'ä', '号', 'a'.repeat(257)])('with the id %j is malformed', (id) => {
    expect(verdict({ id })).toEqual({ fault: 'malformed-id' });
    expect(() => sign(verifying('v1'), id, at(time), body)).toThrow('without a dot');
  });

  it('of any other bytes is refused, and never throws', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(good)));
    fc.assert(
      fc.property(fc.record({ id: text, timestamp: text, signature: text }), (headers) => {
        fc.pre(JSON.stringify(headers) !== JSON.stringify(good));
        for (const scheme of schemes) expect(verify(verifying(scheme), headers, body, at(time)).fault).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it.each(schemes)('of %s with any 64 bytes under its label is refused, and never throws', (scheme) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 60, maxLength: 66 }), (bytes) => {
        const signature = `${scheme},${Buffer.from(bytes).toString('base64')}`;
        const headers = { id: 'msg', timestamp: String(time), signature };
        expect(verify(verifying(scheme), headers, body, at(time))).toEqual({ fault: 'wrong-signature' });
      }),
      { numRuns: 80 },
    );
  });
});
