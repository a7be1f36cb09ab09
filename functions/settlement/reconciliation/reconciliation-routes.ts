import { z } from 'zod';
import { DifferenceAct, type DifferenceItem, differenceTransitions } from '../../../schemas/difference.ts';
import { yuanOfFen } from '../../../schemas/money.ts';
import { type Reconciled, StatementOnWire, type StatementScope } from '../../../schemas/reconciliation.ts';
import { civilDateAt, daysBetween } from '../../../schemas/time.ts';
import { type Api, problem, signerOf } from '../../runtime/http.ts';
import { recordLines } from '../seal/day-seal.ts';
import { merkleRoot } from '../seal/merkle.ts';
import { recordsOf, type SealDependencies } from '../seal/seal-day.ts';
import { publicSealKey, readSeal, sealKeys } from '../seal/seal-store.ts';
import { type CloseDayDependencies, missingStatements } from './close-day.ts';
import { differenceStore } from './difference-store.ts';
import { bookScopes } from './hub-books.ts';
import { reconcileStatements } from './reconcile.ts';
import { statementStore } from './statement-store.ts';
import { takenBack, takePart } from './take-statement.ts';

export type ReconciliationDependencies = CloseDayDependencies & {
  readonly sealing: SealDependencies;
  /** Address from which an object of the seals can be fetched for a while. */
  readonly link: (key: string) => Promise<string>;
};

const Day = z.iso.date();
const states = Object.keys(differenceTransitions) as [DifferenceItem['state'], ...DifferenceItem['state'][]];
const DifferencesQuery = z.object({
  state: z.enum(states).default('open'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** What a day's books came to beside everybody else's, the differences that are left, and the seals of the days. */
export function reconciliationRoutes(api: Api, dependencies: ReconciliationDependencies): void {
  const { items, tables, now } = dependencies;
  const statements = statementStore(items, tables.settlements);
  const differences = differenceStore(items, tables.settlements);

  api.get('/reconciliations/:day', async (context) =>
    context.json(await dayView(dependencies, Day.parse(context.req.param('day')))),
  );
  api.post('/reconciliations/:day', async (context) => {
    const day = Day.parse(context.req.param('day'));
    if (day >= civilDateAt(now()))
      return problem(422, 'reconciliation/day-not-over', '该日尚未结束', 'The day is not over');
    await reconcileStatements(dependencies, day);
    return context.json(await dayView(dependencies, day));
  });
  api.post('/reconciliations/:day/statements', async (context) => {
    const day = Day.parse(context.req.param('day'));
    const { amount, items: lines, ...part } = StatementOnWire.parse(await context.req.json());
    const taken = (fen: number) => takenBack(part.refd_setl_flag, fen);
    const takenParts = (parts: Record<string, number> = {}) =>
      Object.fromEntries(Object.entries(parts).map(([name, fen]) => [name, taken(fen)]));
    await takePart(dependencies, {
      ...part,
      day,
      totalFen: taken(amount),
      asOf: now().toISOString(),
      lines: lines.map(({ amount: fen, parts, ...line }) => ({ ...line, fen: taken(fen), parts: takenParts(parts) })),
    });
    const result = await statements.result(day, part);
    return context.json({ whole: result !== undefined, result: result === undefined ? null : resultView(result) });
  });

  api.get('/differences', async (context) => {
    const { state, limit } = DifferencesQuery.parse(context.req.query());
    const found = await differences.list(state, limit);
    return context.json({ differences: found.map((item) => differenceView(item, now())) });
  });
  api.get('/differences/:id', async (context) => {
    const found = await differences.read(context.req.param('id'));
    if (found === undefined) return noSuchDifference();
    return context.json({ ...differenceView(found.item, now()), events: found.events });
  });
  api.post('/differences/:id', async (context) => {
    const id = context.req.param('id');
    const { to, reason, owner } = DifferenceAct.parse(await context.req.json());
    if ((await differences.read(id)) === undefined) return noSuchDifference();
    const event = {
      at: now().toISOString(),
      by: signerOf(context),
      to,
      reason,
      ...(owner === undefined ? {} : { owner }),
    };
    if (!(await differences.change(id, event)))
      return problem(
        409,
        'difference/not-now',
        '差异的状态不允许此操作，或刚被他人更改',
        'Its state allows no such change, or somebody has just changed it',
      );
    const changed = await differences.read(id);
    return context.json({ ...differenceView(changed!.item, now()), events: changed!.events });
  });
  sealRoutes(api, dependencies);
}

function sealRoutes(api: Api, { items, tables, sealing, link }: ReconciliationDependencies): void {
  api.get('/ledger/seals/key', async (context) => {
    const publicKey = await publicSealKey(items, tables.settlements);
    return publicKey === undefined ? noSeal() : context.json({ publicKey });
  });
  api.get('/ledger/seals/:day', async (context) => {
    const day = Day.parse(context.req.param('day'));
    const seal = await readSeal(sealing.bucket, day);
    if (seal === undefined) return noSeal();
    return context.json({ day, seal, records: await link(sealKeys.records(day)) });
  });
  // What the seal says against what the hub's tables say now.
  api.get('/ledger/seals/:day/now', async (context) => {
    const day = Day.parse(context.req.param('day'));
    return context.json({ day, root: merkleRoot(recordLines(await recordsOf(sealing, day))) });
  });
}

async function dayView(dependencies: ReconciliationDependencies, day: string) {
  const { items, tables, insurers, now } = dependencies;
  const statements = statementStore(items, tables.settlements);
  const results = await statements.results(day);
  const ids = results.flatMap((result) => result.differences);
  const kept = differenceStore(items, tables.settlements);
  const found = await Promise.all(ids.slice(0, shownDifferences).map((id) => kept.read(id)));
  const booked = await Promise.all((await insurers()).map(({ id }) => bookScopes(items, tables.settlements, id, day)));
  return {
    day,
    closedAt: (await statements.closedAt(day)) ?? null,
    results: results.map(resultView),
    missing: (await missingStatements(dependencies, day)).map(({ due, dueBy, ...scope }) => ({
      ...scope,
      dueBy,
      overdue: due,
    })),
    /** Products and flags that stand in the hub's books of the day. */
    booked: booked
      .flat()
      .map(({ insurer, product_code, refd_setl_flag }: StatementScope) => ({ insurer, product_code, refd_setl_flag })),
    differences: found.flatMap((one) => (one === undefined ? [] : [differenceView(one.item, now())])),
    differenceCount: ids.length,
  };
}

const shownDifferences = 200;

const resultView = ({ hub, other, digest: _, ...result }: Reconciled) => ({
  ...result,
  hub: { count: hub.count, amount: yuanOfFen(hub.fen) },
  other: { count: other.count, amount: yuanOfFen(other.fen) },
  equal: hub.count === other.count && hub.fen === other.fen && result.differences.length === 0,
});

const differenceView = ({ hubFen, otherFen, ...item }: DifferenceItem, now: Date) => ({
  ...item,
  ...(hubFen === undefined ? {} : { hub_amt: yuanOfFen(hubFen) }),
  ...(otherFen === undefined ? {} : { other_amt: yuanOfFen(otherFen) }),
  ageDays: daysBetween(civilDateAt(new Date(item.openedAt)), civilDateAt(now)),
});

const noSuchDifference = () => problem(404, 'no-such-difference', '没有该差异', 'There is no such difference');
const noSeal = () => problem(404, 'no-such-seal', '该日尚未封存', 'The day has no seal');
