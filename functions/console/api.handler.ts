import { caseRoutes } from '../cases/case-routes.ts';
import { runRoutes } from '../crosscheck/run-routes.ts';
import { deliveryRoutes } from '../intake/delivery-routes.ts';
import { httpHandler } from '../runtime/http.ts';
import { settingsRoutes } from './settings-routes.ts';
import { statusRoutes } from './status-routes.ts';

export const handler = httpHandler((api) => {
  deliveryRoutes(api);
  runRoutes(api);
  caseRoutes(api);
  settingsRoutes(api);
  statusRoutes(api);
});
