import { insurerPersonRef, type RosterRow } from '../../functions/settlement/policies/roster-facts.ts';
import type { Dice } from '../../infra/county/dice.ts';
import { readCertificate } from '../../schemas/certificate.ts';
import { personRef } from '../../schemas/person-ref.ts';
import type { ProductOnWire } from '../../schemas/product.ts';
import { hubSecret } from './hub.ts';

/** Who there is in every world, and how they may be insured. */
export const insurerIds = ['91500000MA5U0000XN', '91440800MA4UUUUU29', '91440101MA5AAAAA5N'] as const;
export const persons = [
  { certno: '110101199003074477', psn_name: '张三丰' },
  { certno: '11010119900307889X', psn_name: '李四光' },
] as const;
export const productCode = 'PRO';

const personKeys = persons.map(({ certno }) => {
  const read = readCertificate('01', certno);
  if (!('personKey' in read)) throw new Error(read.status);
  return read.personKey;
});
/** The hub's own references of the persons, which no insurer may learn. */
export const personRefs = personKeys.map((key) => personRef(hubSecret, key));

/** In no message at all. */
export const secrets: readonly string[] = [
  ...persons.flatMap(({ certno, psn_name }) => [certno, psn_name]),
  ...personRefs,
  hubSecret,
];
/** How an insurer knows the persons: what only it may read. */
export const knownTo = (insurer: string): string[] =>
  personKeys.map((key) => insurerPersonRef(hubSecret, insurer, key));

export const policyNo = (insurer: string, person: number): string => `P-${insurer.slice(-3)}-${person}`;
export const consentNo = (person: number): string => `C${person}`;

/** @param asked How often the insurer is asked, and does not have its share computed for it. */
export function productOf(insurer: string, dice: Dice, asked: number): ProductOnWire {
  const common = { insurer, product_code: productCode, name: '示例' };
  if (dice.chance(asked)) return { ...common, mode: 'insurer' };
  const bands = dice.pick([[{ ratio: 0.8 }], [{ upTo: '500.00', ratio: 0.333333 }, { ratio: 0.6 }]]);
  const cap = dice.chance(0.5) ? { annualCap: '700.00' } : {};
  return { ...common, mode: 'hub', rules: { counts: 'all', deductible: dice.pick(['0.00', '100.01']), bands, ...cap } };
}

/** A person's policy as the first roster has it. */
export function rosterRow(insurer: string, person: number, dice: Dice): RosterRow {
  const consented = dice.chance(0.95);
  return {
    insurer_uscc: insurer,
    policy_no: policyNo(insurer, person),
    policy_sub_no: '',
    person_key: personKeys[person]!,
    product_code: productCode,
    begn_date: '2024-01-01',
    end_date: '2024-12-31',
    wait_end: null,
    pre_existing: false,
    consent_no: consented ? consentNo(person) : null,
    consent_begn: '2024-01-01',
    consent_end: dice.pick(['2025-12-31', '2025-12-31', '2024-06-03', '2024-06-05']),
    policy_stas: '1',
  };
}

/** Whom a row of a roster names. */
export const personOf = ({ person_key }: RosterRow): number => personKeys.indexOf(person_key);

/** Whether what is said of a policy says that it is the other person's. */
export const isOthers = (person: number, { certno }: Record<string, unknown>): boolean =>
  certno !== undefined && certno !== persons[person]!.certno;

/** The next roster: some policies are gone, some ended, some have another consent, some are another person's. */
export function rowsAfter(rows: readonly RosterRow[], dice: Dice): RosterRow[] {
  return rows.flatMap((row) => {
    if (dice.chance(0.2)) return [];
    if (dice.chance(0.2)) return [{ ...row, policy_stas: '2' }];
    if (dice.chance(0.1)) return [{ ...row, person_key: personKeys[1 - personOf(row)]! }];
    return [dice.chance(0.3) ? { ...row, consent_no: `${row.consent_no ?? 'C'}+` } : row];
  });
}

/** What an insurer may say of a policy of its own. */
export function policyMessage(
  insurer: string,
  person: number,
  at: Date,
  dice: Dice,
): { type: 'policy.upserted' | 'policy.terminated' | 'consent.revoked'; data: Record<string, unknown> } {
  const policy = { policy_no: policyNo(insurer, person) };
  const kind = dice.pick(['revoked', 'revoked', 'terminated', 'upserted', 'upserted'] as const);
  if (kind === 'revoked') return revocation(insurer, person, at);
  if (kind === 'terminated') return { type: 'policy.terminated', data: policy };
  // Now and then its insurer corrects whose it is.
  const { certno } = persons[dice.chance(0.3) ? 1 - person : person]!;
  const dates = { begn_date: '2024-01-01', end_date: '2024-12-31', consent_begn: '2024-01-01' };
  const consent_no = dice.pick([consentNo(person), `${consentNo(person)}m`]);
  return { type: 'policy.upserted', data: { ...policy, product_code: productCode, certno, ...dates, consent_no } };
}

export function revocation(insurer: string, person: number, at: Date) {
  const data = { policy_no: policyNo(insurer, person), consent_no: consentNo(person), revoked_at: at.toISOString() };
  return { type: 'consent.revoked' as const, data };
}
