import { createHmac } from 'node:crypto';
import { personRef } from '../../../schemas/person-ref.ts';
import type { LoadedRoster, PolicyKey, PolicyRecord, PolicyTerms } from '../../../schemas/policy.ts';
import type { Snapshot } from '../../../schemas/snapshot.ts';
import { type PolicyFact, policyAfter, startOfDay } from './policy-after.ts';

/** A row of the roster as it lies in the lake, of the columns that settlement needs. No name among them. */
export type RosterRow = {
  readonly insurer_uscc: string;
  readonly policy_no: string;
  readonly policy_sub_no: string;
  readonly person_key: string;
  readonly product_code: string;
  readonly begn_date: string;
  readonly end_date: string;
  readonly wait_end: string | null;
  readonly pre_existing: boolean | null;
  readonly consent_no: string | null;
  readonly consent_begn: string | null;
  readonly consent_end: string | null;
  readonly policy_stas: string | null;
};

/**
 * The instant from which a roster's statements count: 00:00 of its date, so that a message of that day, which knows
 * the hour, outranks it whichever came first. A later delivery of the same date counts a little later.
 */
export function rosterAsOf({ dataAsOf, sequence }: Pick<Snapshot, 'dataAsOf' | 'sequence'>): string {
  return new Date(Date.parse(startOfDay(dataAsOf)) + Math.min(sequence, 86_399_999)).toISOString();
}

/** What a change between two rosters says: a row, or, where the newer one has none, that there is none any more. */
export function factOfRoster(row: RosterRow | undefined, roster: LoadedRoster, secret: string): PolicyFact {
  const said = { asOf: roster.asOf, source: `roster:${roster.snapshotId}` };
  return row === undefined ? { kind: 'unlisted', ...said } : { kind: 'listed', ...said, terms: termsOf(row, secret) };
}

/**
 * A policy's record with what the loaded roster says of it, though nothing was written for it when the roster was
 * loaded: an unchanged row was said again, and what is still missing is missing still.
 */
export function asLoaded(
  record: PolicyRecord | undefined,
  key: PolicyKey,
  loaded: LoadedRoster | undefined,
): PolicyRecord | undefined {
  if (loaded === undefined) return record;
  const said = { asOf: loaded.asOf, source: `roster:${loaded.snapshotId}` };
  const { listed, unlisted } = record ?? {};
  if (listed !== undefined && (unlisted === undefined || listed.asOf > unlisted.asOf))
    return policyAfter(record, key, { kind: 'listed', ...said, terms: listed.terms });
  if (unlisted !== undefined || loaded.insurers.includes(key.insurer))
    return policyAfter(record, key, { kind: 'unlisted', ...said });
  return record;
}

/** The person as an insurer knows it: another secret for each, so that insurers cannot tell whom they share. */
export function insurerPersonRef(secret: string, insurer: string, personKey: string): string {
  return personRef(createHmac('sha256', secret).update(`insurer ${insurer}`).digest('hex'), personKey);
}

/** A consent without dates of its own holds as long as the policy. */
export function consentOf(
  { consent_no, consent_begn, consent_end }: ConsentColumns,
  { begn_date, end_date }: Pick<PolicyTerms, 'begn_date' | 'end_date'>,
  fields: string[] = [],
): Pick<PolicyTerms, 'consent'> {
  if (!consent_no) return {};
  return {
    consent: { consent_no, consent_begn: consent_begn ?? begn_date, consent_end: consent_end ?? end_date, fields },
  };
}

type ConsentColumns = {
  readonly consent_no?: string | null | undefined;
  readonly consent_begn?: string | null | undefined;
  readonly consent_end?: string | null | undefined;
};

function termsOf(row: RosterRow, secret: string): PolicyTerms {
  const { begn_date, end_date, wait_end, person_key } = row;
  return {
    person_ref: personRef(secret, person_key),
    insurer_person_ref: insurerPersonRef(secret, row.insurer_uscc, person_key),
    product_code: row.product_code,
    begn_date,
    end_date,
    ...(wait_end === null ? {} : { wait_end }),
    pre_existing: row.pre_existing === true,
    ...consentOf(row, row),
    policy_stas: row.policy_stas === '2' ? '2' : '1',
  };
}
