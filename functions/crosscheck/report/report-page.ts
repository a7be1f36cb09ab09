import { html, raw } from 'hono/html';
import { type Owner, owners, priorities } from '../../../schemas/finding.ts';
import type { Report } from '../../../schemas/run.ts';
import { families } from '../rule.ts';
import { coverageChart, findingsChart, freshnessChart, maxTownships, openOf } from './report-charts.ts';
import { reportStyle } from './report-style.ts';
import { percent, townshipName, whole } from './report-words.ts';

type Html = ReturnType<typeof html>;
type Rule = Report['rules'][number];
type Feed = Report['feeds'][number];

/** What every page and list of findings says. */
export const disclaimer = '本表为疑点，不作停保、追款依据';

/**
 * A run's report for people: one HTML page that needs nothing else, with the same figures as `report.json`.
 * Chinese first; reads on a phone, prints on A4. Holds counts only, never a person.
 */
export function reportPage(report: Report): string {
  const { area, asOf } = report.run;
  return String(html`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${area.name} 参保数据比对报告 ${asOf}</title>
<link rel="icon" href="data:,">
<style>${raw(reportStyle)}</style>
</head>
<body>
${masthead(report)}
<main>
${notice(report.rules)}
${tiles(report)}
<nav aria-label="目录 Contents">
<a href="#participation">参保情况</a><a href="#glance">图示</a>${report.participation.townships.length === 0 ? '' : html`<a href="#townships">各乡镇</a>`}<a href="#findings">疑点</a><a href="#funnels">各规则漏斗</a><a href="#feeds">数据来源</a><a href="#run">比对依据</a>
</nav>
${participation(report.participation)}
${glance(report)}
${findings(report.rules)}
${funnels(report.rules)}
${feeds(report.feeds)}
${basis(report)}
<footer>「${disclaimer}」${en('Leads to be verified by a person; not grounds to suspend cover or to reclaim money.')}</footer>
</main>
</body>
</html>`);
}

function masthead({ run }: Report): Html {
  return html`<header><div>
<h1>${run.area.name} 参保数据比对报告${en('Cross-check of enrolment data')}</h1>
<p class="facts">
<span>截至 <b>${run.asOf}</b> ${en('as of')}</span>
<span>参保年度 <b>${run.year}</b> ${en('insurance year')}</span>
<span>第 <b>${run.sequence}</b> 次比对 ${en(`run ${run.sequence}`)}</span>
</p>
</div></header>`;
}

function notice(rules: readonly Rule[]): Html {
  const silent = rules.filter(({ notRun }) => notRun.length > 0);
  return html`<div class="warning" role="note">
<p><strong>「${disclaimer}」</strong> ${en('These are leads for a person to verify, not grounds to suspend cover or to reclaim money.')}</p>
</div>
${
  silent.length === 0
    ? ''
    : html`<div class="warning" role="note">
<p><strong>${silent.length} 条规则未运行或只部分运行</strong> ${en(`${silent.length} rules were not run, or only in part; their open findings are carried over, not closed`)}</p>
<ul>${[...byReason(silent)].map(([zh, { en: english, codes }]) => html`<li>${zh}：${codes.join('、')} ${en(english)}</li>`)}</ul>
</div>`
}`;
}

/** Chinese reason → its English and the rules that it keeps from running. */
function byReason(rules: readonly Rule[]): Map<string, { en: string; codes: string[] }> {
  const reasons = new Map<string, { en: string; codes: string[] }>();
  for (const { rule, notRun } of rules) {
    for (const { zh, en: english } of notRun) {
      const reason = reasons.get(zh) ?? { en: english, codes: [] };
      reason.codes.push(rule);
      reasons.set(zh, reason);
    }
  }
  return reasons;
}

function tiles({ findings: found, rules, feeds: all }: Report): Html {
  const used = all.filter(({ state }) => state !== 'not-in-use');
  const tile = (label: string, english: string, value: string, urgent = false) =>
    html`<li class="card${urgent ? ' urgent' : ''}"><span>${label}</span><b>${value}</b>${en(english)}</li>`;
  return html`<ul class="tiles">
${tile('疑点', 'open findings', whole(found.open))}
${tile('涉及人数', 'persons', whole(found.persons))}
${priorities.map((priority) => {
  const count = found.byPriority[priority] ?? 0;
  return tile(`${priority} 级`, `priority ${priority}`, whole(count), priority === 'P0' && count > 0);
})}
${tile('已运行规则', 'rules run', `${rules.filter(({ state }) => state === 'evaluated').length} / ${rules.length}`)}
${tile('时限内数据', 'feeds fresh', `${used.filter(({ fresh }) => fresh).length} / ${used.length}`)}
</ul>`;
}

