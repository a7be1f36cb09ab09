import type { Api } from '../runtime/http.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import { accumulatorPage, verifyPage } from './verify-ledger.ts';

/** The ledger recomputed, a page at a time: whoever asks adds the pages up, as `canbao ledger verify` does. */
export function ledgerRoutes(api: Api, dependencies: SettlementDependencies): void {
  api.get('/ledger/settlements', async (context) =>
    context.json(await verifyPage(dependencies, context.req.query('after'))),
  );
  api.get('/ledger/accumulators', async (context) =>
    context.json(await accumulatorPage(dependencies, context.req.query('after'))),
  );
}
