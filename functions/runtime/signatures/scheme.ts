/** Identifiers as they stand before the comma in `webhook-signature`. */
export const schemes = ['v1', 'v1a', 'sm2', 'sm3'] as const;
export type Scheme = (typeof schemes)[number];

/** What a key is for. The shared secret of v1 and sm3 is both. */
export type KeyRole = 'signing' | 'verifying';

/** Why a text is not a key. No code says anything about what the text holds. */
export type KeyRefusal = 'empty' | 'wrong-form' | 'not-base64' | 'wrong-length' | 'not-on-curve' | 'unsafe';

/** Freshly made keys in their text form; for v1 and sm3 both are the one shared secret. */
export type NewKeys = { readonly signing: string; readonly verifying: string };

/** What is signed: `id.timestamp.` and then the body's raw bytes. */
export type SignedContent = { readonly prefix: string; readonly body: Uint8Array };

/** Gives the signature in base64. */
export type Signer = (content: SignedContent) => string;

/** Takes the content once, then tells of each offered signature whether it fits. */
export type Verifier = (content: SignedContent) => (signature: string) => boolean;

/** One way to sign. A key's text is read once; what comes of it is used for many messages. */
export type SchemeRule = {
  newKeys(): NewKeys;
  signer(key: string): Signer | KeyRefusal;
  verifier(key: string): Verifier | KeyRefusal;
};

/** Undefined for anything but the one canonical form: no spaces, no URL alphabet, padded, unused bits zero. */
export function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

export function bytesOf({ prefix, body }: SignedContent): Buffer {
  return Buffer.concat([Buffer.from(prefix), body]);
}
