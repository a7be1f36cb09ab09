import type { Run } from '../../../schemas/run.ts';
import { addDays, civilDateAt } from '../../../schemas/time.ts';
import type { AuditEntry } from '../../console/audit-trail.ts';
import type { Items } from '../../runtime/items.ts';
import type { Sealer } from '../../runtime/sealed.ts';
import { type DayRecords, recordLines, sealOf, signSeal } from './day-seal.ts';
import { ledgerOf, readSeal, type SealBucket, sealingKey, sealingSince, sealKeys } from './seal-store.ts';

export type SealDependencies = {
  readonly items: Items;
  /** Table `settlements`. */
  readonly table: string;
  readonly auditOf: (day: string) => Promise<readonly AuditEntry[]>;
  /** Runs of the cross-check, ended or not. */
  readonly runs: () => Promise<readonly Run[]>;
  readonly bucket: SealBucket;
  readonly sealer: Sealer;
  readonly now: () => Date;
};

/**
 * Signs what happened on a day, once. The records stand beside the seal, and both under object lock: whoever holds
 * the public key can check them, and compare the hub with them, without believing the hub.
 */
export async function sealDay(dependencies: SealDependencies, day: string): Promise<void> {
  const { items, table, bucket, sealer, now } = dependencies;
  if ((await readSeal(bucket, day)) !== undefined) return;
  const records = await recordsOf(dependencies, day);
  const previous = await readSeal(bucket, addDays(day, -1));
  const sealedAt = await sealingSince(items, table, day, now());
  const signed = signSeal(sealOf(day, records, { previous, sealedAt }), await sealingKey(items, table, sealer));
  // The seal comes last: with it, the records are there.
  await bucket.write(sealKeys.records(day), recordLines(records).join('\n'), 'application/jsonl');
  await bucket.write(sealKeys.seal(day), JSON.stringify(signed), 'application/json');
}

/** As the hub has them now. */
export async function recordsOf({ items, table, auditOf, runs }: SealDependencies, day: string): Promise<DayRecords> {
  const ended = (await runs()).filter(({ endedAt }) => endedAt !== undefined && civilDateAt(new Date(endedAt)) === day);
  return {
    ledger: await ledgerOf(items, table, day),
    audit: await auditOf(day),
    runs: ended.sort((one, other) => (one.runId < other.runId ? -1 : 1)),
  };
}
