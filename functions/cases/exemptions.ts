import { readCertificate } from '../../schemas/certificate.ts';
import { certTypes } from '../../schemas/code-lists.ts';
import {
  type Exemption,
  type ExemptionProposal,
  type ExemptionState,
  type ExemptionView,
  exemptionTransitions,
} from '../../schemas/exemption.ts';
import { personRef } from '../../schemas/person-ref.ts';

/** Who does it and when. */
export type Act = { readonly by: string; readonly at: string };

export type ExemptionRefusal = 'none-proposed' | 'wrong-state' | 'same-person';

/** One person proposes; whoever was exempt before and is no longer may be proposed again. */
export function propose(
  before: Exemption | undefined,
  person: Pick<Exemption, 'person_ref' | 'person_key'>,
  { reason, until }: ExemptionProposal,
  { by, at }: Act,
): Exemption | ExemptionRefusal {
  if (before !== undefined && !mayBecome(before, 'proposed')) return 'wrong-state';
  return {
    ...person,
    reason,
    until,
    state: 'proposed',
    version: (before?.version ?? 0) + 1,
    steps: [...(before?.steps ?? []), { to: 'proposed', reason, until, by, at }],
  };
}

/** Another person accepts: from the next run on the person is left out, until the day. */
export function accept(before: Exemption | undefined, act: Act): Exemption | ExemptionRefusal {
  if (before?.state === 'proposed' && before.steps.at(-1)?.by === act.by) return 'same-person';
  return step(before, 'accepted', act);
}

/** One person is enough to end it: who is asked again is no worse off. */
export function withdraw(before: Exemption | undefined, act: Act): Exemption | ExemptionRefusal {
  return step(before, 'withdrawn', act);
}

export const shown = ({ person_key, ...exemption }: Exemption): ExemptionView => exemption;

/** The persons of those that are accepted and have not expired on a date. */
export const inForce = (exemptions: readonly Exemption[], asOf: string): string[] =>
  exemptions.filter(({ state, until }) => state === 'accepted' && asOf < until).map(({ person_key }) => person_key);

/**
 * The person_key behind a reference, found by the certificate number of the person's case: only the right type and
 * number give that reference. Undefined for whoever has no number of their own.
 */
export function personKeyOf(secret: string, ref: string, certno: string | null): string | undefined {
  const keys = Object.keys(certTypes.codes).flatMap((type) => {
    const certificate = readCertificate(type, certno);
    return 'personKey' in certificate ? [certificate.personKey] : [];
  });
  return [...keys, `B:${certno}`].find((key) => personRef(secret, key) === ref);
}

function step(before: Exemption | undefined, to: ExemptionState, { by, at }: Act): Exemption | ExemptionRefusal {
  if (before === undefined) return 'none-proposed';
  if (!mayBecome(before, to)) return 'wrong-state';
  return { ...before, state: to, version: before.version + 1, steps: [...before.steps, { to, by, at }] };
}

const mayBecome = ({ state }: Exemption, to: ExemptionState): boolean =>
  (exemptionTransitions[state] as readonly ExemptionState[]).includes(to);
