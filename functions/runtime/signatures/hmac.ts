import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { type KeyRefusal, type SchemeRule, type SignedContent, strictBase64 } from './scheme.ts';

const prefix = 'whsec_';

/** A shared secret, `whsec_` and base64 of 24 to 64 bytes, and a MAC over the content: v1 with SHA-256, sm3 with SM3. */
export function hmacScheme(hash: 'sha256' | 'sm3'): SchemeRule {
  const mac = (key: KeyObject, content: SignedContent) =>
    createHmac(hash, key).update(content.prefix).update(content.body).digest('base64');
  return {
    newKeys: () => {
      const secret = `${prefix}${randomBytes(32).toString('base64')}`;
      return { signing: secret, verifying: secret };
    },
    signer: (text) => {
      const key = secretOf(text);
      return typeof key === 'string' ? key : (content) => mac(key, content);
    },
    verifier: (text) => {
      const key = secretOf(text);
      if (typeof key === 'string') return key;
      return (content) => {
        const expected = Buffer.from(mac(key, content));
        // The texts are compared, not what they decode to: only the canonical base64 can match.
        return (signature) => {
          const given = Buffer.from(signature);
          return given.length === expected.length && timingSafeEqual(expected, given);
        };
      };
    },
  };
}

function secretOf(text: string): KeyObject | KeyRefusal {
  if (text === '' || text === prefix) return 'empty';
  if (!text.startsWith(prefix)) return 'wrong-form';
  const bytes = strictBase64(text.slice(prefix.length));
  if (bytes === undefined) return 'not-base64';
  return bytes.length < 24 || bytes.length > 64 ? 'wrong-length' : createSecretKey(bytes);
}
