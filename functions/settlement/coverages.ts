import type { BenefitAccumulator } from '../../schemas/benefits.ts';
import type { Bill } from '../../schemas/bill.ts';
import { type Accumulator, type Policy, PolicyKey, samePolicy } from '../../schemas/policy.ts';
import type { ProductVersion } from '../../schemas/product.ts';
import type { Settings } from '../../schemas/settings.ts';
import type { Coverage, NotAsked } from '../../schemas/settlement.ts';
import { consentCovers } from './policies/policy-after.ts';
import { benefitYear, notCovered } from './shares.ts';

/** One transaction holds at most 100 writes, and each insurer of a bill takes up to seven of them. */
const maxInsurers = 10;

export type PersonsPolicies = {
  readonly policies: readonly Policy[];
  readonly accumulators: readonly (PolicyKey & Accumulator)[];
  /** What the public funds have paid for the person. */
  readonly benefits: readonly BenefitAccumulator[];
};
type PayerOrder = Settings['settlement']['payerOrder'];

/** Which of a person's policies are asked for a bill, in the order of asking, and why the others are not. */
export function coveragesOf(
  bill: Bill,
  { policies, accumulators }: Pick<PersonsPolicies, 'policies' | 'accumulators'>,
  products: readonly ProductVersion[],
  order: PayerOrder,
  moment: Date,
): { coverages: Coverage[]; notAsked: NotAsked[] } {
  const coverages: Coverage[] = [];
  const notAsked: NotAsked[] = [];
  const leaveOut = (policy: PolicyKey & { product_code: string }, reason: string): void => {
    const { insurer, policy_no, policy_sub_no, product_code } = policy;
    notAsked.push({ insurer, policy_no, policy_sub_no, product_code, reason });
  };
  for (const policy of policies) {
    const product = products.find((one) => isOf(one.product, policy));
    const reason = whyNot(policy, product, bill, moment);
    if (reason !== undefined || product === undefined || policy.consent === undefined) {
      leaveOut(policy, reason ?? 'no-product');
      continue;
    }
    const accumulator = accumulators.find((one) => one.year === benefitYear(bill) && samePolicy(one, policy));
    coverages.push(coverageOf(policy, policy.consent, product, accumulator));
  }
  coverages.sort((one, other) => compare(rank(one, order), rank(other, order)));
  for (const { product, ...policy } of coverages.slice(maxInsurers))
    leaveOut({ ...policy, product_code: product.product.product_code }, 'too-many-insurers');
  return { coverages: coverages.slice(0, maxInsurers), notAsked };
}

function whyNot(policy: Policy, product: ProductVersion | undefined, bill: Bill, moment: Date): string | undefined {
  if (policy.policy_stas !== '1') return 'terminated';
  if (bill.begndate < policy.begn_date || bill.enddate > policy.end_date) return 'outside-dates';
  if (product === undefined) return 'no-product';
  if (policy.consent === undefined) return Object.keys(policy.revoked).length > 0 ? 'consent-revoked' : 'no-consent';
  if (!consentCovers(policy.consent, moment)) return 'no-consent';
  return product.product.mode === 'hub' ? notCovered(product.product.rules, policy, bill) : undefined;
}

function coverageOf(
  policy: Policy,
  consent: NonNullable<Policy['consent']>,
  product: ProductVersion,
  accumulator: Accumulator | undefined,
): Coverage {
  const { insurer_person_ref, begn_date, end_date, wait_end, pre_existing, version, firstHolder } = policy;
  return {
    ...PolicyKey.parse(policy),
    product,
    insurer_person_ref,
    begn_date,
    end_date,
    ...(wait_end === undefined ? {} : { wait_end }),
    pre_existing,
    consent,
    policyVersion: version,
    ...(firstHolder === undefined ? {} : { firstHolder }),
    ...(accumulator === undefined || product.product.mode === 'insurer' ? {} : { accumulator }),
  };
}

/** As the settings say; then commercial insurers before mutual aid, and always the same way. */
function rank({ product: { product }, policy_no, policy_sub_no }: Coverage, order: PayerOrder): string[] {
  const { insurer, product_code, kind } = product;
  const named = order.findIndex(
    (one) => one.insurer === insurer && (one.product_code === undefined || one.product_code === product_code),
  );
  const place = String(named === -1 ? order.length : named).padStart(6, '0');
  return [place, kind === 'mutual-aid' ? '1' : '0', insurer, product_code, policy_no, policy_sub_no];
}

function compare(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((part, n) => part !== other[n]);
  return at === -1 ? 0 : (one[at] as string) < (other[at] as string) ? -1 : 1;
}

const isOf = (product: { insurer: string; product_code: string }, policy: Policy): boolean =>
  product.insurer === policy.insurer && product.product_code === policy.product_code;
