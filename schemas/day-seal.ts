import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What is sealed of a day. Its text, as it stands, is what is signed. */
export const DaySeal = z.object({
  day: z.iso.date(),
  /** How many records of each kind, in the order of the records' file. */
  counts: z.object({ ledger: z.int(), audit: z.int(), runs: z.int() }),
  /** Merkle root over the SHA-256 of every line of the records' file. */
  root: digest,
  /** SHA-256 of the text of the seal before this one: a day cannot be taken out. */
  previous: digest.optional(),
  sealedAt: z.iso.datetime(),
});
export type DaySeal = z.infer<typeof DaySeal>;

export const SignedSeal = z.object({
  /** JSON of a `DaySeal`. */
  text: z.string(),
  /** Ed25519 over the bytes of `text`, base64. */
  signature: z.string(),
  /** SPKI, PEM. */
  publicKey: z.string(),
});
export type SignedSeal = z.infer<typeof SignedSeal>;

/** `GET /v1/ledger/seals/{day}`; `records`: where the records can be fetched for a while. */
export const SealView = z.object({ day: z.iso.date(), seal: SignedSeal, records: z.url() });
export type SealView = z.infer<typeof SealView>;

/** SPKI, PEM. */
export const SealKey = SignedSeal.pick({ publicKey: true });
export type SealKey = z.infer<typeof SealKey>;

/** The root as the hub's tables give it now. */
export const SealNow = DaySeal.pick({ day: true, root: true });
export type SealNow = z.infer<typeof SealNow>;
