import { join } from 'node:path';
import type { DeliveryView } from '../../schemas/delivery.ts';
import { feedNamed } from '../../schemas/feeds/register.ts';
import type { Report } from '../../schemas/run.ts';
import type { Outcome } from './check.ts';
import { number, tableOf } from './table.ts';

const states: Record<DeliveryView['state'], string> = {
  received: '处理中 received',
  released: '已放行 released',
  superseded: '已被替代 superseded',
  waiting: '等待前序 waiting',
  held: '暂缓 held',
  accepted: '已接收 accepted',
  refused: '退回 refused',
};

export function showDeliveries(deliveries: readonly DeliveryView[]): string {
  const table = tableOf(['数据源 feed', '状态 state', '行 rows', '接收 accepted', '警告 warned', '拒收 rejected'], 2);
  for (const { feed, state, counts } of deliveries) {
    const numbers = [counts?.read, counts?.accepted, counts?.warned, counts?.rejected];
    table.push([`${feedNamed(feed)?.title.zh ?? ''} ${feed}`, states[state], ...numbers.map(number)]);
  }
  const said = deliveries.flatMap(({ feed, reasons = [] }) =>
    reasons.map(({ code, zh, en }) => ({ of: feed, words: `${zh}\n  ${en} (${code})` })),
  );
  return [table.toString(), ...saidOnce(said)].join('\n');
}

/** What is said of several feeds or rules stands once, behind all of them. */
const saidOnce = (said: readonly { of: string; words: string }[]): string[] =>
  [...Map.groupBy(said, ({ words }) => words)].map(([words, all]) => `${all.map(({ of }) => of).join(', ')}: ${words}`);

export function showReport(report: Report): string {
  const priorities = ['P0', 'P1', 'P2', 'P3'];
  const table = tableOf(
    ['规则\nrule', '', '对象\nconsidered', '疑点\nfound', ...priorities, '新增\nnew', '关闭\nclosed'],
    2,
  );
  const notRun: { of: string; words: string }[] = [];
  for (const rule of report.rules) {
    const name = `${rule.title.zh} ${rule.slug}`;
    if (rule.state === 'not-run') {
      table.push([rule.rule, name, '未运行', 'not run', ...Array<string>(6).fill('')]);
      notRun.push(...rule.notRun.map(({ zh, en }) => ({ of: rule.rule, words: `${zh}\n  ${en}` })));
      continue;
    }
    const byPriority = priorities.map((priority) => number(rule.byPriority[priority] ?? 0));
    table.push([
      rule.rule,
      name,
      number(rule.considered),
      number(rule.found),
      ...byPriority,
      number(rule.byStatus.new ?? 0),
      number(rule.byStatus.closed ?? 0),
    ]);
  }
  const { total } = report.participation;
  return [
    table.toString(),
    ...saidOnce(notRun),
    `疑点 findings ${number(report.findings.open)} · 涉及人数 persons ${number(report.findings.persons)}`,
    `名单口径参保率 known to be covered ${percent(total.rate)} (${number(total.covered)} / ${number(total.target)}) · 困难群众 hardship ${percent(total.hardshipRate)}`,
    '本表为疑点，不作停保、追款依据。Findings are leads for a person to verify.',
  ].join('\n');
}

/** Everything of a check for people, or as one JSON line. */
export function showOutcome(outcome: Outcome, out: string, json: boolean): string {
  const { deliveries, run, report } = outcome;
  if (json) return JSON.stringify({ deliveries, run: { ...run, files: undefined }, findings: report?.findings, out });
  if (report === undefined)
    return `${showDeliveries(deliveries)}\n\n比对未完成 The run did not complete: ${run.reason ?? run.state}`;
  const files = { '疑点 findings': 'findings.csv', '回执 acknowledgements': 'acks/', '报告 report': 'report.html' };
  const where = Object.entries(files).map(([label, file]) => `${label}: ${join(out, file)}`);
  return [showDeliveries(deliveries), showReport(report), where.join('\n')].join('\n\n');
}

/** Cut, not rounded: 100% is said only of all. */
const percent = (share: number | null): string =>
  share === null ? '—' : `${(Math.floor(share * 10_000) / 100).toFixed(2)}%`;
