import { z } from 'zod';
import { DifferenceAct, type DifferenceHistory, DifferencesQuery } from '../../../schemas/difference.ts';
import { yuanOfFen } from '../../../schemas/money.ts';
import {
  type DayView,
  type Reconciled,
  type ReconciledView,
  StatementOnWire,
  type StatementTaken,
} from '../../../schemas/reconciliation.ts';
import { civilDateAt } from '../../../schemas/time.ts';
import { type Api, problem, signerOf } from '../../runtime/http.ts';
import { billParts } from './bill-parts.ts';
import { type CloseDayDependencies, missingStatements } from './close-day.ts';
import { differenceStore } from './difference-store.ts';
import { differenceView } from './difference-view.ts';
import { bookScopes } from './hub-books.ts';
import { reconcileStatements } from './reconcile.ts';
import { statementStore } from './statement-store.ts';
import { partOnWire, takePart, unknownParts } from './take-statement.ts';

const Day = z.iso.date();

/** What a day's books came to beside everybody else's, and the differences that are left. */
export function reconciliationRoutes(api: Api, dependencies: CloseDayDependencies): void {
  const { items, tables, now } = dependencies;
  const statements = statementStore(items, tables.settlements);
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
    const statement = StatementOnWire.parse(await context.req.json());
    const unknown = unknownParts(statement);
    if (unknown.length > 0) return noSuchPart(unknown.length);
    const part = partOnWire(day, statement, now());
    await takePart(dependencies, part);
    const result = await statements.result(day, part);
    const taken = { whole: result !== undefined, result: result === undefined ? null : resultView(result) };
    return context.json(taken satisfies StatementTaken);
  });
  differenceRoutes(api, dependencies);
}

function differenceRoutes(api: Api, { items, tables, now }: CloseDayDependencies): void {
  const differences = differenceStore(items, tables.settlements);
  const historyOf = async (id: string): Promise<DifferenceHistory | undefined> => {
    const found = await differences.read(id);
    return found && { ...differenceView(found.item, now()), events: found.events };
  };
  api.get('/differences', async (context) => {
    const { state, limit } = DifferencesQuery.parse(context.req.query());
    const found = await differences.list(state, limit);
    return context.json({ differences: found.map((item) => differenceView(item, now())) });
  });
  api.get('/differences/:id', async (context) => {
    const history = await historyOf(context.req.param('id'));
    return history === undefined ? noSuchDifference() : context.json(history);
  });
  api.post('/differences/:id', async (context) => {
    const id = context.req.param('id');
    const act = DifferenceAct.parse(await context.req.json());
    if ((await differences.read(id)) === undefined) return noSuchDifference();
    if (!(await differences.change(id, { at: now().toISOString(), by: signerOf(context), ...act }))) return notNow();
    return context.json((await historyOf(id)) as DifferenceHistory);
  });
}

async function dayView(dependencies: CloseDayDependencies, day: string): Promise<DayView> {
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
    missing: (await missingStatements(dependencies, day)).map(({ due, ...missing }) => ({ ...missing, overdue: due })),
    booked: booked.flat().map(({ source: _, ...scope }) => scope),
    differences: found.flatMap((one) => (one === undefined ? [] : [differenceView(one.item, now())])),
    differenceCount: ids.length,
  };
}

const shownDifferences = 200;

const resultView = ({ hub, other, digest: _, ...result }: Reconciled): ReconciledView => ({
  ...result,
  hub: { count: hub.count, amount: yuanOfFen(hub.fen) },
  other: { count: other.count, amount: yuanOfFen(other.fen) },
  equal: hub.count === other.count && hub.fen === other.fen && result.differences.length === 0,
});

/** What was written in the place of a name is not said again. */
const noSuchPart = (count: number) =>
  problem(
    422,
    'reconciliation/unknown-part',
    `parts 中有 ${count} 个名称不是可核对的金额；可为 ${billParts.join('、')}`,
    `${count} of the names in parts are no amounts that are compared; there are ${billParts.join(', ')}`,
  );
const noSuchDifference = () =>
  problem(
    404,
    'no-such-difference',
    '没有该差异；编号见 canbao differences',
    'There is no such difference; canbao differences lists them',
  );
const notNow = () =>
  problem(
    409,
    'difference/not-now',
    '差异的状态不允许此操作，或刚被他人更改；请先查看',
    'Its state allows no such change, or somebody has just changed it: look at it first',
  );
