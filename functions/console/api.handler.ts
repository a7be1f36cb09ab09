import { z } from 'zod';
import { caseRoutes } from '../cases/case-routes.ts';
import { exemptionRoutes } from '../cases/exemption-routes.ts';
import { runRoutes } from '../crosscheck/run-routes.ts';
import { sampleRoutes } from '../crosscheck/sample-check/sample-routes.ts';
import { insurerRoutes } from '../insurers/insurer-routes.ts';
import { messageRoutes } from '../insurers/message-routes.ts';
import { allowLoopback, wire } from '../insurers/wire-services.ts';
import { deliveryRoutes } from '../intake/delivery-routes.ts';
import { environment } from '../runtime/env.ts';
import { httpHandler } from '../runtime/http.ts';
import { dynamoItems } from '../runtime/items.ts';
import { readSettings } from '../runtime/settings-store.ts';
import { auditRoutes, auditTrail } from './audit-trail.ts';
import { openApiDocument } from './openapi.ts';
import { isRevoked, revokedKeyRoutes } from './revoked-keys.ts';
import { settingsRoutes } from './settings-routes.ts';
import { statusRoutes } from './status-routes.ts';

const { AUDIT_TABLE } = environment({ AUDIT_TABLE: z.string() });

const document = openApiDocument();

/** What operators ask and order; every request that is let in leaves its trail. */
export const handler = httpHandler(
  (api) => {
    api.use(auditTrail(dynamoItems, AUDIT_TABLE));
    auditRoutes(api, dynamoItems, AUDIT_TABLE);
    deliveryRoutes(api);
    runRoutes(api);
    sampleRoutes(api);
    caseRoutes(api);
    exemptionRoutes(api);
    insurerRoutes(api, wire, allowLoopback, async () => (await readSettings()).settlement);
    messageRoutes(api, wire);
    settingsRoutes(api);
    revokedKeyRoutes(api, dynamoItems, AUDIT_TABLE);
    statusRoutes(api);
  },
  {
    open: (api) => api.get('/openapi.json', (context) => context.json(document)),
    isRevoked: isRevoked(dynamoItems, AUDIT_TABLE),
  },
);