function participation(figures: Report['participation']): Html {
  const { assessed, total, targets } = figures;
  const target = targets.participation;
  return html`<section aria-labelledby="participation">
<h2 id="participation">参保情况 ${en('Participation')}</h2>
<p class="lead">①②③ 三个口径的分子、分母各不相同，不可相加、相减或互相替代。 ${en('Three figures with different bases: never added, subtracted or exchanged for one another.')}</p>
<div class="figures">
${figure({ zh: '① 考核口径', en: 'assessment figure', rate: assessed?.rate ?? null, target, text: assessedText(assessed) })}
${figure({
  zh: '② 名单口径',
  en: 'list figure',
  rate: total.rate,
  target,
  text: html`名单内应参保 ${whole(total.target)} 人，已知参保 ${whole(total.covered)} 人 ${en('target people known to be covered')}`,
})}
${figure({
  zh: '③ 情况不明占比',
  en: 'share of unknown',
  rate: total.unknownRate,
  text: html`${whole(total.unknown)} 人未经异地核查或核查已过期 ${en('cover elsewhere never asked, or too long ago')}`,
})}
${figure({
  zh: '困难群众参保率',
  en: 'hardship participation',
  rate: total.hardshipRate,
  target: targets.hardshipParticipation,
  text: html`困难群众 ${whole(total.hardship)} 人，已参保 ${whole(total.hardshipCovered)} 人，尚缺 <b>${whole(total.hardship - total.hardshipCovered)}</b> 人 ${en('people in hardship covered, and still missing')}`,
})}
</div>
</section>`;
}

function assessedText(assessed: Report['participation']['assessed']): Html {
  if (assessed === null) {
    return html`医保局尚未录入常住人口数 ${en('the bureau has not entered the official resident population')}`;
  }
  const { insured, residents, source, date } = assessed;
  return html`本地参保 ${whole(insured)} 人 ÷ 常住人口 ${whole(residents)} 人（${source}，${date}） ${en('locally insured ÷ official residents')}`;
}

function figure(of: { zh: string; en: string; rate: number | null; target?: number; text: Html }): Html {
  const { rate, target } = of;
  const judged = rate === null || target === undefined ? '' : rate >= target ? ' good' : ' poor';
  return html`<div class="card figure${target === undefined ? ' plain' : ''}">
<h3>${of.zh} ${en(of.en)}</h3>
<b>${percent(rate)}</b>
<div class="meter${judged}" aria-hidden="true"><i style="width:${percent(rate ?? 0)}"></i>${target === undefined ? '' : html`<u style="left:calc(${percent(target)} - 2px)"></u>`}</div>
${target === undefined ? '' : html`<p>目标 target ${percent(target)}${rate === null ? '' : rate >= target ? '，已达到 reached' : '，未达到 not reached'}</p>`}
<p>${of.text}</p>
</div>`;
}

function glance({ participation: figures, rules, feeds: all }: Report): Html {
  const counted = figures.townships.filter(({ rate }) => rate !== null).length;
  const few = counted > maxTownships ? `: the lowest ${maxTownships} of ${counted}` : '';
  return html`<section aria-labelledby="glance">
<h2 id="glance">图示 ${en('At a glance')}</h2>
<div class="charts">
${counted === 0 ? '' : chart('各乡镇参保率（② 名单口径）', `Coverage by township, list figure, lowest first${few}`, coverageChart(figures))}
${rules.every((rule) => openOf(rule) === 0) ? '' : chart('各规则疑点（按优先级）', 'Open findings by rule and priority', findingsChart(rules))}
${chart('数据时效（占时限的比例）', 'Age of each feed as a share of its limit', freshnessChart(all))}
</div>
</section>
${figures.townships.length === 0 ? '' : townshipTable(figures)}`;
}

function townshipTable({ townships, total }: Report['participation']): Html {
  const row = (name: string | Html, line: typeof total, kind = '') => html`<tr class="${kind}">
<th scope="row">${name}</th>${number(line.target)}${number(line.covered)}<td class="n">${percent(line.rate)}</td>
${number(line.unknown)}<td class="n">${percent(line.unknownRate)}</td>
${number(line.hardship)}${number(line.hardshipCovered)}<td class="n">${percent(line.hardshipRate)}</td></tr>`;
  return html`<section aria-labelledby="townships">
<h2 id="townships">各乡镇参保情况 ${en('By township')}</h2>
${table(
  '应参保、已知参保、不明及困难群众 Target people, covered, unknown, hardship',
  [
    column('乡镇', 'township'),
    column('应参保', 'target', 'n'),
    column('已知参保', 'covered', 'n'),
    column('②', 'rate', 'n'),
    column('不明', 'unknown', 'n'),
    column('③', 'share', 'n'),
    column('困难群众', 'hardship', 'n'),
    column('已参保', 'covered', 'n'),
    column('参保率', 'rate', 'n'),
  ],
  [...townships.map((line) => row(townshipName(line), line)), row(html`合计 ${en('total')}`, total, 'total')],
)}
</section>`;
}

