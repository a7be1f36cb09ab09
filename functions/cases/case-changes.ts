import { isDeepStrictEqual } from 'node:util';
import {
  type Beyond,
  type Case,
  type CaseEvent,
  type CaseFinding,
  type CaseState,
  caseTransitions,
  type FindingChange,
  maxFindings,
  maxFindingsBytes,
  type RunMark,
} from '../../schemas/case.ts';

/** A row of a run's findings (`runs/<runId>/findings/<task>.parquet`), the columns that a case keeps. */
export type FindingRow = {
  readonly person_ref: string;
  readonly rule: string;
  readonly about: string;
  readonly priority: CaseFinding['priority'];
  readonly grade: CaseFinding['grade'];
  readonly amount_fen: number | null;
  readonly township: string | null;
  readonly village: string | null;
  readonly owner: string;
  readonly queue: string;
  readonly rows: string;
  /** JSON object. */
  readonly facts: string;
  readonly summary: string;
  readonly psn_name: string | null;
  readonly certno: string | null;
  readonly status: 'new' | 'continued' | 'changed' | 'closed' | 'reopened' | 'carried-over';
  /** Snapshots that proved a closing, separated by spaces. */
  readonly closed_by: string | null;
  /** As-of date of the run that closed it; closed findings stay in the files for two years. */
  readonly closed_on: string | null;
  /** Run whose snapshots `rows` quotes. */
  readonly seen_in: string;
};

/** The run that rows are of, and the object in the lake that holds them. */
export type FindingsOfRun = { readonly run: RunMark; readonly key: string };

export type CaseChange = { readonly item: Case; readonly event?: CaseEvent };

/**
 * The case of a person after a run, and the event that tells how it got there; undefined when the run is not newer
 * than the one that was brought to the case last. A newer one is always kept, so that one between them that comes
 * late is known to be late.
 *
 * `rows` are all of the person's rows in the run, the closed ones too. What changed is told by comparing the case
 * with them, not by their status alone, so a case that has missed a run is right again after the next one.
 */
export function caseAfter(
  previous: Case | undefined,
  rows: readonly FindingRow[],
  of: FindingsOfRun,
): CaseChange | undefined {
  if (previous !== undefined && previous.updated.order >= of.run.order) return undefined;
  const changes = changesOf(previous, rows, of.run);
  const item = caseOf(previous, rows, of, changes);
  // How a case was opened stands in the case itself.
  if (changes.length === 0 || (previous === undefined && item.state === 'open')) return { item };
  return { item, event: eventOf(previous, item, of, changes) };
}

/** A finding's key within its person. */
const keyOf = ({ rule, about }: { readonly rule: string; readonly about: string }): string => `${rule}|${about}`;

const isOpen = ({ status }: FindingRow): boolean => status !== 'closed';

function changesOf(previous: Case | undefined, rows: readonly FindingRow[], run: RunMark): FindingChange[] {
  const before = new Map(previous?.findings.map((held) => [keyOf(held), held]));
  const open = new Map(rows.filter(isOpen).map((row) => [keyOf(row), row]));
  const closing = new Map(rows.filter((row) => !isOpen(row)).map((row) => [keyOf(row), row]));
  // Of an overfull case only the held findings can be compared; about the others the run's own word is taken.
  const overfull = previous?.beyond !== undefined;
  const changes: FindingChange[] = [];
  for (const [key, row] of open) {
    const held = before.get(key);
    const change = held === undefined ? arrival(row, overfull) : differs(held, row) ? 'changed' : undefined;
    if (change !== undefined) changes.push({ change, ...nameOf(row) });
  }
  for (const [key, held] of before) {
    if (!open.has(key)) changes.push({ change: 'closed', ...nameOf(held), provedBy: proofOf(closing.get(key)) });
  }
  if (previous === undefined || overfull) {
    for (const [key, row] of closing) {
      if (before.has(key) || row.closed_on !== run.asOf) continue;
      changes.push({ change: 'closed', ...nameOf(row), provedBy: proofOf(row) });
    }
  }
  return changes;
}

function arrival({ status }: FindingRow, overfull: boolean): FindingChange['change'] | undefined {
  if (overfull && (status === 'continued' || status === 'carried-over')) return undefined;
  if (overfull && status === 'changed') return 'changed';
  return status === 'reopened' ? 'reopened' : 'opened';
}

