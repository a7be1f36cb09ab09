import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { newKeys } from '../../functions/runtime/signatures/keys.ts';
import type { Scheme } from '../../functions/runtime/signatures/scheme.ts';
import { type SignatureKey, sign, verify } from '../../functions/runtime/signatures/standard-webhooks.ts';
import type { Figure } from './measure.ts';

const rounds = 15;

/** Verifying, against nothing but the MAC over the same bytes; and what the other schemes cost. */
export function benchSignatures(): Figure[] {
  return [againstBareHmac(1000), againstBareHmac(20_000), rate('v1a', 2000), rate('sm2', 300), rate('sm3', 4000)];
}

function againstBareHmac(length: number): Figure {
  const { verifyOnce, signing, content } = message('v1', length);
  // The fastest a MAC gets in Node: with a prepared key it is three times as fast as with the key's bytes.
  const key = createSecretKey(signing.slice('whsec_'.length), 'base64');
  const bare = () => createHmac('sha256', key).update(content).digest();
  const times = 20_000_000 / (length + 4000);
  perSecond(verifyOnce, times);
  perSecond(bare, times);
  // In turns, so that whatever else the machine does falls on both.
  const pairs = Array.from({ length: rounds }, () => [perSecond(verifyOnce, times), perSecond(bare, times)] as const);
  return {
    name: `verify v1, ${length / 1000} kB`,
    value: median(pairs.map(([own]) => own)),
    unit: '/s',
    baseline: { name: 'bare HMAC-SHA-256', value: median(pairs.map(([, other]) => other)) },
    limit: { of: 'ratio', atLeast: 0.7 },
  };
}

function rate(scheme: Scheme, times: number): Figure {
  const { verifyOnce } = message(scheme, 1000);
  perSecond(verifyOnce, times);
  const rates = Array.from({ length: 5 }, () => perSecond(verifyOnce, times));
  return { name: `verify ${scheme}, 1 kB`, value: median(rates), unit: '/s' };
}

function message(scheme: Scheme, length: number) {
  const { signing, verifying } = newKeys(scheme);
  const keys = (key: string): SignatureKey[] => [{ kid: 'bench', scheme, key, notBefore: '2022-01-01T00:00:00Z' }];
  const at = new Date('2022-06-30T00:00:00Z');
  const body = randomBytes(length);
  const signed = sign(keys(signing), 'msg_bench', at, body)!;
  // As on a request: what is read from the store is new each time, its text is not.
  const verifyOnce = () => {
    if (verify(keys(verifying), signed, body, at).fault !== undefined) throw new Error('The message must pass.');
  };
  const content = Buffer.concat([Buffer.from(`${signed.id}.${signed.timestamp}.`), body]);
  return { verifyOnce, signing, content };
}

function perSecond(work: () => unknown, times: number): number {
  const started = performance.now();
  for (let done = 0; done < times; done += 1) work();
  return (times / (performance.now() - started)) * 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
