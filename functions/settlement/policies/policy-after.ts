import type { Consent, Policy, PolicyKey, PolicyRecord, PolicyTerms } from '../../../schemas/policy.ts';
import { addDays, civilDateAt } from '../../../schemas/time.ts';

type Said = {
  /** Instant the statement counts from, UTC. */
  readonly asOf: string;
  readonly source: string;
};

/** What can become known of a policy, by a roster or by a message. */
export type PolicyFact =
  | (Said & { readonly kind: 'listed' | 'upserted'; readonly terms: PolicyTerms })
  | (Said & { readonly kind: 'unlisted' })
  | (Said & { readonly kind: 'terminated'; readonly end_date?: string | undefined })
  | { readonly kind: 'revoked'; readonly consent_no: string; readonly asOf: string };

/**
 * What is known of a policy after one more fact. Of each kind the newest statement stays, so that every order of
 * arrival, and the same fact twice, end in the same record; a revoked consent number stays revoked.
 */
export function policyAfter(previous: PolicyRecord | undefined, key: PolicyKey, fact: PolicyFact): PolicyRecord {
  const record = previous ?? { ...keyOf(key), revoked: {}, version: 0 };
  if (fact.kind === 'revoked') {
    const known = record.revoked[fact.consent_no];
    if (known !== undefined && known <= fact.asOf) return record;
    return { ...record, revoked: { ...record.revoked, [fact.consent_no]: fact.asOf } };
  }
  const { kind, ...statement } = fact;
  const known = record[kind];
  return known !== undefined && !isNewer(statement, known) ? record : { ...record, [kind]: statement };
}

/**
 * The policy that settlements read; undefined while nobody has said whose it is. The newest statement decides: a row
 * or `policy.upserted` gives the terms, a roster without it or `policy.terminated` ends it.
 */
export function policyOf(record: PolicyRecord): Policy | undefined {
  const { listed, upserted, unlisted, terminated } = record;
  const stated = newest(listed, upserted);
  if (stated === undefined) return undefined;
  const ends = [unlisted, terminated].filter((end) => end !== undefined && end.asOf >= stated.asOf) as Ending[];
  const { consent, ...terms } = stated.terms;
  const decisive = ends.reduce<Said>((one, other) => (isNewer(other, one) ? other : one), stated);
  return {
    ...keyOf(record),
    ...ends.reduce(ended, terms),
    ...(consent === undefined || record.revoked[consent.consent_no] !== undefined ? {} : { consent }),
    revoked: record.revoked,
    asOf: decisive.asOf,
    source: decisive.source,
    ...(record.firstHolder === undefined ? {} : { firstHolder: record.firstHolder }),
    version: Math.max(1, record.version),
  };
}

/** What the newest statement that gives terms says, a consent that was revoked since included. */
export function statedTerms({ listed, upserted }: PolicyRecord): PolicyTerms | undefined {
  return newest(listed, upserted)?.terms;
}

/** Whether a policy's consent covers a moment. */
export function consentCovers(consent: Consent | undefined, moment: Date): boolean {
  if (consent === undefined) return false;
  const day = civilDateAt(moment);
  return consent.consent_begn <= day && day <= consent.consent_end;
}

/** The instant from which a consent no longer covers: the end of its last day in Shanghai. */
export function consentEndsAt(consent: Consent): string {
  return startOfDay(addDays(consent.consent_end, 1));
}

/** 00:00 of a civil date in Shanghai. */
export function startOfDay(date: string): string {
  return new Date(`${date}T00:00:00+08:00`).toISOString();
}

type Ending = Said & { readonly end_date?: string | undefined };

/** A termination announced for a later day than its own shortens the policy; any other ends it at once. */
function ended<Terms extends Pick<PolicyTerms, 'end_date' | 'policy_stas'>>(terms: Terms, end: Ending): Terms {
  const { end_date } = end;
  const later = end_date !== undefined && end_date > civilDateAt(new Date(end.asOf));
  const shorter = end_date !== undefined && end_date < terms.end_date ? { end_date } : {};
  return { ...terms, ...shorter, ...(later ? {} : { policy_stas: '2' as const }) };
}

function newest<T extends Said>(one: T | undefined, other: T | undefined): T | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return isNewer(one, other) ? one : other;
}

/** By instant; two statements of one instant by their source, so that it never matters which came first. */
function isNewer(one: Said, other: Said): boolean {
  return one.asOf === other.asOf ? one.source > other.source : one.asOf > other.asOf;
}

const keyOf = ({ insurer, policy_no, policy_sub_no }: PolicyKey): PolicyKey => ({ insurer, policy_no, policy_sub_no });
