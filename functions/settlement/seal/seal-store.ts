import { generateKeyPairSync } from 'node:crypto';
import { SignedSeal } from '../../../schemas/day-seal.ts';
import { LedgerEntry } from '../../../schemas/settlement.ts';
import { civilDateAt } from '../../../schemas/time.ts';
import type { Items, Key } from '../../runtime/items.ts';
import type { Sealer } from '../../runtime/sealed.ts';
import { byDay, changesOf, entryPrefix } from '../settlements-table.ts';
import { sideBySide } from '../side-by-side.ts';

/** A bucket under object lock; a stand-in where there is none. */
export type SealBucket = {
  read(key: string): Promise<Buffer | undefined>;
  write(key: string, body: string, contentType: string): Promise<void>;
};

export const sealKeys = {
  seal: (day: string) => `seals/${day}.json`,
  records: (day: string) => `seals/${day}.records.jsonl`,
};

export async function readSeal(bucket: SealBucket, day: string): Promise<SignedSeal | undefined> {
  const found = await bucket.read(sealKeys.seal(day));
  return found && SignedSeal.parse(JSON.parse(found.toString('utf8')));
}

/**
 * When the sealing of a day began for the first time. Two that seal it at once, or one after the other was stopped, make
 * the very same seal of it: the seal of the next day says which text stood before it.
 */
export async function sealingSince(items: Items, table: string, day: string, now: Date): Promise<Date> {
  const key: Key = { pk: `day#${day}`, sk: 'sealing' };
  await items.write([{ table, put: { ...key, at: now.toISOString() }, when: 'absent' }]);
  const kept = await items.get(table, key);
  return kept === undefined ? now : new Date(String(kept.at));
}

/** Entries of the ledger that were made on a day, in the order of their ids. */
export async function ledgerOf(items: Items, table: string, day: string): Promise<LedgerEntry[]> {
  const commands = await items.queryIndex(table, byDay, { pk: changesOf(day) });
  const changed = [...new Set(commands.map(({ pk }) => pk))];
  const entries = await sideBySide(changed, async (setlId) => {
    const found = await items.query(table, { pk: setlId, prefix: entryPrefix });
    return found.map((item) => LedgerEntry.parse(item)).filter(({ at }) => civilDateAt(new Date(at)) === day);
  });
  return entries.flat().sort((one, other) => (one.entry_id < other.entry_id ? -1 : 1));
}

const keyItem: Key = { pk: 'seal#key', sk: 'key' };
const context = { purpose: 'day-seal' };

/** The hub's private key for seals, made when it is first asked for; PKCS #8 PEM. */
export async function sealingKey(items: Items, table: string, { seal, open }: Sealer): Promise<string> {
  const known = await items.get(table, keyItem);
  if (known !== undefined) return (await open(known.sealed as Uint8Array, context)).toString('utf8');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const sealed = await seal(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), context);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  await items.write([{ table, put: { ...keyItem, sealed, publicKey: pem }, when: 'absent' }]);
  return sealingKey(items, table, { seal, open });
}

export async function publicSealKey(items: Items, table: string): Promise<string | undefined> {
  const known = await items.get(table, keyItem);
  return known && String(known.publicKey);
}
