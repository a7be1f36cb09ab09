import { createHash } from 'node:crypto';
import { feedNamed } from '../../../schemas/feeds/register.ts';
import type {
  Coverage,
  FindingStatus,
  PinnedFeed,
  Report,
  RuleCounts,
  Run,
  RunInputs,
  TaskReport,
} from '../../../schemas/run.ts';
import type { Funnels } from '../evaluation.ts';
import { noCounts } from '../findings-file.ts';
import { isFresh } from '../plan.ts';
import type { Rule } from '../rule.ts';

/** Of rules that ask one after the other the first that answers has the person, whichever they are. */
const earlierRule = { 'earlier-rule': { zh: '已由在先规则列出', en: 'answered by an earlier rule' } };

export type ReportSources = {
  readonly run: Run;
  readonly inputs: RunInputs;
  readonly rules: readonly Rule[];
  readonly reports: readonly TaskReport[];
  /** Of the prelude, which looks across all ranges: funnels of its rules, and the insured under no usable number. */
  readonly prelude: { readonly rules: Funnels; readonly insured: number };
  readonly findings: Report['findings'];
};

/** What a run tells of itself, all but how long it took: the same for the same run, whatever order its tasks came in. */
export function buildReport(sources: ReportSources): Omit<Report, 'timings'> {
  const { run, inputs, reports, findings } = sources;
  const { runId, asOf, year, sequence, changesCases } = run;
  const reused = reports.filter((report) => report.reused).length;
  return {
    run: {
      runId,
      asOf,
      year,
      sequence,
      previousRunId: inputs.previous?.runId ?? null,
      changesCases,
      area: inputs.settings.area,
    },
    feeds: inputs.feeds.map(feedLine),
    rules: sources.rules.map((rule) => ruleLine(rule, sources)),
    participation: participation(sources),
    findings,
    tasks: { total: reports.length, evaluated: reports.length - reused, reused },
    inputs: {
      settingsDigest: createHash('sha256').update(JSON.stringify(inputs.settings)).digest('hex'),
      ruleVersions: Object.fromEntries(inputs.rules.map(({ rule, version }) => [rule, version])),
      snapshots: Object.fromEntries(
        inputs.feeds.flatMap(({ feed, snapshot }) => (snapshot ? [[feed, snapshot.snapshotId]] : [])),
      ),
    },
  };
}

function feedLine(pinned: PinnedFeed): Report['feeds'][number] {
  const { feed, state, limitDays, snapshot } = pinned;
  const { title, agency } = feedNamed(feed)!;
  return {
    feed,
    title,
    agency,
    state,
    snapshotId: snapshot?.snapshotId ?? null,
    dataAsOf: snapshot?.dataAsOf ?? null,
    declared: snapshot?.declared ?? null,
    ageDays: snapshot?.ageDays ?? null,
    limitDays,
    fresh: isFresh(pinned),
    counts: snapshot?.counts ?? {},
  };
}

function ruleLine(rule: Rule, { inputs, reports, prelude }: ReportSources): Report['rules'][number] {
  const parts = inputs.rules.filter((planned) => planned.rule === rule.code);
  const evaluated = parts.filter((planned) => planned.evaluated).length;
  const counts = reports.flatMap((report) => report.rules[rule.code] ?? []);
  const funnel = prelude.rules[rule.code];
  return {
    rule: rule.code,
    slug: rule.slug,
    title: rule.name,
    family: rule.family,
    owner: rule.owner,
    state: evaluated === parts.length ? 'evaluated' : evaluated === 0 ? 'not-run' : 'partly',
    notRun: distinct(parts.flatMap(({ notRun }) => notRun.map(({ text }) => text))),
    reasons: { ...earlierRule, ...rule.excluded },
    ...addCounts(funnel === undefined ? counts : [...counts, { ...noCounts(), ...funnel }]),
  };
}

function participation({ inputs, reports, prelude }: ReportSources): Report['participation'] {
  const townships = new Map<string, Coverage>();
  for (const [township, coverage] of reports.flatMap((report) => Object.entries(report.townships))) {
    townships.set(township, addCoverage([townships.get(township) ?? nobody, coverage]));
  }
  const { residents, targets, townships: names } = inputs.settings;
  const insured = reports.reduce((total, report) => total + report.insured, prelude.insured);
  return {
    assessed: residents
      ? {
          insured,
          residents: residents.count,
          source: residents.source,
          date: residents.date,
          rate: rate(insured, residents.count),
        }
      : null,
    total: withRates(addCoverage([...townships.values()])),
    townships: [...townships]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([township, coverage]) => ({ township, name: names[township] ?? null, ...withRates(coverage) })),
    targets,
  };
}

function withRates(coverage: Coverage) {
  const { target, covered, unknown, hardship, hardshipCovered } = coverage;
  return {
    ...coverage,
    rate: rate(covered, target),
    unknownRate: rate(unknown, target),
    hardshipRate: rate(hardshipCovered, hardship),
  };
}

const rate = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

const nobody: Coverage = { target: 0, covered: 0, unknown: 0, hardship: 0, hardshipCovered: 0 };

function addCoverage(all: readonly Coverage[]): Coverage {
  const total = { ...nobody };
  for (const coverage of all) for (const key of Object.keys(nobody) as (keyof Coverage)[]) total[key] += coverage[key];
  return total;
}

function addCounts(all: readonly RuleCounts[]): RuleCounts {
  const total = noCounts();
  for (const counts of all) {
    total.considered += counts.considered;
    total.found += counts.found;
    total.withheld += counts.withheld;
    addTo(total.excluded, counts.excluded);
    addTo(total.byPriority, counts.byPriority);
    addTo(total.byStatus as Record<string, number>, counts.byStatus as Record<FindingStatus, number>);
  }
  return { ...total, excluded: sorted(total.excluded), byPriority: sorted(total.byPriority) };
}

function addTo(total: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(more)) total[key] = (total[key] ?? 0) + count;
}

const sorted = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));

const distinct = (texts: readonly { zh: string; en: string }[]) => [
  ...new Map(texts.map((text) => [text.en, text])).values(),
];