function findings(rules: readonly Rule[]): Html {
  const statuses = ['new', 'continued', 'changed', 'reopened', 'carried-over', 'closed'] as const;
  const row = (line: Rule) => html`<tr>
<th scope="row"><code>${line.rule}</code> ${line.title.zh}${en(line.title.en)}</th>${number(openOf(line))}
${priorities.map((priority) => number(line.byPriority[priority] ?? 0))}${statuses.map((status) => number(line.byStatus[status] ?? 0))}</tr>`;
  const sum = (of: (rule: Rule) => number) => number(rules.reduce((total, rule) => total + of(rule), 0));
  return html`<section aria-labelledby="findings">
<h2 id="findings">疑点 ${en('Findings')}</h2>
${table(
  '各规则疑点及与上次比对的差别 By rule, and against the run before',
  [
    column('规则', 'rule'),
    column('疑点', 'open', 'n'),
    ...priorities.map((priority) => column(priority, '', 'n')),
    column('新增', 'new', 'n'),
    column('延续', 'continued', 'n'),
    column('变化', 'changed', 'n'),
    column('重现', 'reopened', 'n'),
    column('沿用', 'carried over', 'n'),
    column('核销', 'closed', 'n'),
  ],
  [
    ...rules.map(row),
    html`<tr class="total"><th scope="row">合计 ${en('total')}</th>${sum(openOf)}${priorities.map((priority) => sum((rule) => rule.byPriority[priority] ?? 0))}${statuses.map((status) => sum((rule) => rule.byStatus[status] ?? 0))}</tr>`,
  ],
)}
</section>`;
}

function funnels(rules: readonly Rule[]): Html {
  const sections = Object.entries(families).filter(([family]) => rules.some((rule) => rule.family === family));
  return html`<section aria-labelledby="funnels">
<h2 id="funnels">各规则漏斗 ${en('How each rule came to its findings')}</h2>
<p class="lead">每条规则看了多少、因何排除多少、剩下多少疑点。 ${en('What each rule considered, what it excluded and why, what it found.')}</p>
${sections.map(
  ([family, title]) => html`<h3 style="margin-top:18px">${title.zh} ${en(title.en)}</h3>
<div class="rules">${rules.filter((rule) => rule.family === family).map(funnel)}</div>`,
)}
</section>`;
}

function funnel(line: Rule): Html {
  const { considered, excluded, found, withheld } = line;
  const owner = owners[line.owner as Owner];
  const reasons = Object.entries(excluded).filter(([, count]) => count > 0);
  const clear = considered - found - reasons.reduce((sum, [, count]) => sum + count, 0);
  const share = (count: number) => percent(considered === 0 ? 0 : Math.min(1, count / considered));
  const step = (kind: string, label: Html, count: number) =>
    html`<li class="${kind}"><i style="width:${share(count)}"></i><span>${label}</span><span>${whole(count)}</span></li>`;
  return html`<article class="card rule" aria-label="${line.rule} ${line.title.zh}">
<header><h3><code>${line.rule}</code> ${line.title.zh} ${en(line.title.en)}</h3>${stateOf(line)}</header>
<p class="owner">${owner.zh} ${en(owner.en)}</p>
${line.notRun.map((reason) => html`<p>${reason.zh} ${en(reason.en)}</p>`)}
${
  line.state === 'not-run'
    ? ''
    : html`<ul class="funnel">
${step('', html`查看 ${en('considered')}`, considered)}
${reasons.map(([code, count]) => step('minus', html`− ${line.reasons[code]?.zh ?? code} ${en(line.reasons[code]?.en ?? '')}`, count))}
${clear > 0 ? step('minus', html`− 无疑点 ${en('clear')}`, clear) : ''}
${step('found', html`疑点 ${en('found')}`, found)}
${withheld > 0 ? step('minus', html`其中因同类疑点沿用而未提出 ${en('of them not raised: one of the family is carried over')}`, withheld) : ''}
</ul>`
}
</article>`;
}

