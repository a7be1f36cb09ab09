import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { bytesOf, type KeyRefusal, type SchemeRule, strictBase64 } from './scheme.ts';

const privatePrefix = 'whsk_';
const publicPrefix = 'whpk_';
/** What stands before the 32 bytes in PKCS #8 and SubjectPublicKeyInfo (RFC 8410). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const spki = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Ed25519. A private key is its seed, or seed and public key one after the other as most libraries keep it; both may be
 * PEM (PKCS #8, SubjectPublicKeyInfo).
 */
export const v1a: SchemeRule = {
  newKeys: () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const point = publicBytes(publicKey);
    return {
      signing: `${privatePrefix}${Buffer.concat([seed, point]).toString('base64')}`,
      verifying: `${publicPrefix}${point.toString('base64')}`,
    };
  },
  signer: (text) => {
    const key = privateKeyOf(text);
    return typeof key === 'string' ? key : (content) => signBytes(null, bytesOf(content), key).toString('base64');
  },
  verifier: (text) => {
    const key = publicKeyOf(text);
    if (typeof key === 'string') return key;
    return (content) => {
      const bytes = bytesOf(content);
      return (signature) => {
        const given = strictBase64(signature);
        return given?.length === 64 && verifyBytes(null, bytes, key, given);
      };
    };
  },
};

function privateKeyOf(text: string): KeyObject | KeyRefusal {
  if (text.startsWith('-----')) return fromPem(text, 'PRIVATE KEY', createPrivateKey);
  const bytes = read(text, privatePrefix);
  if (typeof bytes === 'string') return bytes;
  if (bytes.length !== 32 && bytes.length !== 64) return 'wrong-length';
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8, bytes.subarray(0, 32)]),
    format: 'der',
    type: 'pkcs8',
  });
  const agrees = bytes.length === 32 || publicBytes(createPublicKey(key)).equals(bytes.subarray(32));
  return agrees ? key : 'unsafe';
}

function publicKeyOf(text: string): KeyObject | KeyRefusal {
  const bytes = text.startsWith('-----') ? pointInPem(text) : read(text, publicPrefix);
  if (typeof bytes === 'string') return bytes;
  if (bytes.length !== 32) return 'wrong-length';
  if (smallOrder.has(withoutSign(bytes))) return 'unsafe';
  return createPublicKey({ key: Buffer.concat([spki, bytes]), format: 'der', type: 'spki' });
}

function pointInPem(text: string): Buffer | KeyRefusal {
  const key = fromPem(text, 'PUBLIC KEY', createPublicKey);
  return typeof key === 'string' ? key : publicBytes(key);
}

/** One block of that label and no more: `createPublicKey` would take a private key as well. */
function fromPem(text: string, label: string, readKey: (pem: string) => KeyObject): KeyObject | KeyRefusal {
  if (!new RegExp(`^-----BEGIN ${label}-----\\s[A-Za-z0-9+/=\\s]+-----END ${label}-----\\s*$`).test(text))
    return 'wrong-form';
  try {
    const key = readKey(text);
    return key.asymmetricKeyType === 'ed25519' ? key : 'wrong-form';
  } catch {
    return 'wrong-form';
  }
}

function read(text: string, prefix: string): Buffer | KeyRefusal {
  if (text === '' || text === prefix) return 'empty';
  if (!text.startsWith(prefix)) return 'wrong-form';
  return strictBase64(text.slice(prefix.length)) ?? 'not-base64';
}

function publicBytes(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Points under which one signature fits many contents; 32 zero bytes is one of them. Without the sign bit. */
const smallOrder = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

function withoutSign(bytes: Buffer): string {
  const copy = Buffer.from(bytes);
  copy[31] = copy[31]! & 0x7f;
  return copy.toString('hex');
}
