import type { Item } from '../../functions/runtime/items.ts';
import { newestOf, type Roster } from './lake.ts';
import { personOf, personRefs, persons } from './people.ts';
import type { Said } from './watch.ts';

/** What a policy comes to, by whatever order its statements came in. */
type AsSaid = {
  readonly isValid: boolean;
  readonly consent_no: string | undefined;
  readonly person?: number | undefined;
};

/**
 * Policies that are not what the newest roster and the messages about them say, worked out here from all of that at once.
 * @param isTaken Whether the hub has taken a message, and not refused it.
 */
export function wrongPolicies(
  rosters: readonly Roster[],
  said: ReadonlyMap<string, Said>,
  isTaken: (insurer: string, id: string) => boolean,
  policies: ReadonlyMap<string, Item>,
): string[] {
  const messages = [...said].filter(([id, { insurer }]) => isTaken(insurer, id)).map(([id, one]) => ({ ...one, id }));
  const spoken = messages.map(({ insurer, policy_no }) => `${insurer}/${policy_no}/`);
  const listed = rosters.flatMap(({ rows }) => rows.map((row) => `${row.insurer_uscc}/${row.policy_no}/`));
  return [...new Set([...spoken, ...listed])].flatMap((name) => {
    const wanted = asSaid(
      name,
      rosters,
      messages.filter(({ insurer, policy_no }) => name === `${insurer}/${policy_no}/`),
    );
    const item = policies.get(name);
    const isValid = item !== undefined && item.policy_stas === '1';
    const consent_no = (item?.consent as { consent_no: string } | undefined)?.consent_no;
    const person = personRefs.indexOf(String(item?.person_ref));
    const isSame = consent_no === wanted.consent_no && person === wanted.person;
    const right = isValid === wanted.isValid && (!isValid || isSame);
    const is = `${isValid} with ${consent_no} of person ${person}`;
    return right ? [] : [`policy ${name} is ${is}, said was ${JSON.stringify(wanted)}`];
  });
}

function asSaid(name: string, rosters: readonly Roster[], messages: readonly (Said & { id: string })[]): AsSaid {
  const roster = newestOf(rosters)!;
  const at = new Date(Date.parse(`${roster.dataAsOf}T00:00:00+08:00`) + roster.sequence).toISOString();
  const row = roster.rows.find((one) => `${one.insurer_uscc}/${one.policy_no}/` === name);
  const isNamed = rosters.some(({ rows }) => rows.some(({ insurer_uscc }) => name.startsWith(`${insurer_uscc}/`)));
  const statements = messages.flatMap(({ type, at, id, data }) => {
    if (type === 'consent.revoked') return [];
    const consent_no = data.consent_no as string | undefined;
    const person = persons.findIndex(({ certno }) => certno === data.certno);
    return [{ at, source: `message:${id}`, isValid: type === 'policy.upserted', consent_no, person }];
  });
  const source = `roster:${roster.snapshotId}`;
  if (row !== undefined)
    statements.push({
      ...{ at, source, isValid: row.policy_stas === '1' },
      ...{ consent_no: row.consent_no ?? undefined, person: personOf(row) },
    });
  else if (isNamed) statements.push({ at, source, isValid: false, consent_no: undefined, person: -1 });
  const order = (one: { at: string; source: string }) => `${one.at} ${one.source}`;
  const newest = statements.toSorted((one, other) => (order(one) < order(other) ? 1 : -1))[0];
  if (newest === undefined) return { isValid: false, consent_no: undefined };
  const isRevoked = messages.some(
    ({ type, data }) => type === 'consent.revoked' && data.consent_no === newest.consent_no,
  );
  const { isValid, consent_no, person } = newest;
  return { isValid, consent_no: isRevoked ? undefined : consent_no, person };
}
