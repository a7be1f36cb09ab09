import fc from 'fast-check';
import { sm3 as librarySm3 } from 'sm-crypto-v2';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { newKeys } from '../../../functions/runtime/signatures/keys.ts';
import type { Scheme } from '../../../functions/runtime/signatures/scheme.ts';
import { type SignedHeaders, sign, verify } from '../../../functions/runtime/signatures/standard-webhooks.ts';
import { derOfRaw, openssl, opensslLacks, pem, rawOfDer } from './openssl.ts';
import { at, keyOf } from './vectors.ts';

const lacks = opensslLacks();
const time = 1656518400;
const messages = fc.record({
  id: fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
  body: fc.uint8Array({ maxLength: 3000 }),
});
const contentOf = (id: string, body: Uint8Array) => Buffer.concat([Buffer.from(`${id}.${time}.`), body]);
const signatureOf = (signed: SignedHeaders | undefined) => signed!.signature.split(',')[1]!;
const letsIn = (scheme: Scheme, key: string, id: string, body: Uint8Array, signature: Uint8Array) => {
  const headers = {
    id,
    timestamp: String(time),
    signature: `${scheme},${Buffer.from(signature).toString('base64')}`,
  };
  return verify([keyOf(scheme, key)], headers, body, at(time)).fault === undefined;
};

it('v1 is what the standardwebhooks package signs and verifies', () => {
  // Only bodies that are text: the package takes bytes for UTF-8, and two invalid ones for the same.
  const texts = fc.record({ id: fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/), body: fc.string({ unit: 'grapheme' }) });
  const now = new Date();
  fc.assert(
    fc.property(texts, ({ id, body }) => {
      const { signing } = newKeys('v1');
      const oracle = new Webhook(signing);
      const signed = sign([keyOf('v1', signing)], id, now, Buffer.from(body))!;
      expect(signed.signature).toBe(oracle.sign(id, now, body));
      const headers = {
        'webhook-id': signed.id,
        'webhook-timestamp': signed.timestamp,
        'webhook-signature': signed.signature,
      };
      expect(() => oracle.verify(JSON.stringify(body), headers)).toThrow();
      const json = JSON.stringify({ body });
      const ofJson = sign([keyOf('v1', signing)], id, now, Buffer.from(json))!;
      expect(oracle.verify(json, { ...headers, 'webhook-signature': ofJson.signature })).toEqual({ body });
    }),
  );
});

it('sm3 is HMAC-SM3 as the other library computes it', () => {
  fc.assert(
    fc.property(messages, ({ id, body }) => {
      const { signing } = newKeys('sm3');
      const key = Buffer.from(signing.slice('whsec_'.length), 'base64');
      const expected = Buffer.from(librarySm3(contentOf(id, body), { key }), 'hex').toString('base64');
      expect(signatureOf(sign([keyOf('sm3', signing)], id, at(time), body))).toBe(expected);
    }),
  );
});

const title = lacks === undefined ? 'openssl' : `openssl (not asked: ${lacks})`;
describe.skipIf(lacks !== undefined)(title, () => {
  const few = { numRuns: 12 };

  it('computes the same HMAC-SM3', () => {
    fc.assert(
      fc.property(messages, ({ id, body }) => {
        const { signing } = newKeys('sm3');
        const hexkey = Buffer.from(signing.slice('whsec_'.length), 'base64').toString('hex');
        const args = ['dgst', '-sm3', '-mac', 'HMAC', '-macopt', `hexkey:${hexkey}`, '-binary', 'content'];
        const expected = openssl(args, { content: contentOf(id, body) }).toString('base64');
        expect(signatureOf(sign([keyOf('sm3', signing)], id, at(time), body))).toBe(expected);
      }),
      few,
    );
  });

  it('makes Ed25519 signatures that v1a takes, and takes those that v1a makes', () => {
    fc.assert(
      fc.property(messages, ({ id, body }) => {
        const { signing, verifying } = newKeys('v1a');
        const seed = Buffer.from(signing.slice(5), 'base64').subarray(0, 32).toString('hex');
        const point = Buffer.from(verifying.slice(5), 'base64').toString('hex');
        const files = {
          private: pem('PRIVATE KEY', `302e020100300506032b657004220420${seed}`),
          public: pem('PUBLIC KEY', `302a300506032b6570032100${point}`),
          content: contentOf(id, body),
        };
        const theirs = openssl(['pkeyutl', '-sign', '-inkey', 'private', '-rawin', '-in', 'content'], files);
        expect(letsIn('v1a', verifying, id, body, theirs)).toBe(true);
        const ours = Buffer.from(signatureOf(sign([keyOf('v1a', signing)], id, at(time), body)), 'base64');
        const check = [
          'pkeyutl',
          '-verify',
          '-pubin',
          '-inkey',
          'public',
          '-rawin',
          '-in',
          'content',
          '-sigfile',
          'ours',
        ];
        expect(openssl(check, { ...files, ours }).toString()).toContain('Verified Successfully');
      }),
      few,
    );
  });

  const sm3WithId = (id: string) => ['-rawin', '-digest', 'sm3', '-pkeyopt', `distid:${id}`, '-in', 'content'];
  const defaultId = '1234567812345678';

  it('makes SM2 signatures that sm2 takes, from a key of its own', () => {
    fc.assert(
      fc.property(messages, ({ id, body }) => {
        const secret = openssl(['genpkey', '-algorithm', 'SM2']).toString();
        const verifying = openssl(['pkey', '-in', 'secret', '-pubout'], { secret }).toString();
        const files = { secret, content: contentOf(id, body) };
        const signed = openssl(['pkeyutl', '-sign', '-inkey', 'secret', ...sm3WithId(defaultId)], files);
        expect(letsIn('sm2', verifying, id, body, rawOfDer(signed))).toBe(true);
        const otherId = openssl(['pkeyutl', '-sign', '-inkey', 'secret', ...sm3WithId('ALICE123')], files);
        expect(letsIn('sm2', verifying, id, body, rawOfDer(otherId))).toBe(false);
      }),
      few,
    );
  });

  it('takes the SM2 signatures that sm2 makes, and refuses them for another content', () => {
    fc.assert(
      fc.property(messages, ({ id, body }) => {
        const { signing, verifying } = newKeys('sm2');
        const files = {
          public: pem('PUBLIC KEY', `3059301306072a8648ce3d020106082a811ccf5501822d034200${verifying}`),
          ours: derOfRaw(Buffer.from(signatureOf(sign([keyOf('sm2', signing)], id, at(time), body)), 'base64')),
        };
        const check = ['pkeyutl', '-verify', '-pubin', '-inkey', 'public', '-sigfile', 'ours', ...sm3WithId(defaultId)];
        expect(openssl(check, { ...files, content: contentOf(id, body) }).toString()).toContain('Verified');
        expect(() => openssl(check, { ...files, content: contentOf(`${id}x`, body) })).toThrow();
      }),
      few,
    );
  });
});
