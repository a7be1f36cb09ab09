import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const length = 20;

/**
 * The name of a person outside the lake: the first 20 characters of base32(HMAC-SHA-256(secret, person_key)), RFC
 * 4648. Nobody without the secret can tell whose it is, or try all certificate numbers to find out.
 */
export function personRef(secret: string, personKey: string): string {
  // As text: a buffer for each of hundreds of thousands is work for the collector of garbage.
  const digest = createHmac('sha256', secret).update(personKey).digest('binary');
  let ref = '';
  let bits = 0;
  let held = 0;
  for (let at = 0; ref.length < length; at++) {
    held = ((held << 8) | digest.charCodeAt(at)) & 0xfff;
    bits += 8;
    while (bits >= 5 && ref.length < length) {
      bits -= 5;
      ref += alphabet[(held >> bits) & 31];
    }
  }
  return ref;
}
