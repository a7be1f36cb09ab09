import { readCertificate } from '../../../schemas/certificate.ts';
import type { IncomingMessage } from '../../../schemas/messages.ts';
import { personRef } from '../../../schemas/person-ref.ts';
import type { PolicyKey, PolicyRecord, PolicyTerms } from '../../../schemas/policy.ts';
import type { Items } from '../../runtime/items.ts';
import { type PolicyFact, policyAfter, statedTerms } from './policy-after.ts';
import { type OpenShare, policyStore, policyWrites, readsOtherwise } from './policy-store.ts';
import { asLoaded, consentOf, insurerPersonRef } from './roster-facts.ts';
import { rosterStore, spokenWrite } from './roster-store.ts';

export type PolicyMessage = Extract<
  IncomingMessage,
  { type: 'policy.upserted' | 'policy.terminated' | 'consent.revoked' }
>;

export type PolicyMessageDependencies = {
  readonly items: Items;
  /** Table `policies`. */
  readonly table: string;
  readonly secret: () => Promise<string>;
  /** Ends a share whose notice nobody has accepted, where the person's consent no longer covers it. */
  readonly holdToConsent: (open: OpenShare) => Promise<void>;
};

export type PolicyMessageOutcome =
  | { readonly state: 'applied' | 'unchanged'; readonly waits: readonly PolicyMessageWaits[] }
  | { readonly state: 'refused'; readonly code: PolicyMessageRefusal };
export type PolicyMessageRefusal = 'policy/bad-certificate' | 'policy/bad-dates' | 'policy/from-the-future';

/** Why a message that is kept does not do what its sender may think. */
export type PolicyMessageWaits = 'policy/unknown' | 'policy/consent-not-in-force' | 'policy/consent-revoked';

/** An insurer's clock may be this much ahead. */
const toleratedSeconds = 300;
const maxTries = 10;

/**
 * What an insurer says of a policy of its own becomes known. Every step may be repeated: the caller marks the
 * message as handled afterwards, so that a crash anywhere in between does all of it again and changes nothing twice.
 */
export async function takePolicyMessage(
  dependencies: PolicyMessageDependencies,
  { insurer, id, message, receivedAt }: { insurer: string; id: string; message: PolicyMessage; receivedAt: Date },
): Promise<PolicyMessageOutcome> {
  const { policy_no, policy_sub_no } = message.data;
  const key: PolicyKey = { insurer, policy_no, policy_sub_no };
  const fact = factOfMessage(message, { insurer, id, receivedAt, secret: await dependencies.secret() });
  if (typeof fact === 'string') return { state: 'refused', code: fact };
  const { state, record } = await learn(dependencies, key, fact);
  const open = await policyStore(dependencies.items, dependencies.table).openShares(key);
  for (const share of open) await dependencies.holdToConsent(share);
  return { state, waits: waitsOf(message, record) };
}

/**
 * What the insurer has to hear, for its 202 looks the same: a slip in a number would let notices go on, or keep them
 * back, and nobody would know. By what is known now: what is on its way may yet make it right, and the insurer can tell.
 */
function waitsOf(message: PolicyMessage, record: PolicyRecord): PolicyMessageWaits[] {
  const terms = statedTerms(record);
  if (message.type === 'policy.upserted') {
    const { consent_no } = message.data;
    const dead = consent_no !== undefined && record.revoked[consent_no] !== undefined;
    return dead && terms?.consent?.consent_no === consent_no ? ['policy/consent-revoked'] : [];
  }
  if (terms === undefined) return ['policy/unknown'];
  const matches = message.type !== 'consent.revoked' || terms.consent?.consent_no === message.data.consent_no;
  return matches ? [] : ['policy/consent-not-in-force'];
}

/** What a message says, or why it cannot be believed. */
function factOfMessage(
  message: PolicyMessage,
  from: { insurer: string; id: string; receivedAt: Date; secret: string },
): PolicyFact | PolicyMessageRefusal {
  const said = { asOf: new Date(message.timestamp).toISOString(), source: `message:${from.id}` };
  if (Date.parse(said.asOf) > from.receivedAt.getTime() + toleratedSeconds * 1000) return 'policy/from-the-future';
  if (message.type === 'consent.revoked') {
    const { consent_no, revoked_at } = message.data;
    return { kind: 'revoked', consent_no, asOf: new Date(revoked_at).toISOString() };
  }
  if (message.type === 'policy.terminated') return { kind: 'terminated', ...said, end_date: message.data.end_date };
  const terms = termsOf(message.data, from.insurer, from.secret);
  return typeof terms === 'string' ? terms : { kind: 'upserted', ...said, terms };
}

/**
 * Writes a fact, until it is read back: nobody says it again, and a revocation that is lost is a notice too many. A
 * roster that becomes the loaded one meanwhile has either seen the policy on its list of those that messages spoke of,
 * or is seen here after the write.
 */
async function learn(
  { items, table }: PolicyMessageDependencies,
  key: PolicyKey,
  fact: PolicyFact,
): Promise<{ state: 'applied' | 'unchanged'; record: PolicyRecord }> {
  const [policies, rosters] = [policyStore(items, table), rosterStore(items, table)];
  let loaded = await rosters.loaded();
  let state: 'applied' | 'unchanged' = 'unchanged';
  for (let tries = 0; tries < maxTries; tries += 1) {
    const previous = await policies.record(key);
    const standing = asLoaded(previous, key, loaded);
    const next = policyAfter(standing, key, fact);
    if (next !== standing || readsOtherwise(previous, next)) {
      const spoken = fact.kind === 'revoked' ? [] : [spokenWrite(table, key)];
      if (await items.write([...policyWrites(table, previous, next), ...spoken])) state = 'applied';
      continue;
    }
    const now = await rosters.loaded();
    if (now?.snapshotId === loaded?.snapshotId) return { state, record: next };
    loaded = now;
  }
  throw new Error('A policy kept changing while a message about it was taken');
}

function termsOf(
  data: Extract<PolicyMessage, { type: 'policy.upserted' }>['data'],
  insurer: string,
  secret: string,
): PolicyTerms | PolicyMessageRefusal {
  const { product_code, begn_date, end_date, wait_end, pre_existing, consent_fields, consent_begn, consent_end } = data;
  const certificate = readCertificate(data.psn_cert_type, data.certno);
  if (!('personKey' in certificate)) return 'policy/bad-certificate';
  if (begn_date > end_date || (consent_begn ?? begn_date) > (consent_end ?? end_date)) return 'policy/bad-dates';
  return {
    person_ref: personRef(secret, certificate.personKey),
    insurer_person_ref: insurerPersonRef(secret, insurer, certificate.personKey),
    product_code,
    begn_date,
    end_date,
    ...(wait_end === undefined ? {} : { wait_end }),
    pre_existing: pre_existing === '1',
    ...consentOf(data, { begn_date, end_date }, consent_fields),
    policy_stas: '1',
  };
}
