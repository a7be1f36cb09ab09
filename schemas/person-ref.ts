import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const length = 20;

/**
 * The name of a person outside the lake: the first 20 characters of base32(HMAC-SHA-256(secret, person_key)), RFC
 * 4648. Nobody without the secret can tell whose it is, or try all certificate numbers to find out.
 */
export function personRef(secret: string, personKey: string): string {
  const digest = createHmac('sha256', secret).update(personKey).digest();
  let ref = '';
  let bits = 0;
  let held = 0;
  for (const byte of digest) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5 && ref.length < length) {
      bits -= 5;
      ref += alphabet[(held >> bits) & 31];
    }
  }
  return ref;
}
