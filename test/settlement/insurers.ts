import type { ProductOnWire } from '../../schemas/product.ts';
import { isUscc } from '../../schemas/uscc.ts';

/** Valid unified social credit codes. */
export function usccs(count: number): string[] {
  const found: string[] = [];
  for (let n = 0; found.length < count; n += 1) {
    const codes = [...'0123456789ABCDEFGHJKLMNPQRTUWXY'].map(
      (check) => `91500000MA5U${String(n).padStart(5, '0')}${check}`,
    );
    found.push(...codes.filter(isUscc));
  }
  return found;
}

/** A product whose insurer adjudicates. */
export const asks = (insurer: string, product_code: string): ProductOnWire => ({
  mode: 'insurer',
  insurer,
  product_code,
  name: product_code,
});

/** A product whose share the hub computes: half of what is above 1000 yuan, where a test wants nothing else. */
export const computes = (insurer: string, product_code: string, rules: object = {}): ProductOnWire => ({
  mode: 'hub',
  insurer,
  product_code,
  name: product_code,
  rules: { counts: 'all', deductible: '1000.00', bands: [{ ratio: 0.5 }], ...rules },
});
