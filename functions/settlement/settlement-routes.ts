import type { MiddlewareHandler } from 'hono';
import { explain, isRefusal, type Refusal, refuse } from '../../schemas/errors.ts';
import type { SettlementLedger } from '../../schemas/ledger.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import {
  type ReversalView,
  SettleByHand,
  type Settlement,
  type SettlementAnswer,
  type SettlementView,
  type Share,
} from '../../schemas/settlement.ts';
import { type Api, type ApiVariables, problem, signerOf } from '../runtime/http.ts';
import { acceptSettlement, previewSettlement } from './accept.ts';
import { answerOf } from './counter-answer.ts';
import { differenceStore } from './reconciliation/difference-store.ts';
import { differenceView } from './reconciliation/difference-view.ts';
import { refusalOf } from './refused-reversal.ts';
import { reversalKey } from './reversal-fault.ts';
import { settleByHand } from './settle-by-hand.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import type { Known, Reversal } from './settlement-store.ts';
import { statementOf } from './statement.ts';
import { statementPage } from './statement-page.ts';

type Middleware = MiddlewareHandler<{ Variables: ApiVariables }>;

/** At the counter: settle. The commands of a settlement are the core system's trail; an operator leaves one beside. */
export function counterRoutes(api: Api, dependencies: SettlementDependencies, trail: Middleware): void {
  const unlessCore: Middleware = (context, next) => (context.get('client') === 'core' ? next() : trail(context, next));
  api.post('/settlements', unlessCore, async (context) => {
    const accepted = await acceptSettlement(dependencies, await bodyOf(context.req));
    if (isRefusal(accepted)) return refused(accepted);
    return context.json(accepted.answer, accepted.first ? 201 : 200);
  });
}

/** Look, print, and see beforehand what a bill would come to. */
export function settlementRoutes(api: Api, dependencies: SettlementDependencies): void {
  const { store } = dependencies;
  api.post('/settlements/preview', async (context) => {
    const answer = await previewSettlement(dependencies, await bodyOf(context.req));
    return isRefusal(answer) ? refused(answer) : context.json(answer);
  });
  api.get('/settlements/:setl_id', async (context) => {
    const known = await store.read(context.req.param('setl_id'));
    if (known === undefined) return refused(refuse('settlement/no-such-settlement'));
    const found = await differencesAbout(dependencies, known);
    if (known.kind === 'bill') return context.json({ ...settlementView(known.settlement), ...found });
    const named = await store.read(known.reversal.orig_setl_id);
    return context.json({ ...reversalView(known.reversal, named), ...found });
  });
  api.get('/settlements/:setl_id/statement', async (context) => {
    const { entries } = await store.history(context.req.param('setl_id'));
    const statement = statementOf(entries);
    if (statement === undefined) return refused(refuse('settlement/no-such-settlement'));
    if (!(context.req.header('accept') ?? '').includes('text/html')) return context.json(statement);
    const products = await dependencies.products();
    const named = (insurer: string, code: string) =>
      products.find(({ product }) => product.insurer === insurer && product.product_code === code)?.product.name;
    return context.html(statementPage(statement, named));
  });
}

/** What only operators may do. */
export function operatorRoutes(api: Api, dependencies: SettlementDependencies): void {
  api.get('/settlements/:setl_id/ledger', async (context) => {
    const { commands, entries } = await dependencies.store.history(context.req.param('setl_id'));
    const ordered = commands.map(({ id, kind, at }) => ({ id, kind, at }));
    return context.json({ commands: ordered, entries: [...entries] } satisfies SettlementLedger);
  });
  api.post('/settlements/:setl_id/settle-by-hand', async (context) => {
    const { reason } = SettleByHand.parse(await context.req.json());
    const [by, requestId] = [signerOf(context), context.get('requestId')];
    const settled = await settleByHand(dependencies, context.req.param('setl_id'), { by, reason, requestId });
    return isRefusal(settled) ? refused(settled) : context.json(settlementView(settled));
  });
}

const bodyOf = async (request: { arrayBuffer(): Promise<ArrayBuffer> }) => new Uint8Array(await request.arrayBuffer());

/** `counter`: what was answered first. `shares` and the patient's amounts are as they are now, payouts apart. */
function settlementView(settlement: Settlement): SettlementView {
  const { setl_id, state, bill, terms, shares, notAsked, receivedAt, settledAt, windowEnds, reversal, sums } =
    settlement;
  const now: SettlementAnswer | undefined =
    bill && terms && sums === undefined ? answerOf(bill, terms, state, shares, notAsked) : undefined;
  const late = shares.flatMap((share) => (share.late === undefined ? [] : [lateView(share, share.late)]));
  return {
    ...(now ?? { setl_id, state }),
    received_at: receivedAt,
    ...(windowEnds === undefined ? {} : { window_ends: windowEnds }),
    ...(settledAt === undefined ? {} : { settled_at: settledAt }),
    ...(settlement.answer === undefined ? {} : { counter: settlement.answer }),
    ...(late.length === 0 ? {} : { late }),
    ...(reversal === undefined ? {} : { reversed_by: reversal.setl_id }),
    ...(sums === undefined ? {} : { sums }),
  };
}

const lateView = (
  { insurer, policy_no, policy_sub_no, product_code }: Share,
  { decision, paidFen, at }: NonNullable<Share['late']>,
) => ({ insurer, policy_no, policy_sub_no, product_code, decision, paid_amt: yuanOfFen(paidFen), at });

function reversalView(reversal: Reversal, named: Known | undefined): ReversalView {
  const { setl_id, orig_setl_id, receivedAt, answer } = reversal;
  const refusal = refusalOf(reversal, named);
  return {
    setl_id,
    orig_setl_id,
    received_at: receivedAt,
    ...(answer === undefined ? {} : { counter: answer }),
    ...(refusal === undefined ? {} : { refused: refusal.code, reason: explain(refusal) }),
  };
}

/** What is to be cleared up about it, and was: of a reversal, why it was refused stands under the settlement it names. */
async function differencesAbout({ items, tables, now }: SettlementDependencies, known: Known) {
  const store = differenceStore(items, tables.settlements);
  const ofReversal = async ({ setl_id, orig_setl_id }: Reversal) => {
    const named = await store.about(orig_setl_id);
    return [...(await store.about(setl_id)), ...named.filter(({ key }) => key === reversalKey(orig_setl_id, setl_id))];
  };
  const found = known.kind === 'bill' ? await store.about(known.settlement.setl_id) : await ofReversal(known.reversal);
  return found.length === 0 ? {} : { differences: found.map((item) => differenceView(item, now())) };
}

const statusOf: Partial<Record<Refusal['code'], number>> = {
  'settlement/bad-bill': 400,
  'settlement/too-large': 413,
  'settlement/same-id-other-content': 409,
  'settlement/nothing-open': 409,
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
