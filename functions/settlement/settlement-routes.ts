import { explain, isRefusal, type Refusal } from '../../schemas/errors.ts';
import { type Api, problem } from '../runtime/http.ts';
import { acceptSettlement, previewSettlement } from './accept.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';

/** Settlements: settle, preview, look. */
export function settlementRoutes(api: Api, dependencies: SettlementDependencies): void {
  api.post('/settlements', async (context) => {
    const accepted = await acceptSettlement(dependencies, await bodyOf(context.req));
    if (isRefusal(accepted)) return refused(accepted);
    return context.json(accepted.answer, accepted.first ? 201 : 200);
  });
  api.post('/settlements/preview', async (context) => {
    const answer = await previewSettlement(dependencies, await bodyOf(context.req));
    return isRefusal(answer) ? refused(answer) : context.json(answer);
  });
}

const bodyOf = async (request: { arrayBuffer(): Promise<ArrayBuffer> }) => new Uint8Array(await request.arrayBuffer());

const statusOf: Partial<Record<Refusal['code'], number>> = {
  'settlement/bad-bill': 400,
  'settlement/too-large': 413,
  'settlement/same-id-other-content': 409,
  'settlement/no-such-settlement': 404,
  'settlement/busy': 503,
};

/** A refusal as a problem document, with what it names: sums, or the places that are wrong. */
export function refused(refusal: Refusal & { sums?: unknown; issues?: unknown }): Response {
  const { zh, en } = explain(refusal);
  const more = {
    ...(refusal.sums === undefined ? {} : { sums: refusal.sums }),
    ...(refusal.issues === undefined ? {} : { issues: refusal.issues }),
  };
  return problem(statusOf[refusal.code] ?? 422, refusal.code, zh, en, more);
}