function caseOf(
  previous: Case | undefined,
  rows: readonly FindingRow[],
  { run, key }: FindingsOfRun,
  changes: readonly FindingChange[],
): Case {
  const open = rows.filter(isOpen).sort(byUrgency);
  const since = new Map(previous?.findings.map((held) => [keyOf(held), held.since]));
  const { held, rest } = cut(open.map((row) => findingOf(row, since.get(keyOf(row)) ?? run.runId)));
  const state: CaseState = open.length > 0 ? 'open' : 'closed';
  const transition = transitionOf(previous, state);
  const place = [...open, ...rows].find(({ township }) => township !== null);
  const named = [...open, ...rows].find(({ psn_name }) => psn_name !== null);
  return {
    person_ref: rows[0]!.person_ref,
    state,
    version: (previous?.version ?? 0) + 1,
    priority: open[0]?.priority ?? previous?.priority ?? [...rows].sort(byUrgency)[0]!.priority,
    township: place?.township ?? previous?.township ?? 'unknown',
    village: place === undefined ? (previous?.village ?? null) : place.village,
    psn_name: named?.psn_name ?? previous?.psn_name ?? null,
    certno: named?.certno ?? previous?.certno ?? null,
    findings: held,
    beyond: rest.length === 0 ? undefined : beyondOf(rest, key),
    opened: previous?.opened ?? run,
    updated: run,
    closed: transition === 'closed' ? { ...run, ...closingOf(proofs(changes)) } : previous?.closed,
    reopened: transition === 'reopened' ? { ...run, times: (previous?.reopened?.times ?? 0) + 1 } : previous?.reopened,
  };
}

function findingOf(row: FindingRow, since: string): CaseFinding {
  const { rule, about, priority, grade, amount_fen, owner, queue, rows, summary, seen_in: seenIn } = row;
  const facts = JSON.parse(row.facts) as CaseFinding['facts'];
  return { rule, about, priority, grade, amount_fen, owner, queue, rows, seenIn, facts, summary, since };
}

function eventOf(
  previous: Case | undefined,
  item: Case,
  { run, key }: FindingsOfRun,
  changes: readonly FindingChange[],
): CaseEvent {
  const rest = changes.slice(maxFindings);
  return {
    person_ref: item.person_ref,
    run,
    version: item.version,
    state: item.state,
    transition: transitionOf(previous, item.state),
    changes: changes.slice(0, maxFindings),
    beyond: rest.length === 0 ? undefined : beyondOf(rest, key),
  };
}

/** A run that only closes may reach a case before the one that opened it: such a case begins closed. */
function transitionOf(previous: Case | undefined, to: CaseState): CaseEvent['transition'] {
  const from = previous?.state;
  if (from === to || (from === undefined && to === 'open')) return undefined;
  if (from !== undefined && !(caseTransitions[from] as readonly CaseState[]).includes(to)) {
    throw new Error(`No case goes from ${from} to ${to}`);
  }
  return to === 'closed' ? 'closed' : 'reopened';
}

/** As many of the findings as an item may hold, and the rest. */
function cut(findings: readonly CaseFinding[]): { held: CaseFinding[]; rest: CaseFinding[] } {
  const held: CaseFinding[] = [];
  const rest: CaseFinding[] = [];
  let bytes = 0;
  for (const finding of findings) {
    const size = sizeOf(finding);
    if (held.length === maxFindings || bytes + size > maxFindingsBytes) rest.push(finding);
    else {
      held.push(finding);
      bytes += size;
    }
  }
  return { held, rest };
}

const sizeOf = (finding: CaseFinding): number => Buffer.byteLength(JSON.stringify(finding));

function beyondOf(rest: readonly { readonly rule: string }[], key: string): Beyond {
  const byRule: Record<string, number> = {};
  for (const { rule } of rest) byRule[rule] = (byRule[rule] ?? 0) + 1;
  return { count: rest.length, byRule, key };
}

function nameOf({
  rule,
  about,
  priority,
}: FindingRow | CaseFinding): Pick<FindingChange, 'rule' | 'about' | 'priority'> {
  return { rule, about, priority };
}

/** A case that an exemption closed, be it with others, waits for its end; the other causes are gone. */
const closingOf = (provedBy: string[]): Pick<NonNullable<Case['closed']>, 'resolution' | 'provedBy'> => ({
  resolution: provedBy.includes('exemption') ? 'exempt' : 'cause-gone',
  provedBy,
});

const proofOf = (row: FindingRow | undefined): string[] => (row?.closed_by ?? '').split(' ').filter(Boolean).sort();

const proofs = (changes: readonly FindingChange[]): string[] =>
  [...new Set(changes.flatMap(({ provedBy }) => provedBy ?? []))].sort();

/** Rows that have moved in a list that was sent again are no change. */
const differs = (held: CaseFinding, row: FindingRow): boolean =>
  !isDeepStrictEqual(held, { ...findingOf(row, held.since), rows: held.rows, seenIn: held.seenIn });

type Sortable = Pick<CaseFinding, 'priority' | 'rule' | 'about'>;

function byUrgency(a: Sortable, b: Sortable): number {
  const [left, right] = [a, b].map(({ priority, rule, about }) => `${priority}|${rule}|${about}`) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}
