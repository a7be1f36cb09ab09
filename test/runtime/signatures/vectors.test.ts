import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkKey } from '../../../functions/runtime/signatures/keys.ts';
import { schemes } from '../../../functions/runtime/signatures/scheme.ts';
import { sign, verify } from '../../../functions/runtime/signatures/standard-webhooks.ts';
import { at, keyOf, vectorsOf } from './vectors.ts';

describe.each(schemes)('the published vectors of %s', (scheme) => {
  const { keys, vectors, refused, refusedKeys } = vectorsOf(scheme);

  it.each(vectors)('let in: $name', ({ id, timestamp, body, signature }) => {
    const content = Buffer.from(body, 'base64');
    const verdict = verify([keyOf(scheme, keys.verifying)], { id, timestamp, signature }, content, at(timestamp));
    expect(verdict).toEqual({ kid: `${scheme}-1` });
  });

  it.skipIf(scheme === 'sm2').each(vectors)('are what is signed: $name', ({ id, timestamp, body, signature }) => {
    const signed = sign([keyOf(scheme, keys.signing)], id, at(timestamp), Buffer.from(body, 'base64'));
    expect(signed).toEqual({ id, timestamp, signature });
  });

  it.each(refused)('refuse: $name', ({ id, timestamp, body, signature, at: seconds, fault }) => {
    const content = Buffer.from(body, 'base64');
    const verdict = verify([keyOf(scheme, keys.verifying)], { id, timestamp, signature }, content, at(seconds));
    expect(verdict).toEqual({ fault });
  });

  it.each(refusedKeys)('refuse the key: $reason', ({ role, key, refusal }) => {
    expect(checkKey(scheme, role, key)).toBe(refusal);
  });

  it('accept the keys in all their forms, which are one key', () => {
    expect(checkKey(scheme, 'signing', keys.signing)).toBeUndefined();
    expect(checkKey(scheme, 'verifying', keys.verifying)).toBeUndefined();
    if (keys.verifyingPem === undefined) return;
    const signed = sign([keyOf(scheme, keys.signingPem!)], 'msg', at(1614265330), Buffer.from('x'))!;
    const hex = scheme === 'sm2' ? [keys.verifying.toUpperCase()] : [];
    for (const key of [keys.verifyingPem, keys.verifying, ...hex])
      expect(verify([keyOf(scheme, key)], signed, Buffer.from('x'), at(1614265330))).toEqual({ kid: `${scheme}-1` });
  });
});

it('v1 agrees with the vector of the specification', () => {
  const { keys, vectors } = vectorsOf('v1');
  expect(keys.signing).toBe('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  expect(vectors[0]).toMatchObject({
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: '1614265330',
    body: Buffer.from('{"test": 2432232314}').toString('base64'),
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('a private key of v1a may be the seed alone', () => {
  const { keys, vectors } = vectorsOf('v1a');
  const { id, timestamp, body, signature } = vectors[0]!;
  const signed = sign([keyOf('v1a', keys.signingSeedOnly!)], id, at(timestamp), Buffer.from(body, 'base64'));
  expect(signed?.signature).toBe(signature);
});

it('the page for insurers shows the published vectors', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../functions/runtime/signatures/README.md'), 'utf8');
  for (const { keys, vectors } of schemes.map(vectorsOf))
    for (const shown of [keys.signing, keys.verifying, vectors[0]!.signature]) expect(page).toContain(`\`${shown}\``);
});
