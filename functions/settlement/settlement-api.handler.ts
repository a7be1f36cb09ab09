import { httpHandler, operatorsOnly } from '../runtime/http.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { productRoutes } from './product-routes.ts';
import { operatorRoutes, settlementRoutes } from './settlement-routes.ts';
import { settlementServices } from './settlement-services.ts';

/** Bills, products and the ledger. The bureau's core system may settle, preview and look; the rest is the operators'. */
export const handler = httpHandler(
  (api) => {
    settlementRoutes(api, settlementServices);
    api.use(operatorsOnly);
    operatorRoutes(api, settlementServices);
    productRoutes(api, settlementServices);
  reconciliationRoutes(api, reconciliationServices);
    ledgerRoutes(api, settlementServices);
  },
  { clients: ['operator', 'core'] },
);
