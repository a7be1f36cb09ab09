import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  getLocalCryptographicMaterialsCache,
  type KeyringNode,
  KmsKeyringNode,
  NodeCachingMaterialsManager,
  type NodeMaterialsManager,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node';
import { z } from 'zod';
import { environment } from './env.ts';

/**
 * What belongs to what is sealed, such as the insurer whose key it is: readable in the sealed bytes, and to be given
 * again, all of it, to open them. Never a person's data. On AWS a data key serves many messages of the same context, so
 * it names an owner and a purpose, not the single message.
 */
export type SealContext = Readonly<Record<string, string>>;

export type Sealer = {
  seal(plain: string | Uint8Array, context: SealContext): Promise<Uint8Array>;
  /** @throws when the bytes were changed, or sealed with another key or for another context. */
  open(sealed: Uint8Array, context: SealContext): Promise<Buffer>;
};

/** The hub's own sealer. */
export const { seal, open }: Sealer = {
  seal: (plain, context) => hubSealer().seal(plain, context),
  open: (sealed, context) => hubSealer().open(sealed, context),
};

/** AWS Encryption SDK message format, with key commitment. */
export function sealerOf(materials: KeyringNode | NodeMaterialsManager): Sealer {
  return {
    seal: async (plain, context) => {
      const { result } = await encrypt(materials, plain, {
        // Who may seal may open here, so a signature over the sealed bytes says nothing; it costs 3 ms a message.
        suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
        encryptionContext: { ...context },
      });
      return result;
    },
    open: async (sealed, context) => {
      const { plaintext, messageHeader } = await decrypt(materials, sealed).catch((cause: unknown) => {
        throw new Error('What is sealed cannot be opened: it was changed, or sealed with another key.', { cause });
      });
      if (!isSame(messageHeader.encryptionContext, context))
        throw new Error('What is sealed cannot be opened: it was sealed for another context.');
      return plaintext;
    },
  };
}

/** A key of 32 bytes on this machine. */
export function localKeyring(key: Uint8Array): KeyringNode {
  if (key.length !== 32) throw new Error('A local sealing key has 32 bytes.');
  return new RawAesKeyringNode({
    keyName: 'seal',
    keyNamespace: 'canbao',
    // The SDK keeps the bytes and wants them for itself alone.
    unencryptedMasterKey: Uint8Array.from(key),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
}

/** A key in KMS, asked for a data key at most once in five minutes and a thousand messages of a context. */
export function kmsMaterials(keyring: KeyringNode): NodeMaterialsManager {
  return new NodeCachingMaterialsManager({
    backingMaterials: keyring,
    cache: getLocalCryptographicMaterialsCache(1000),
    maxAge: 5 * 60 * 1000,
    maxMessagesEncrypted: 1000,
  });
}

const { encrypt, decrypt } = buildClient({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: 1,
});

const env = environment({ SEAL_KEY: z.base64().optional(), SEAL_KMS_KEY_ARN: z.string().min(1).optional() });
let own: Sealer | undefined;

/** A local key comes first: the embedded hub gives one, beside the name of a KMS key that it does not have. */
function hubSealer(): Sealer {
  own ??= sealerOf(materialsOf(env));
  return own;
}

function materialsOf({ SEAL_KEY: local, SEAL_KMS_KEY_ARN: arn }: typeof env): KeyringNode | NodeMaterialsManager {
  if (local !== undefined) return localKeyring(Buffer.from(local, 'base64'));
  if (arn === undefined) throw new Error('The hub has no sealing key: set SEAL_KEY or SEAL_KMS_KEY_ARN.');
  return kmsMaterials(new KmsKeyringNode({ generatorKeyId: arn }));
}

function isSame(one: SealContext, other: SealContext): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
