import { httpHandler } from '../runtime/http.ts';
import { productRoutes } from './product-routes.ts';
import { settlementRoutes } from './settlement-routes.ts';
import { settlementServices } from './settlement-services.ts';

/** Bills, products and the ledger; `core`, the bureau's core system, may settle and look, and nothing else. */
export const handler = httpHandler((api) => {
  settlementRoutes(api, settlementServices);
  productRoutes(api, settlementServices);
});
