import { html, raw } from 'hono/html';
import { type Statement, type StatementLine, statementStates } from '../../schemas/statement.ts';
import { wallTimeAt } from '../../schemas/time.ts';

type Html = ReturnType<typeof html>;
type ProductName = (insurer: string, productCode: string) => string | undefined;

/**
 * 一单: the statement for the patient, one HTML page that needs nothing else. Chinese first; reads on a phone, prints
 * on A4. It holds amounts and ids, neither name nor number.
 * @param productName What people call an insurer's product.
 */
export function statementPage(statement: Statement, productName: ProductName): string {
  const { setl_id, provider, at, medfee_sumamt, lines, payouts, reversed } = statement;
  const row = (line: StatementLine) => lineRow(line, productName);
  return String(html`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>医疗费用一站式结算单 ${setl_id}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<header>
<h1>医疗费用一站式结算单${en('Statement of a one-stop settlement')}</h1>
${reversed === undefined ? '' : html`<p class="reversed">已退费 ${en(`reversed on ${inShanghai(reversed.at)}`)}</p>`}
<dl>
<div><dt>结算编号 ${en('Settlement')}</dt><dd>${setl_id}</dd></div>
<div><dt>医疗机构 ${en('Provider')}</dt><dd>${provider}</dd></div>
<div><dt>结算时间 ${en('Settled')}</dt><dd>${inShanghai(at)}</dd></div>
<div><dt>医疗费总额 ${en('Total')}</dt><dd><b>¥ ${medfee_sumamt}</b></dd></div>
</dl>
</header>
<main>
<table>
<caption>各方依次支付 ${en('Who pays, in order')}</caption>
${head}
<tbody>${lines.map(row)}</tbody>
<tfoot><tr class="one"><th scope="row">本人现金支付 ${en('Paid by the patient in cash')}</th><td></td><td><b>¥ ${statement.psn_cash_pay}</b></td><td></td></tr></tfoot>
</table>
${
  payouts.length === 0
    ? ''
    : html`<table>
<caption>结算后赔付本人 ${en('Paid to the patient afterwards; the bill is unchanged')}</caption>
${head}
<tbody>${payouts.map(row)}</tbody>
</table>`
}
${
  reversed === undefined
    ? ''
    : html`<table>
<caption>退费：各方收回 ${en('Reversed: what everybody gets back')}</caption>
<tbody>${reversed.entries.map(({ payer, account, amount }) => html`<tr class="one"><th scope="row">${productOf(account, productName) ?? payer.zh} ${en(payer.en)}</th><td>${amount}</td></tr>`)}</tbody>
</table>`
}
</main>
</body>
</html>`);
}

function lineRow(
  { payer, policy, base, rule, explanation, amount, left, state }: StatementLine,
  productName: ProductName,
): Html {
  const name = policy && productName(policy.insurer, policy.product_code);
  return html`<tr>
<th scope="row">${name ?? payer.zh} ${en(payer.en)}
<small>${rule.zh} ${en(rule.en)}</small>
${state === 'posted' ? '' : html`<small class="state">${statementStates[state].zh} ${en(statementStates[state].en)}</small>`}
${
  explanation === undefined
    ? ''
    : html`<ol>${explanation.map((step) => html`<li>${step.zh} ${en(step.en)}: <span class="step">${step.base} → ${step.result}</span></li>`)}</ol>`
}</th>
<td data-label="基数 base">${base}</td><td data-label="支付 pays">${amount}</td><td data-label="余额 left">${left}</td>
</tr>`;
}

/** What people call the product behind an insurer's account. */
function productOf(account: string, productName: ProductName): string | undefined {
  const [kind, insurer = '', productCode = ''] = account.split(':');
  return kind === 'insurer' ? productName(insurer, productCode) : undefined;
}

const en = (text: string): Html => html`<span lang="en">${text}</span>`;

const head = html`<thead><tr><th scope="col">付款方 ${en('Payer')}</th><th scope="col">基数 ${en('Base')}</th><th scope="col">支付 ${en('Pays')}</th><th scope="col">余额 ${en('Left')}</th></tr></thead>`;

/** `2024-06-03 10:00` */
const inShanghai = (instant: string): string => wallTimeAt(new Date(instant)).slice(0, 16);

const style = `
:root { color-scheme: light; --ink: #1a1a1a; --soft: #5c5c5c; --line: #d5d5d5; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 48rem; color: var(--ink); background: #fff;
  font: 16px/1.5 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif; }
h1 { font-size: 1.35rem; margin: 0 0 .75rem; }
[lang=en] { color: var(--soft); font-size: .8em; font-weight: normal; }
h1 [lang=en] { display: block; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .25rem 1rem; margin: 0 0 1rem; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; overflow-wrap: anywhere; }
.reversed { border: 2px solid #b00020; color: #b00020; padding: .25rem .5rem; display: inline-block; }
table { width: 100%; border-collapse: collapse; margin-bottom: 1.5rem; }
caption { text-align: left; font-weight: bold; padding: .25rem 0; }
th, td { border-top: 1px solid var(--line); padding: .4rem .25rem; vertical-align: top; text-align: left; font-weight: normal; }
.step { white-space: nowrap; }
td, thead th + th { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th small, th .state { display: block; color: var(--soft); font-size: .8rem; } th .state { color: #8a4b00; }
ol { margin: .25rem 0 0; padding-left: 1.2rem; color: var(--soft); font-size: .8rem; }
tfoot th, tfoot td { border-top: 2px solid var(--ink); font-weight: bold; }
@media (max-width: 32rem) {
  thead { position: absolute; left: -999rem; }
  tr { display: block; border-top: 1px solid var(--line); padding: .4rem 0; }
  th, td { display: block; border: 0; padding: .1rem 0; }
  td { display: flex; justify-content: space-between; } td:empty { display: none; }
  td::before { content: attr(data-label); color: var(--soft); }
  tr.one { display: flex; justify-content: space-between; gap: 1rem; }
  tfoot tr { border-top: 2px solid var(--ink); } tfoot th, tfoot td { border: 0; }
}
@media print { body { font-size: 10pt; max-width: none; padding: 0; } th, td { padding: .25rem; } table { margin-bottom: 1rem; } dl { grid-template-columns: repeat(4, auto); } tr { break-inside: avoid; } @page { size: A4; margin: 15mm; } }
`;
