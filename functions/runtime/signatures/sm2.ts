import { createHash, randomBytes } from 'node:crypto';
import { sm2 as library } from 'sm-crypto-v2';
import { type KeyRefusal, type SchemeRule, type SignedContent, strictBase64 } from './scheme.ts';

/**
 * SM2 with SM3 (GB/T 32918.2), signer's id 1234567812345678, signature r‖s. Keys as PEM (PKCS #8, SubjectPublicKeyInfo)
 * or as hex: 64 digits, and 130 digits beginning with 04. Never through Node's own sign and verify, which take SM2 for
 * plain ECDSA.
 */
export const sm2: SchemeRule = {
  newKeys: () => {
    const signing = number(randomScalar());
    return { signing, verifying: library.getPublicKeyFromPrivateKey(signing) };
  },
  signer: (text) => {
    const secret = privateHexOf(text);
    if (typeof secret !== 'string') return secret.refusal;
    const z = identityDigest(library.getPublicKeyFromPrivateKey(secret));
    return (content) => {
      const signature = library.doSignature(digestOf(z, content), secret, { pointPool: [freshPoint()] });
      return Buffer.from(signature, 'hex').toString('base64');
    };
  },
  verifier: (text) => {
    const hex = publicHexOf(text);
    if (typeof hex !== 'string') return hex.refusal;
    const z = identityDigest(hex);
    // Tables for windows of 6 bits: three times the speed for half a megabyte and 12 ms at first use.
    const point = library.precomputePublicKey(hex, 6);
    return (content) => {
      const digest = digestOf(z, content);
      return (signature) => {
        const given = strictBase64(signature);
        return given?.length === 64 && inRange(given) && fits(digest, given.toString('hex'), point);
      };
    };
  },
};

type Point = ReturnType<typeof library.precomputePublicKey>;
type Refused = { readonly refusal: KeyRefusal };

/** Order of the group (GB/T 32918.5). */
const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

function fits(digest: Uint8Array, signature: string, point: Point): boolean {
  try {
    return library.doVerifySignature(digest, signature, point);
  } catch {
    // A sum at infinity has no x: the signature does not fit.
    return false;
  }
}

/** The library leaves it to its caller that r and s are from 1 to n - 1. */
function inRange(signature: Buffer): boolean {
  return [signature.subarray(0, 32), signature.subarray(32)].every((part) => {
    const value = BigInt(`0x${part.toString('hex')}`);
    return value >= 1n && value < order;
  });
}

/** e = SM3(Z ‖ content). Z is the same for every message of a key. */
function digestOf(z: Uint8Array, { prefix, body }: SignedContent): Uint8Array {
  return createHash('sm3').update(z).update(prefix).update(body).digest();
}

function identityDigest(publicHex: string): Uint8Array {
  return library.getZ(publicHex);
}

/** The one-time number of a signature comes from the operating system, not from the library's pool. */
function freshPoint(): { k: bigint; x1: bigint } {
  const k = randomScalar();
  return { k, x1: BigInt(`0x${library.getPublicKeyFromPrivateKey(number(k)).slice(2, 66)}`) };
}

/** From 1 to n - 2, each equally likely. */
function randomScalar(): bigint {
  for (;;) {
    const value = BigInt(`0x${randomBytes(32).toString('hex')}`);
    if (isScalar(value)) return value;
  }
}

const isScalar = (value: bigint): boolean => value >= 1n && value <= order - 2n;

function number(value: bigint): string {
  return value.toString(16).padStart(64, '0');
}

function privateHexOf(text: string): string | Refused {
  const hex = text.startsWith('-----') ? fromPem(text, 'PRIVATE KEY', privateForm) : hexOf(text, /^[0-9a-f]{64}$/);
  if (typeof hex !== 'string') return hex;
  return isScalar(BigInt(`0x${hex}`)) ? hex : { refusal: 'not-on-curve' };
}

function publicHexOf(text: string): string | Refused {
  const hex = text.startsWith('-----') ? fromPem(text, 'PUBLIC KEY', publicForm) : hexOf(text, /^04[0-9a-f]{128}$/);
  if (typeof hex !== 'string') return hex;
  try {
    return library.verifyPublicKey(hex) ? hex : { refusal: 'not-on-curve' };
  } catch {
    return { refusal: 'not-on-curve' };
  }
}

function hexOf(text: string, form: RegExp): string | Refused {
  if (text === '') return { refusal: 'empty' };
  const hex = text.toLowerCase();
  if (!/^[0-9a-f]+$/.test(hex)) return { refusal: 'wrong-form' };
  return form.test(hex) ? hex : { refusal: 'wrong-length' };
}

// DER of a key on the curve sm2 (1.2.156.10197.1.301): all but the numbers is fixed. The public key inside a private one
// is optional.
const publicForm = /^3059301306072a8648ce3d020106082a811ccf5501822d034200(04[0-9a-f]{128})$/;
const privateForm =
  /^30(?:8187|41|81[0-9a-f]{2})020100301306072a8648ce3d020106082a811ccf5501822d04[0-9a-f]{2}30[0-9a-f]{2}0201010420([0-9a-f]{64})(?:a144034200(?:04[0-9a-f]{128}))?$/;

function fromPem(text: string, label: string, form: RegExp): string | Refused {
  const body = new RegExp(`^-----BEGIN ${label}-----\\s([A-Za-z0-9+/=\\s]+)-----END ${label}-----\\s*$`).exec(
    text,
  )?.[1];
  if (body === undefined) return { refusal: 'wrong-form' };
  const der = strictBase64(body.replace(/\s/g, ''));
  if (der === undefined) return { refusal: 'not-base64' };
  const hex = form.exec(der.toString('hex'))?.[1];
  return hex ?? { refusal: 'wrong-form' };
}
