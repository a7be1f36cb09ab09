import type { EChartsOption } from 'echarts';
import { init } from 'echarts/dist/echarts.esm.min';
import type { Report } from '../../../schemas/run.ts';
import { percent, townshipName, whole } from './report-words.ts';

/** Drawn for a phone and scaled up on a screen: text stays readable on both. Pixels of the view box. */
const width = 360;
const rowHeight = 22;
/** More townships than this make no picture; the lowest are drawn. */
export const maxTownships = 40;

export const priorityColours = { P0: '#b42318', P1: '#dc6803', P2: '#1570a6', P3: '#98a2b3' } as const;
const colours = { good: '#0e7a5f', poor: '#c4540a', ink: '#344054', line: '#e4e7ec', limit: '#b42318' };

/** SVG: a dot per township at its share of target people known to be covered, the lowest first, against the target. */
export function coverageChart({ townships, targets }: Report['participation']): string {
  const lowest = townships
    .flatMap((township) => (township.rate === null ? [] : [{ ...township, rate: township.rate }]))
    .sort((a, b) => a.rate - b.rate)
    .slice(0, maxTownships);
  const lowestRate = Math.min(...lowest.map(({ rate }) => rate), targets.participation);
  const min = Math.max(0, Math.floor(lowestRate * 10 - 0.1) * 10);
  return draw(lowest.length, {
    grid: { left: 92, right: 62, top: 30, bottom: 24 },
    xAxis: valueAxis({ min, max: 100, unit: '%' }),
    yAxis: nameAxis(lowest.map(townshipName), 86),
    series: [
      {
        type: 'scatter',
        silent: true,
        symbolSize: 10,
        // All in one column at the right: beside the dots they would meet the line of the target.
        labelLayout: { x: width - 4, align: 'right', verticalAlign: 'middle' },
        data: lowest.map(({ rate }, at) => ({
          value: [rate * 100, at],
          itemStyle: { color: rate < targets.participation ? colours.poor : colours.good },
          label: { show: true, position: 'right', color: colours.ink, formatter: percent(rate) },
        })),
        markLine: limitLine(targets.participation * 100, `目标 ${percent(targets.participation)}`),
      },
    ],
  });
}

/** SVG: a bar per rule with open findings, its length their number, its colours their priorities. */
export function findingsChart(rules: Report['rules']): string {
  const found = rules.map((rule) => ({ ...rule, open: openOf(rule) })).filter(({ open }) => open > 0);
  const bars = Object.entries(priorityColours).map(([name, color]) => ({
    name,
    type: 'bar' as const,
    stack: 'open',
    silent: true,
    barWidth: 13,
    itemStyle: { color },
    data: found.map(({ byPriority }) => byPriority[name] ?? 0),
  }));
  const totals = found.map(({ open }) => ({ value: 0, label: { formatter: whole(open) } }));
  return draw(found.length, {
    grid: { left: 140, right: 48, top: 30, bottom: 24 },
    legend: {
      top: 0,
      left: 152,
      itemWidth: 12,
      itemHeight: 12,
      textStyle: { color: colours.ink },
      selectedMode: false,
    },
    xAxis: valueAxis({}),
    yAxis: nameAxis(
      found.map(({ rule, title }) => `${rule} ${title.zh}`),
      134,
    ),
    series: [
      ...bars,
      {
        type: 'bar',
        stack: 'open',
        silent: true,
        data: totals,
        label: { show: true, position: 'right', color: colours.ink },
      },
    ],
  });
}

/** SVG: a bar per feed, its age as a share of what is allowed. */
export function freshnessChart(feeds: Report['feeds']): string {
  const used = feeds.filter(({ state }) => state !== 'not-in-use');
  const longest = 150;
  return draw(used.length, {
    grid: { left: 92, right: 92, top: 30, bottom: 24 },
    xAxis: valueAxis({ min: 0, max: longest, unit: '%' }),
    yAxis: nameAxis(
      used.map(({ title }) => title.zh),
      86,
    ),
    series: [
      {
        type: 'bar',
        silent: true,
        barWidth: 13,
        labelLayout: { x: width - 4, align: 'right', verticalAlign: 'middle' },
        data: used.map(({ ageDays, limitDays, fresh }) => ({
          value: Math.min(longest, Math.max(0.5, ((ageDays ?? 0) / limitDays) * 100)),
          itemStyle: { color: ageDays === null ? 'transparent' : fresh ? colours.good : colours.poor },
          label: {
            show: true,
            position: 'right',
            color: colours.ink,
            formatter: ageDays === null ? `缺 / 限${limitDays}天` : `${ageDays}天 / 限${limitDays}天`,
          },
        })),
        markLine: limitLine(100, '时限'),
      },
    ],
  });
}

export const openOf = ({ byPriority }: Report['rules'][number]): number =>
  Object.values(byPriority).reduce((sum, count) => sum + count, 0);

function draw(rows: number, option: EChartsOption): string {
  const height = Math.max(1, rows) * rowHeight + 54;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, textStyle: { fontFamily: 'inherit', fontSize: 12 }, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return tidy(svg);
}

/** What a still picture in a page does not need: its own size, rules for the mouse, names that grow with every chart. */
function tidy(svg: string): string {
  return svg
    .replace(/^<svg width="\d+" height="\d+"/, '<svg aria-hidden="true" focusable="false"')
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (class="zr[^"]*"|ecmeta_\w+="[^"]*"|pointer-events="\w+")/g, '')
    .replace(/\bzr\d+-/g, 'z-');
}

const valueAxis = ({ min, max, unit = '' }: { min?: number; max?: number; unit?: string }): EChartsOption['xAxis'] => ({
  type: 'value',
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
  ...(min === undefined || max === undefined ? { splitNumber: 3 } : { interval: (max - min) / (max > 100 ? 3 : 5) }),
  axisLabel: { color: colours.ink, formatter: `{value}${unit}`, hideOverlap: true },
  splitLine: { lineStyle: { color: colours.line } },
});

const nameAxis = (names: string[], labelWidth: number): EChartsOption['yAxis'] => ({
  type: 'category',
  inverse: true,
  data: names,
  axisTick: { show: false },
  axisLine: { lineStyle: { color: colours.line } },
  axisLabel: { color: colours.ink, interval: 0, width: labelWidth, overflow: 'truncate' },
});

const limitLine = (at: number, name: string) => ({
  silent: true,
  symbol: 'none',
  lineStyle: { color: colours.limit, type: 'dashed' as const, width: 1.5 },
  label: { formatter: name, position: 'start' as const, color: colours.limit },
  data: [{ xAxis: at }],
});
