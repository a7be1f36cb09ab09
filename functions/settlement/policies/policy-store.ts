import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { BenefitAccumulator, type BenefitCount } from '../../../schemas/benefits.ts';
import { Accumulator, Policy, PolicyKey, PolicyRecord } from '../../../schemas/policy.ts';
import type { Contribution } from '../../../schemas/settlement.ts';
import type { Item, Items, Key, Write } from '../../runtime/items.ts';
import { policyOf } from './policy-after.ts';

export type PolicyAccumulator = PolicyKey & Accumulator;

/** What settlements and rosters ask of the table `policies`. */
export type PolicyStore = {
  /** All policies of a person, what they and the public funds have paid, by year: one query. */
  ofPerson(
    personRef: string,
  ): Promise<{ policies: Policy[]; accumulators: PolicyAccumulator[]; benefits: BenefitAccumulator[] }>;
  record(key: PolicyKey): Promise<PolicyRecord | undefined>;
  records(keys: readonly PolicyKey[]): Promise<(PolicyRecord | undefined)[]>;
  /** Shares of settlements that this policy's consent still holds up: written by `openShareWrite`. */
  openShares(key: PolicyKey): Promise<OpenShare[]>;
  /** Settlements in which this policy's turn has come: written by `askedWrite`. */
  askedFor(key: PolicyKey): Promise<string[]>;
  /** Policies whose person an insurer has corrected, and whose settlements nobody has looked at since. */
  corrected(limit: number): Promise<Corrected[]>;
};
/** `consent_no`: the consent that it was asked under; empty where that was not yet noted. */
export type OpenShare = z.infer<typeof OpenShare>;
const OpenShare = z.object({ setl_id: z.string(), share: z.string(), consent_no: z.string().default('') });
/** `version`: of the policy's record, as of the correction. */
export type Corrected = z.infer<typeof Corrected>;
const Corrected = PolicyKey.extend({ version: z.int().positive() });
const KeptAccumulator = PolicyKey.extend(Accumulator.shape);

export function policyStore(items: Items, table: string): PolicyStore {
  const countedElsewhere = async (policy: Policy, personRef: string): Promise<Item[]> => {
    const { firstHolder = personRef } = policy;
    if (firstHolder === personRef) return [];
    return items.query(table, { pk: personPk(firstHolder), prefix: `accumulator#${policyName(policy)}#` });
  };
  return {
    async ofPerson(personRef) {
      const found = await items.query(table, { pk: personPk(personRef) });
      const starting = (prefix: string) => found.filter(({ sk }) => sk.startsWith(prefix));
      const policies = starting('policy#').map((item) => Policy.parse(item));
      const others = await Promise.all(policies.map((policy) => countedElsewhere(policy, personRef)));
      const accumulators = [...starting('accumulator#'), ...others.flat()];
      return {
        policies,
        accumulators: accumulators.map((item) => KeptAccumulator.parse(item)),
        benefits: starting('benefits#').map((item) => BenefitAccumulator.parse(item)),
      };
    },
    async record(key) {
      const item = await items.get(table, recordKey(key));
      return item && PolicyRecord.parse(item);
    },
    async records(keys) {
      const found = await items.getMany(table, keys.map(recordKey));
      return found.map((item) => item && PolicyRecord.parse(item));
    },
    async openShares(key) {
      const found = await items.query(table, { pk: recordKey(key).pk, prefix: 'open#' });
      return found.map((item) => OpenShare.parse(item));
    },
    async askedFor(key) {
      const found = await items.query(table, { pk: recordKey(key).pk, prefix: askedPrefix });
      return found.map(({ sk }) => sk.slice(askedPrefix.length));
    },
    async corrected(limit) {
      const found = await items.query(table, { pk: correctedPk, limit });
      return found.map((item) => Corrected.parse(item));
    },
  };
}

/** Whether settlements would see another policy: all but how and when it became known. */
export function readsOtherwise(previous: PolicyRecord | undefined, next: PolicyRecord | undefined): boolean {
  const seen = (record: PolicyRecord | undefined) => {
    const policy = record && policyOf(record);
    return policy && { ...policy, asOf: '', source: '', version: 0 };
  };
  return !isDeepStrictEqual(seen(previous), seen(next));
}

/**
 * Writes what has become known of a policy: its record, and its item with the person. Both or neither; they fail
 * when somebody else has changed the record since it was read.
 */
export function policyWrites(table: string, previous: PolicyRecord | undefined, next: PolicyRecord): Write[] {
  const before = previous && policyOf(previous);
  const firstHolder = firstHolderOf(before, policyOf(next));
  const version = (previous?.version ?? 0) + 1;
  const record = { ...next, version, ...(firstHolder === undefined ? {} : { firstHolder }) };
  const after = policyOf(record);
  const writes: Write[] = [
    {
      table,
      put: { ...recordKey(record), ...record, ...(after === undefined ? {} : { person_ref: after.person_ref }) },
      when: previous === undefined ? 'absent' : { version: previous.version },
    },
  ];
  if (after !== undefined) writes.push({ table, put: { ...policyKey(after), ...after } });
  // The insurer has corrected whose policy it is: what was settled for the first person is looked at.
  if (before !== undefined && before.person_ref !== after?.person_ref) {
    const { insurer, policy_no, policy_sub_no } = record;
    const noted: Corrected = { insurer, policy_no, policy_sub_no, version };
    writes.push({ table, delete: policyKey(before) }, { table, put: { ...correctedKey(record), ...noted } });
  }
  return writes;
}

