import type { ZodType } from 'zod';
import { Reversal } from '../../functions/settlement/settlement-store.ts';
import { BenefitAccumulator } from '../../schemas/benefits.ts';
import { DifferenceItem } from '../../schemas/difference.ts';
import { Insurer, InsurerKey, Lane } from '../../schemas/insurer.ts';
import { StoredIncoming, StoredOutgoing } from '../../schemas/messages.ts';
import { LoadedRoster, Policy, PolicyRecord } from '../../schemas/policy.ts';
import { ProductVersion } from '../../schemas/product.ts';
import { Reconciled, StatementPart } from '../../schemas/reconciliation.ts';
import { Settlement } from '../../schemas/settlement.ts';

/**
 * An item in memory is frozen and stays what it is, and what a schema makes of it depends on nothing else: so it is parsed
 * once, however often it is read. Readers share what comes of it; that is frozen too, so that who changes it fails aloud.
 */
export function parseStoredOnce(): void {
  for (const schema of readOften) {
    const { parse } = schema;
    const known = new WeakMap<object, unknown>();
    schema.parse = (data, params) => {
      if (typeof data !== 'object' || data === null || !Object.isFrozen(data)) return parse(data, params);
      const before = known.get(data);
      if (before !== undefined) return before;
      const parsed = frozen(parse(data, params));
      known.set(data, parsed);
      return parsed;
    };
  }
}

/** Of others nearly every item is read but once, and to remember them costs more than it saves. */
const readOften: readonly ZodType[] = [
  ...[Insurer, InsurerKey, Lane, StoredIncoming, StoredOutgoing],
  ...[Settlement, Reversal, Policy, PolicyRecord, LoadedRoster, ProductVersion, BenefitAccumulator],
  ...[StatementPart, Reconciled, DifferenceItem],
];

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || Object.isFrozen(value))
    return value;
  for (const name in value) frozen(value[name]);
  return Object.freeze(value);
}
