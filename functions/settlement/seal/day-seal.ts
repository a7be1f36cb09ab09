import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { DaySeal, type SignedSeal } from '../../../schemas/day-seal.ts';
import { merkleRoot } from './merkle.ts';

/** What happened on a day: ledger entries, accesses, runs, each in an order of its own that never changes. */
export type DayRecords = {
  readonly ledger: readonly unknown[];
  readonly audit: readonly unknown[];
  readonly runs: readonly unknown[];
};

/** One line for each record: the same record always gives the same line. */
export function recordLines({ ledger, audit, runs }: DayRecords): string[] {
  return Object.entries({ ledger, audit, runs }).flatMap(([kind, records]) =>
    records.map((record) => inOrder([kind, record])),
  );
}

export function sealOf(
  day: string,
  records: DayRecords,
  { previous, sealedAt }: { previous: SignedSeal | undefined; sealedAt: Date },
): DaySeal {
  const { ledger, audit, runs } = records;
  return {
    day,
    counts: { ledger: ledger.length, audit: audit.length, runs: runs.length },
    root: merkleRoot(recordLines(records)),
    ...(previous === undefined ? {} : { previous: createHash('sha256').update(previous.text).digest('hex') }),
    sealedAt: sealedAt.toISOString(),
  };
}

/** @param privateKey Ed25519, PKCS #8 PEM. */
export function signSeal(seal: DaySeal, privateKey: string): SignedSeal {
  const key = createPrivateKey(privateKey);
  const text = JSON.stringify(seal);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  return { text, signature: sign(null, Buffer.from(text), key).toString('base64'), publicKey };
}

export type SealFault = 'bad-signature' | 'other-day' | 'other-records' | 'other-previous';

/**
 * What an auditor finds of a seal with nothing but the public key, the records' file and the seal before.
 * @param lines The lines of the records' file.
 */
export function checkSeal(
  day: string,
  signed: SignedSeal,
  publicKey: string,
  lines: readonly string[],
  previous?: SignedSeal,
): SealFault[] {
  const key = createPublicKey(publicKey);
  if (!verify(null, Buffer.from(signed.text), key, Buffer.from(signed.signature, 'base64'))) return ['bad-signature'];
  const seal = DaySeal.parse(JSON.parse(signed.text));
  const faults: SealFault[] = [];
  if (seal.day !== day) faults.push('other-day');
  if (seal.root !== merkleRoot(lines)) faults.push('other-records');
  if (previous !== undefined && seal.previous !== createHash('sha256').update(previous.text).digest('hex'))
    faults.push('other-previous');
  return faults;
}

/** JSON with the members of objects in the order of their names. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
