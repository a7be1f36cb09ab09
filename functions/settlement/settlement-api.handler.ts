import { z } from 'zod';
import { auditTrail } from '../console/audit-trail.ts';
import { isRevoked } from '../console/revoked-keys.ts';
import { environment } from '../runtime/env.ts';
import { httpHandler, operatorsOnly } from '../runtime/http.ts';
import { dynamoItems } from '../runtime/items.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { productRoutes } from './product-routes.ts';
import { reconciliationRoutes } from './reconciliation/reconciliation-routes.ts';
import { reconciliationServices } from './reconciliation/reconciliation-services.ts';
import { sealRoutes } from './seal/seal-routes.ts';
import { counterRoutes, operatorRoutes, settlementRoutes } from './settlement-routes.ts';
import { settlementServices } from './settlement-services.ts';

const { AUDIT_TABLE } = environment({ AUDIT_TABLE: z.string() });

const trail = auditTrail(dynamoItems, AUDIT_TABLE);

/**
 * Bills, products and the ledger. The bureau's core system may settle, preview and look; the rest is the operators'.
 * A bill that the core system settles leaves its commands; whatever else is asked leaves its trail.
 */
export const handler = httpHandler(
  (api) => {
    counterRoutes(api, settlementServices, trail);
    api.use(trail);
    settlementRoutes(api, settlementServices);
    api.use(operatorsOnly);
    operatorRoutes(api, settlementServices);
    productRoutes(api, reconciliationServices);
    ledgerRoutes(api, settlementServices);
    reconciliationRoutes(api, reconciliationServices);
    sealRoutes(api, reconciliationServices);
  },
  { clients: ['operator', 'core'], isRevoked: isRevoked(dynamoItems, AUDIT_TABLE) },
);
