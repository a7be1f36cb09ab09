/** Styles of the report's page: a phone first, wider screens by grids, paper at the end. */
export const reportStyle = `
:root {
  color-scheme: light;
  --ink: #1d2939; --soft: #475467; --line: #e4e7ec; --ground: #f5f6f8; --card: #fff;
  --accent: #0b4a6f; --good: #0e7a5f; --poor: #b54708; --bad: #b42318;
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.6 system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main, header > div { max-width: 1120px; margin: 0 auto; padding: 0 16px; }
header { background: var(--accent); color: #fff; padding: 22px 0 20px; }
header .en { color: #d5e6f2; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 6px; }
h2 { font-size: 1.25rem; margin: 40px 0 4px; padding-top: 8px; }
h3 { font-size: 1rem; margin: 0; }
h1 .en { display: block; font-size: .95rem; font-weight: 400; }
.en { color: var(--soft); font-size: .86em; }
h2 .en, h3 .en { font-weight: 400; }
p { margin: 6px 0; }
.lead { color: var(--soft); max-width: 62em; }
.facts { display: flex; flex-wrap: wrap; gap: 2px 22px; margin: 0; }
.warning { background: #fffaeb; border: 1px solid #fec84b; border-left: 6px solid #dc6803; border-radius: 8px; margin: 18px 0 0; padding: 10px 14px; }
.warning strong { display: inline-block; }
.warning ul { margin: 4px 0; padding-left: 1.2em; }
nav { display: flex; flex-wrap: wrap; gap: 6px 16px; margin: 16px 0 0; }
a { color: var(--accent); }
.tiles { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; margin: 18px 0 0; padding: 0; list-style: none; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.tiles .card { display: flex; flex-direction: column; }
.tiles b { font-size: 1.65rem; line-height: 1.2; }
.tiles .urgent b { color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 12px; margin-top: 14px; }
.figure { display: flex; flex-direction: column; gap: 4px; border-top: 4px solid var(--accent); }
.figure.plain { border-top-color: #98a2b3; }
.figure > b { font-size: 2rem; line-height: 1.15; }
.figure p { margin: 0; font-size: .9rem; color: var(--soft); }
.meter { position: relative; height: 10px; border-radius: 5px; background: #eaecf0; overflow: hidden; }
.meter i { position: absolute; inset: 0 auto 0 0; background: var(--accent); }
.meter.poor i { background: var(--poor); }
.meter.good i { background: var(--good); }
.meter u { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--bad); }
.charts { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; margin-top: 14px; align-items: start; }
figure { margin: 0; }
figure svg { display: block; width: 100%; max-width: 480px; height: auto; margin: 8px auto 0; font-family: inherit; }
figcaption { font-weight: 600; }
figcaption small { display: block; font-weight: 400; color: var(--soft); }
.scroll { margin-top: 12px; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.scroll:focus-visible, a:focus-visible { outline: 3px solid #53b1fd; outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; padding: 10px 12px 6px; font-weight: 600; }
th:first-child { padding-left: 12px; }
td:last-child { padding-right: 12px; }
th, td { padding: 4px 7px; border-top: 1px solid var(--line); text-align: left; vertical-align: top; white-space: nowrap; }
thead th { overflow-wrap: normal; background: #f9fafb; font-weight: 600; vertical-align: bottom; }
thead .en, td .en, tbody th .en { display: block; }
tbody th { position: sticky; left: 0; background: var(--card); font-weight: 500; white-space: normal; min-width: 8.5em; }
td.n, th.n { text-align: right; }
tr.total > * { font-weight: 700; border-top: 2px solid #98a2b3; }
td.zero { color: #98a2b3; }
tbody tr:hover > * { background: #f9fafb; }
.text { white-space: normal; min-width: 12em; }
.state { display: inline-block; border-radius: 999px; padding: 0 9px; font-size: .82rem; font-weight: 600; white-space: nowrap; border: 1px solid; }
.state.good { color: var(--good); background: #ecfdf3; }
.state.poor { color: var(--poor); background: #fffaeb; }
.state.bad { color: var(--bad); background: #fef3f2; }
.rules { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; margin-top: 10px; }
.rule header { all: unset; display: flex; gap: 10px; align-items: baseline; }
.rule header .en { color: var(--soft); }
tbody th code { display: block; }
code { font: .92em ui-monospace, Menlo, Consolas, monospace; }
.rule h3 { flex: 1 1 0; }
.rule .owner { font-size: .86rem; color: var(--soft); margin: 0 0 8px; }
.funnel { list-style: none; margin: 0; padding: 0; font-size: .9rem; }
.funnel li { position: relative; display: flex; justify-content: space-between; gap: 12px; padding: 3px 8px; border-radius: 4px; margin-top: 2px; }
.funnel li i { position: absolute; inset: 0 auto 0 0; background: #eef2f6; border-radius: 4px; }
.funnel li span { position: relative; }
.funnel li > span:last-child { white-space: nowrap; }
.funnel .minus > span:first-of-type { padding-left: 1.2em; }
.funnel .found { font-weight: 700; }
.funnel .found i { background: #fedf89; }
.ids { font-size: .86rem; }
footer { color: var(--soft); border-top: 1px solid var(--line); margin: 40px 0 30px; padding-top: 12px; font-size: .88rem; }
@media (min-width: 860px) {
  tbody th { min-width: 11em; }
  tbody th code { display: inline; }
  .tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .charts { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .rules { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
}
@media print {
  @page { size: A4; margin: 13mm 12mm; }
  body { background: #fff; font-size: 9.5pt; line-height: 1.45; }
  main, header > div { max-width: none; padding: 0; }
  header { background: none; color: inherit; padding: 0 0 4mm; border-bottom: 2px solid var(--accent); }
  header .en { color: var(--soft); }
  nav { display: none; }
  h2 { margin-top: 7mm; }
  h2, h3, figcaption, caption { break-after: avoid; }
  .card, figure, tr, .warning { break-inside: avoid; }
  .scroll { overflow: visible; border-radius: 0; }
  table { font-size: 7.6pt; }
  th, td { padding: 1mm 1.2mm; white-space: normal; }
  td.n { white-space: nowrap; }
  tbody th { min-width: 8em; }
  .text { min-width: 0; }
  tbody th code { display: inline; }
  thead { display: table-header-group; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .charts, .rules { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
