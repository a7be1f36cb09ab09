import type { DifferenceClass } from '../../../schemas/difference.ts';
import { differenceClasses } from '../../../schemas/difference.ts';
import { addressOf, type HubClient, HubRefusal, hubClient } from '../client.ts';
import { clearingStatements, coreStatements, type ReadStatement } from '../read-statement.ts';
import { number, tableOf } from '../show-outcome.ts';
import { wallTime } from '../wall-time.ts';

type ClientOptions = { endpoint?: string; data: string; json?: boolean };

type Totals = { count: number; amount: string };
type Scope = { source: string; insurer: string; product_code: string; refd_setl_flag: '0' | '1' };
type DayView = {
  day: string;
  closedAt: string | null;
  results: (Scope & { hub: Totals; other: Totals; equal: boolean; differences: string[] })[];
  missing: (Scope & { dueBy: string; overdue: boolean })[];
  booked: Omit<Scope, 'source'>[];
  differences: DifferenceView[];
  differenceCount: number;
};
type DifferenceView = {
  id: string;
  day: string;
  source: string;
  class: DifferenceClass;
  state: string;
  owner: string;
  ageDays: number;
  insurer?: string;
  setl_id?: string;
  policy_no?: string;
  hub_amt?: string;
  other_amt?: string;
  otherDay?: string;
  note?: { zh: string; en: string };
  events?: { at: string; by: string; to: string; reason: string }[];
};

/** `canbao reconcile DAY`: compares the day with every statement there is, after bringing those of files. */
export async function reconcile(
  day: string,
  options: ClientOptions & { core?: string; clearing?: string },
): Promise<void> {
  const hub = hubClient(addressOf(options));
  if (options.core !== undefined) await bring(hub, day, await coreStatements(options.core));
  if (options.clearing !== undefined) {
    const { booked } = await hub.get<DayView>(`/reconciliations/${day}`);
    await bring(hub, day, await clearingStatements(options.clearing, booked));
  }
  const view = await compared(hub, day);
  process.stdout.write(options.json === true ? `${JSON.stringify(view)}\n` : `${showDay(view)}\n`);
  if (view.differences.some(({ state }) => state === 'open') || view.missing.some(({ overdue }) => overdue))
    process.exitCode = 1;
}

export async function differences(options: ClientOptions & { state: string; limit: number }): Promise<void> {
  const path = `/differences?state=${encodeURIComponent(options.state)}&limit=${options.limit}`;
  const answer = await hubClient(addressOf(options)).get<{ differences: DifferenceView[] }>(path);
  process.stdout.write(
    options.json === true ? `${JSON.stringify(answer)}\n` : `${showDifferences(answer.differences)}\n`,
  );
}

/** A resolution is a new event; what was found stays as it is. */
export async function changeDifference(
  id: string,
  to: 'explained' | 'resolved' | 'open',
  options: ClientOptions & { reason: string; owner?: string },
): Promise<void> {
  const { reason, owner } = options;
  const body = { to, reason, ...(owner === undefined ? {} : { owner }) };
  const changed = await hubClient(addressOf(options)).post<DifferenceView>(
    `/differences/${encodeURIComponent(id)}`,
    body,
  );
  const events = (changed.events ?? []).map(({ at, by, to, reason }) => `  ${wallTime(at)} ${by} → ${to}: ${reason}`);
  process.stdout.write(
    options.json === true ? `${JSON.stringify(changed)}\n` : [showDifferences([changed]), ...events, ''].join('\n'),
  );
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

/** Lines of one request: far below what a request may hold. */
const linesTogether = 1000;

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
  const table = tableOf(
    ['对方 with', '产品 product', '类型', '本平台 hub', '', '对方 other', '', '差异 differences'],
    3,
  );
  for (const { source, insurer, product_code, refd_setl_flag, hub, other, differences } of view.results) {
    const amounts = [number(hub.count), hub.amount, number(other.count), other.amount];
    table.push([nameOf(source, insurer), product_code, kindOf(refd_setl_flag), ...amounts, number(differences.length)]);
  }
  for (const { source, insurer, product_code, refd_setl_flag, dueBy, overdue } of view.missing) {
    const words = overdue
      ? `未收到，已逾期 missing since ${wallTime(dueBy)}`
      : `未收到 awaited until ${wallTime(dueBy)}`;
    table.push([nameOf(source, insurer), product_code, kindOf(refd_setl_flag), { colSpan: 5, content: words }]);
  }
  const closed = view.closedAt === null ? '尚未日结 not closed yet' : `已日结 closed ${wallTime(view.closedAt)}`;
  const shown = view.differences.length;
  const more = view.differenceCount > shown ? [`显示 ${number(shown)} / ${number(view.differenceCount)} 项差异`] : [];
  return [`${view.day} ${closed}`, table.toString(), showDifferences(view.differences), ...more].join('\n');
}

function showDifferences(found: readonly DifferenceView[]): string {
  if (found.length === 0) return '没有差异 · no differences';
  const table = tableOf(
    ['编号 id', '日期 day', '差异 class', '结算 settlement', '状态 state', '天 days', '本平台 hub', '对方 other'],
    5,
  );
  for (const one of found) {
    const kind = `${differenceClasses[one.class].zh} ${one.class}${one.otherDay === undefined ? '' : ` ${one.otherDay}`}`;
    const amounts = [one.hub_amt ?? '', one.other_amt ?? ''];
    table.push([
      one.id,
      one.day,
      kind,
      one.setl_id ?? '',
      `${one.state} ${one.owner}`,
      number(one.ageDays),
      ...amounts,
    ]);
  }
  return table.toString();
}

function nameOf(source: string, insurer: string): string {
  if (source === 'core') return '核心系统 core';
  return source === 'clearing' ? `清算 clearing ${insurer}` : insurer;
}

const kindOf = (flag: '0' | '1'): string => (flag === '1' ? '退费 reversed' : '赔付 paid');