/** What a policy has counted stays where it is when it becomes another person's: known from then on. */
function firstHolderOf(before: Policy | undefined, after: Policy | undefined): string | undefined {
  if (before === undefined || before.person_ref === after?.person_ref) return before?.firstHolder;
  return before.firstHolder ?? before.person_ref;
}

/** Holds a settlement to the policy as it was read: revoked, ended or another person’s since, the transaction fails. */
export function policyUnchanged(table: string, policy: PolicyKey & Pick<Policy, 'person_ref' | 'version'>): Write {
  return { table, check: policyKey(policy), when: { version: policy.version } };
}

/** Part of the transaction in which a share's turn comes, in either mode. */
export function askedWrite(table: string, key: PolicyKey, setl_id: string): Write {
  return { table, put: { pk: recordKey(key).pk, sk: `${askedPrefix}${setl_id}` } };
}

/** Its settlements were looked at; it stays noted where it was corrected once more meanwhile. */
export function lookedAtWrite(table: string, { version, ...key }: Corrected): Write {
  return { table, delete: correctedKey(key), when: { version } };
}

/** What a policy has paid in a year, from one version to the next; version 0 is none yet. */
export function accumulatorWrite(table: string, personRef: string, key: PolicyKey, next: Accumulator): Write {
  const { insurer, policy_no, policy_sub_no } = key;
  return {
    table,
    put: { ...accumulatorKey(personRef, key, next.year), insurer, policy_no, policy_sub_no, ...next },
    when: next.version === 1 ? 'absent' : { version: next.version - 1 },
  };
}

/** Gives back what a reversed bill had counted; whatever else was counted meanwhile stays. */
export function accumulatorGivenBack(table: string, personRef: string, key: PolicyKey, counted: Contribution): Write {
  const { year, deductibleFen, countedFen, paidFen } = counted;
  const add = { deductibleFen: -deductibleFen, countedFen: -countedFen, paidFen: -paidFen, version: 1 };
  return { table, update: accumulatorKey(personRef, key, year), add, when: 'present' };
}

/** Part of the transaction that opens a share of an `insurer` product: a revoked consent finds it by this. */
export function openShareWrite(table: string, key: PolicyKey, open: OpenShare): Write {
  return { table, put: { ...openShareKey(key, open.setl_id), ...open } };
}

/** Part of the transaction that resolves the share, or notes that its notice was accepted. */
export function closedShareWrite(table: string, key: PolicyKey, setl_id: string): Write {
  return { table, delete: openShareKey(key, setl_id) };
}

/**
 * What the public funds have paid for a person more.
 * @param version The one it was worked out from, 0 is none yet: it holds while it is as it was read. What a bill states
 * counts whatever came meanwhile.
 */
export function benefitsWrite(table: string, personRef: string, counted: BenefitCount, version?: number): Write {
  const { year, scheme, paidFen, leftFen } = counted;
  const add = { paidFen, leftFen, version: 1 };
  const write = { table, update: benefitsKey(personRef, counted), set: { year, scheme }, add };
  if (version === undefined) return write;
  return { ...write, when: version === 0 ? 'absent' : { version } };
}

/** A bill was reversed: its part is taken off again, whatever came meanwhile. */
export function benefitsGivenBack(table: string, personRef: string, counted: BenefitCount): Write {
  const add = { paidFen: -counted.paidFen, leftFen: -counted.leftFen, version: 1 };
  return { table, update: benefitsKey(personRef, counted), add, when: 'present' };
}

/** A policy's name in sort keys; any character may stand in a policy number. */
export function policyName({ insurer, policy_no, policy_sub_no }: PolicyKey): string {
  return [insurer, policy_no, policy_sub_no]
    .map((part) => part.replace(/[%#]/g, (mark) => (mark === '#' ? '%23' : '%25')))
    .join('#');
}

export const recordKey = (key: PolicyKey): Key => ({ pk: `policy#${policyName(key)}`, sk: 'holder' });
const personPk = (personRef: string): string => `person#${personRef}`;
const policyKey = (policy: PolicyKey & Pick<Policy, 'person_ref'>): Key => ({
  pk: personPk(policy.person_ref),
  sk: `policy#${policyName(policy)}`,
});
const openShareKey = (key: PolicyKey, setl_id: string): Key => ({ pk: recordKey(key).pk, sk: `open#${setl_id}` });
const askedPrefix = 'asked#';
const correctedPk = 'corrected';
const correctedKey = (key: PolicyKey): Key => ({ pk: correctedPk, sk: policyName(key) });
export const benefitsKey = (personRef: string, { year, scheme }: Pick<BenefitCount, 'year' | 'scheme'>): Key => ({
  pk: personPk(personRef),
  sk: `benefits#${scheme}#${year}`,
});
export const accumulatorKey = (personRef: string, key: PolicyKey, year: string): Key => ({
  pk: personPk(personRef),
  sk: `accumulator#${policyName(key)}#${year}`,
});
