import {
  type DifferenceHistory,
  type DifferenceList,
  type DifferenceState,
  type DifferenceView,
  differenceClasses,
} from '../../../schemas/difference.ts';
import { type Booked, type DayView, type StatementScope, scopeName } from '../../../schemas/reconciliation.ts';
import { type ClientOptions, show } from '../answer.ts';
import { type HubClient, HubRefusal, hubOf } from '../client.ts';
import { clearingStatements, coreStatements, type ReadStatement } from '../read-statement.ts';
import { number, tableOf } from '../table.ts';
import { wallTime } from '../wall-time.ts';

/** `canbao reconcile DAY`: compares the day with every statement there is, after bringing those of files. */
export async function reconcile(
  day: string,
  options: ClientOptions & { core?: string; clearing?: string },
): Promise<void> {
  const hub = hubOf(options);
  if (options.core !== undefined) await bring(hub, day, await coreStatements(options.core));
  if (options.clearing !== undefined) {
    const { booked } = await hub.get<DayView>(`/reconciliations/${day}`);
    await bring(hub, day, await clearingStatements(options.clearing, booked));
  }
  const view = await compared(hub, day);
  show(options, view, () => showDay(view));
  if (view.differences.some(({ state }) => state === 'open') || view.missing.some(({ overdue }) => overdue))
    process.exitCode = 1;
}

export async function differences(options: ClientOptions & { state: string; limit: number }): Promise<void> {
  const path = `/differences?state=${encodeURIComponent(options.state)}&limit=${options.limit}`;
  const answer = await hubOf(options).get<DifferenceList>(path);
  show(options, answer, () => showDifferences(answer.differences));
}

/** One difference with all that was done about it. */
export async function showDifference(id: string, options: ClientOptions): Promise<void> {
  const found = await hubOf(options).get<DifferenceHistory>(`/differences/${encodeURIComponent(id)}`);
  show(options, found, () => showHistory(found));
}

/** A resolution is a new event; what was found stays as it is. */
export async function changeDifference(
  id: string,
  to: DifferenceState,
  options: ClientOptions & { reason: string; owner?: string },
): Promise<void> {
  const { reason, owner } = options;
  const act = { to, reason, ...(owner === undefined ? {} : { owner }) };
  const path = `/differences/${encodeURIComponent(id)}`;
  const changed = await hubOf(options).post<DifferenceHistory>(path, act);
  show(options, changed, () => showHistory(changed));
}

async function compared(hub: HubClient, day: string): Promise<DayView> {
  try {
    return await hub.post<DayView>(`/reconciliations/${day}`, {});
  } catch (error) {
    // A day that is not over can be looked at all the same.
    if (error instanceof HubRefusal && error.code === 'reconciliation/day-not-over')
      return hub.get<DayView>(`/reconciliations/${day}`);
    throw error;
  }
}

/** Lines of one request: far below what a request may hold, every payer of each bill among them. */
const linesTogether = 500;

async function bring(hub: HubClient, day: string, statements: readonly ReadStatement[]): Promise<void> {
  for (const { items, ...statement } of statements) {
    const parts = Math.max(1, Math.ceil(items.length / linesTogether));
    for (let part = 1; part <= parts; part += 1) {
      const some = items.slice((part - 1) * linesTogether, part * linesTogether);
      await hub.post(`/reconciliations/${day}/statements`, { ...statement, part, parts, items: some });
    }
  }
}

function showDay(view: DayView): string {
  const head = ['对方\nwith', '', '笔数\nhub', '枢纽\namount', '笔数\nother', '对方\namount', '差异\ndiffer'];
  const table = tableOf(head, 2, { ruled: true });
  for (const { hub, other, differences, ...scope } of view.results) {
    const amounts = [number(hub.count), hub.amount, number(other.count), other.amount];
    table.push([nameOf(scope), kindOf(scope), ...amounts, number(differences.length)]);
  }
  for (const { dueBy, overdue, ...scope } of view.missing) {
    const words = overdue
      ? `未收到，已逾期 missing since ${wallTime(dueBy)}`
      : `未收到，时限 awaited until ${wallTime(dueBy)}`;
    table.push([nameOf(scope), kindOf(scope), { colSpan: 5, content: words, hAlign: 'left' }]);
  }
  const known = new Set([...view.results, ...view.missing].map(scopeName));
  for (const booked of view.booked) {
    const scope = { source: 'insurer', ...booked } as const;
    if (known.has(scopeName(scope))) continue;
    const words = '已入账，当日结束后核对 booked, compared when the day is over';
    table.push([nameOf(scope), kindOf(scope), { colSpan: 5, content: words, hAlign: 'left' }]);
  }
  const closed = view.closedAt === null ? '尚未日结 not closed yet' : `已日结 closed ${wallTime(view.closedAt)}`;
  const shown = view.differences.length;
  const more =
    view.differenceCount > shown
      ? [`显示 ${number(shown)} / ${number(view.differenceCount)} 项差异 · differences shown, of all`]
      : [];
  const books = table.length === 0 ? '没有账目，也没有对账单 · no books, and no statement' : table.toString();
  return [`${view.day} ${closed}`, books, showDifferences(view.differences), ...more].join('\n');
}

export function showDifferences(found: readonly DifferenceView[]): string {
  if (found.length === 0) return '没有差异 · no differences';
  const head = [
    '编号 id\n结算 settlement',
    '日期 day 对方 with\n差异 class\n承办 owner',
    '状态 state\n天 days',
    '枢纽 hub\n对方 other',
  ];
  const table = tableOf(head, 3, { ruled: true });
  for (const one of found) {
    const flag = one.refd_setl_flag === '1' ? ' 退费 reversed' : '';
    const about = [one.id, `${one.setl_id ?? ''}${flag}`, one.insurer ?? '', one.policy_no ?? ''];
    const kind = [`${one.day} ${one.source}`, differenceClasses[one.class].zh, one.class, one.owner];
    const amounts = `${one.hub_amt ?? '—'}\n${one.other_amt ?? '—'}`;
    table.push([lines(about), lines(kind), `${stateWords[one.state]}\n${number(one.ageDays)}`, amounts]);
  }
  return table.toString();
}

function showHistory(found: DifferenceHistory): string {
  const { zh, en } = differenceClasses[found.class];
  const others = [
    found.otherDay === undefined ? '' : `对方记在 the other side has it on ${found.otherDay}`,
    found.times === undefined || found.times < 2 ? '' : `对方有 ${found.times} 次 · ${found.times} times`,
    found.note?.zh ?? '',
    found.note?.en ?? '',
  ];
  const events = found.events.map(({ at, by, to, owner, reason }) =>
    [`${wallTime(at)} ${by} → ${stateWords[to]}${owner === undefined ? '' : ` (${owner})`}`, `  ${reason}`].join('\n'),
  );
  return lines([showDifferences([found]), `${zh} · ${en}`, ...others, ...events]);
}

const stateWords: Record<DifferenceState, string> = {
  open: '待处理 open',
  explained: '已说明 explained',
  resolved: '已办结 resolved',
};

const lines = (some: readonly string[]): string => some.filter((line) => line !== '').join('\n');

function nameOf({ source, insurer, product_code }: StatementScope): string {
  const who = { core: '核心系统 core', clearing: `清算 clearing\n${insurer}`, insurer };
  return lines([who[source], product_code]);
}

const kindOf = ({ refd_setl_flag }: Booked): string => (refd_setl_flag === '1' ? '退费\nreversed' : '赔付\npaid');
