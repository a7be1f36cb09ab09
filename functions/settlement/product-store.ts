import { isDeepStrictEqual } from 'node:util';
import { type Product, ProductVersion } from '../../schemas/product.ts';
import type { Items } from '../runtime/items.ts';

/** Products stand in the table `policies`: all versions of one, and the newest of all together. */
export type ProductStore = {
  /** A declaration that is the newest version already is none. */
  add(product: Product, at: Date): Promise<ProductVersion>;
  /** The newest version of every product. */
  newest(): Promise<ProductVersion[]>;
  versions(insurer: string, productCode: string): Promise<ProductVersion[]>;
};

export function productStore(items: Items, table: string): ProductStore {
  const store: ProductStore = {
    async add(product, at) {
      for (;;) {
        const last = (await store.versions(product.insurer, product.product_code)).at(-1);
        if (last !== undefined && isDeepStrictEqual(last.product, product)) return last;
        const next: ProductVersion = { version: (last?.version ?? 0) + 1, addedAt: at.toISOString(), product };
        const name = `${product.insurer}#${product.product_code}`;
        const added = await items.write([
          { table, put: { pk: `product#${name}`, sk: versionKey(next.version), ...next }, when: 'absent' },
          { table, put: { pk: 'products', sk: name, ...next } },
        ]);
        if (added) return next;
      }
    },
    async newest() {
      return (await items.query(table, { pk: 'products' })).map((item) => ProductVersion.parse(item));
    },
    async versions(insurer, productCode) {
      return (await items.query(table, { pk: `product#${insurer}#${productCode}` })).map((item) =>
        ProductVersion.parse(item),
      );
    },
  };
  return store;
}

const versionKey = (version: number): string => `v#${String(version).padStart(4, '0')}`;
