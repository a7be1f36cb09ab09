import type { ProductVersion } from '../../schemas/product.ts';
import type { coveragesOf } from './coverages.ts';
import { productStore } from './product-store.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';

type Asked = ReturnType<typeof coveragesOf>;

/**
 * Which policies are asked. What was declared a moment ago may not be among the products kept here: looks again before
 * a policy is left out for want of its product, so that a product is asked from its first declaration on.
 */
export async function askedPolicies(
  { items, tables }: Pick<SettlementDependencies, 'items' | 'tables'>,
  kept: readonly ProductVersion[],
  judge: (products: readonly ProductVersion[]) => Asked,
): Promise<Asked> {
  const asked = judge(kept);
  if (!asked.notAsked.some(({ reason }) => reason === 'no-product')) return asked;
  return judge(await productStore(items, tables.policies).newest());
}