function stateOf({ state }: Rule): Html {
  if (state === 'evaluated') return html`<span class="state good">已运行 run</span>`;
  if (state === 'partly') return html`<span class="state poor">部分运行 in part</span>`;
  return html`<span class="state bad">未运行 not run</span>`;
}

function feeds(all: readonly Feed[]): Html {
  const row = (feed: Feed) => html`<tr>
<th scope="row">${feed.title.zh}${en(feed.feed)}</th><td>${feed.agency.zh}</td><td>${freshness(feed)}</td>
<td>${feed.dataAsOf ?? '—'}${feed.declared === false ? html` <span class="state poor">未声明</span>${en('undeclared')}` : ''}</td>
<td class="n">${feed.ageDays === null ? '—' : whole(feed.ageDays)} / ${feed.limitDays}</td>
${['rows', 'accepted', 'warned', 'rejected', 'dropped'].map((kind) => number(feed.counts[kind]))}</tr>`;
  return html`<section aria-labelledby="feeds">
<h2 id="feeds">数据来源 ${en('Feeds')}</h2>
<p class="lead">超过时限或缺少的数据，相关规则不运行，原有疑点沿用而不核销。 ${en('Where a feed is missing or too old its rules are not run; their findings are carried over, not closed.')}</p>
${table(
  '各数据来源 Feeds',
  [
    column('数据', 'feed'),
    column('提供单位', 'agency'),
    column('时效', 'freshness'),
    column('数据截止日期', 'data as of'),
    column('天数 / 时限', 'days / limit', 'n'),
    column('读取行', 'rows', 'n'),
    column('接收', 'accepted', 'n'),
    column('有提示', 'warned', 'n'),
    column('拒收', 'rejected', 'n'),
    column('重复去除', 'dropped', 'n'),
  ],
  all.map(row),
)}
</section>`;
}

function freshness({ state, fresh }: Feed): Html {
  if (state === 'not-in-use') return html`<span class="state">未启用</span>${en('not in use')}`;
  if (state === 'missing') return html`<span class="state bad">缺</span>${en('missing')}`;
  return fresh
    ? html`<span class="state good">时限内</span>${en('fresh')}`
    : html`<span class="state bad">超时限</span>${en('too old')}`;
}

function basis({ run, inputs, tasks, timings }: Report): Html {
  const row = (zh: string, english: string, value: unknown) =>
    html`<tr><th scope="row">${zh} ${en(english)}</th><td class="text"><code>${value}</code></td></tr>`;
  return html`<section aria-labelledby="run">
<h2 id="run">比对依据 ${en('What this run is based on')}</h2>
<div class="ids">${table(
    '同样的依据得出同样的结果 The same inputs give the same result',
    [column('项目', 'item'), column('值', 'value')],
    [
      row('比对编号', 'run', run.runId),
      row('上次比对', 'run before', run.previousRunId ?? '—'),
      row('疑点进入个案', 'brought to cases', run.changesCases ? '是 yes' : '否，仅回看 no, a look back'),
      row('分片', 'tasks', `${tasks.total}（计算 evaluated ${tasks.evaluated}，沿用 reused ${tasks.reused}）`),
      row('设置摘要', 'settings, SHA-256', inputs.settingsDigest),
      ...Object.entries(inputs.snapshots).map(([feed, id]) => row(feed, 'snapshot', id)),
      row('开始', 'started', timings.startedAt),
      row('完成', 'finished', timings.finishedAt),
      ...Object.entries(timings.seconds).map(([name, seconds]) => row(name, 'seconds', seconds.toFixed(1))),
      row('内存峰值', 'peak memory', `${whole(Math.round(timings.peakMemoryMb))} MB`),
    ],
  )}</div>
</section>`;
}

const en = (text: string): Html | string => (text === '' ? '' : html`<span class="en" lang="en">${text}</span>`);

/** The figures of a chart stand in the table beside it, so the picture itself is described by its caption alone. */
const chart = (zh: string, english: string, svg: string): Html =>
  html`<figure class="card" role="group"><figcaption>${zh}<small lang="en">${english}</small></figcaption>${raw(svg)}</figure>`;

const table = (caption: string, head: readonly Html[], rows: readonly Html[]): Html =>
  html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table>
<caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;

const column = (zh: string, english: string, kind = ''): Html =>
  html`<th scope="col" class="${kind}">${zh}${en(english)}</th>`;

const number = (count: number | undefined): Html =>
  count === undefined
    ? html`<td class="n zero">—</td>`
    : html`<td class="n${count === 0 ? ' zero' : ''}">${whole(count)}</td>`;
