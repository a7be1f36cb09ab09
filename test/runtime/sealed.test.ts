import { randomBytes } from 'node:crypto';
import { type KeyringNode, KmsKeyringNode } from '@aws-crypto/client-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kmsMaterials, localKeyring, sealerOf } from '../../functions/runtime/sealed.ts';

const key = new Uint8Array(32).fill(7);
const sealer = sealerOf(localKeyring(key));
const context = { insurer: 'pingan', purpose: 'body' };

describe('what is sealed', () => {
  it('opens to the same bytes under the same context, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 10_000 }), async (plain) => {
        expect(await sealer.open(await sealer.seal(plain, context), context)).toEqual(Buffer.from(plain));
      }),
      { numRuns: 30 },
    );
  });

  it('holds nothing of the text in the clear', async () => {
    const sealed = Buffer.from(await sealer.seal('440801199001011234', context));
    expect(sealed.includes('440801199001011234')).toBe(false);
  });

  it('does not open for another insurer, for less or for more than the context it was sealed for', async () => {
    const sealed = await sealer.seal('whsec', context);
    const others: Record<string, string>[] = [
      { ...context, insurer: 'taikang' },
      { insurer: 'pingan' },
      { ...context, more: 'x' },
      {},
    ];
    for (const wrong of others) await expect(sealer.open(sealed, wrong)).rejects.toThrow('another context');
  });

  it('does not open with another key', async () => {
    const other = sealerOf(localKeyring(new Uint8Array(32).fill(8)));
    await expect(other.open(await sealer.seal('x', context), context)).rejects.toThrow('another key');
  });

  it('does not open after any of its bytes was changed', async () => {
    const sealed = await sealer.seal('a message of some length', context);
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Uint8Array.from(sealed);
        changed[at]! ^= flip;
        await expect(sealer.open(changed, context)).rejects.toThrow();
      }),
      { numRuns: 200 },
    );
  });

  it('does not open when cut off anywhere', async () => {
    const sealed = await sealer.seal('a message of some length', context);
    for (let length = 0; length < sealed.length; length += 1)
      await expect(sealer.open(sealed.subarray(0, length), context)).rejects.toThrow();
  });
});

describe('a key in KMS', () => {
  it('is asked once for many messages of one context, and again for another insurer', async () => {
    const kms = countingKms();
    const { seal, open } = sealerOf(kmsMaterials(kms.keyring));
    const sealed: Uint8Array[] = [await seal('first', context)];
    for (let n = 0; n < 50; n += 1) sealed.push(await seal(`message ${n}`, context));
    expect(kms.asked()).toBe(1);
    await seal('another', { ...context, insurer: 'taikang' });
    expect(kms.asked()).toBe(2);
    expect((await open(sealed[50]!, context)).toString()).toBe('message 49');
    await expect(open(sealed[50]!, { ...context, insurer: 'taikang' })).rejects.toThrow('another context');
  });

  it('may stand in the partition of China', () => {
    expect(() => new KmsKeyringNode({ generatorKeyId: chinaArn })).not.toThrow();
  });
});

const chinaArn = 'arn:aws-cn:kms:cn-northwest-1:123456789012:key/11111111-2222-3333-4444-555555555555';

/** KMS as its client sees it, with a "ciphertext" that is the data key itself: what is tested is how often it is asked. */
function countingKms(): { keyring: KeyringNode; asked(): number } {
  let asked = 0;
  const client = {
    config: {},
    generateDataKey: async ({ KeyId }: { KeyId: string }) => {
      asked += 1;
      const data = new Uint8Array(randomBytes(32));
      return { KeyId, Plaintext: Uint8Array.from(data), CiphertextBlob: data };
    },
    encrypt: async () => {
      throw new Error('one key generates, none else encrypts');
    },
    decrypt: async ({ KeyId, CiphertextBlob }: { KeyId: string; CiphertextBlob: Uint8Array }) => ({
      KeyId,
      Plaintext: Uint8Array.from(CiphertextBlob),
    }),
  };
  const keyring = new KmsKeyringNode({ generatorKeyId: chinaArn, clientProvider: () => client as never });
  return { keyring, asked: () => asked };
}
