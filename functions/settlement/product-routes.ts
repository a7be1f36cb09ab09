import { z } from 'zod';
import { refuse } from '../../schemas/errors.ts';
import type { Insurer } from '../../schemas/insurer.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import {
  Product,
  ProductOnWire,
  type ProductResultsView,
  ProductShown,
  type ProductVersion,
  ProductVersionView,
  ResultsQuery,
} from '../../schemas/product.ts';
import type { Api } from '../runtime/http.ts';
import { strictJson } from '../runtime/strict-json.ts';
import { productResults } from './product-results.ts';
import { productStore } from './product-store.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import { refused } from './settlement-routes.ts';

type ProductDependencies = Pick<SettlementDependencies, 'items' | 'tables'> & {
  readonly insurers: () => Promise<readonly Pick<Insurer, 'id'>[]>;
};

/** Products of insurers: declared, versioned, never changed. */
export function productRoutes(api: Api, { items, tables, insurers }: ProductDependencies): void {
  const store = productStore(items, tables.policies);
  api.get('/products', async (context) => context.json({ products: (await store.newest()).map(onWire) }));
  api.post('/products', async (context) => {
    const json = strictJson(new Uint8Array(await context.req.arrayBuffer()));
    const parsed = ProductOnWire.safeParse(json?.value);
    if (!parsed.success) return refused(invalid(json?.value));
    const { insurer } = parsed.data;
    // Nobody would send its notices, or give them up: shares would stay open, and insurers after it unasked.
    if (!(await insurers()).some(({ id }) => id === insurer)) return refused(refuse('product/no-insurer', { insurer }));
    const added = await store.add(Product.parse(parsed.data), context.get('now'));
    return context.json(onWire(added), 201);
  });
  api.get('/products/:insurer/:product_code/results', async (context) => {
    const { insurer, product_code } = context.req.param();
    const days = ResultsQuery.parse(context.req.query());
    const { paid, takenBack } = await productResults(items, tables, { insurer, product_code }, days);
    const amounts = { paid: amountOf(paid), taken_back: amountOf(takenBack), net: yuanOfFen(paid.fen - takenBack.fen) };
    return context.json({ insurer, product_code, ...days, ...amounts } satisfies ProductResultsView);
  });
}

const amountOf = ({ count, fen }: { count: number; fen: number }) => ({ count, amount: yuanOfFen(fen) });

const onWire = ({ product, ...version }: ProductVersion): ProductVersionView =>
  ProductVersionView.parse({ ...version, product: z.encode(ProductShown, product) });

function invalid(value: unknown) {
  const words = (language: 'zhCN' | 'en') => {
    const { error } = ProductOnWire.safeParse(value, { error: z.locales[language]().localeError });
    const issues = error?.issues ?? [];
    return issues.map(({ path, message }) => `${path.join('.') || '·'}: ${message}`).join('; ');
  };
  return refuse('product/invalid', { zh: words('zhCN'), en: words('en') });
}
