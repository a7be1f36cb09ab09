import type { Difference } from '../../../schemas/difference.ts';
import { yuanOfFen } from '../../../schemas/money.ts';
import type { BookLine, StatementScope } from '../../../schemas/reconciliation.ts';

/** A line, and the day whose books it stands in. */
export type DatedLine = BookLine & { readonly day: string };

/** What is known of one thing, on both sides, whatever the day. */
export type Both = {
  /** The hub has it at most once: by posting time. `late`: an answer came after the share was resolved. */
  readonly hub: DatedLine | 'late' | undefined;
  readonly stated: readonly DatedLine[];
};

/** What lines are matched by. */
export const lineKey = ({ setl_id, policy_no, policy_sub_no }: BookLine): string =>
  JSON.stringify([setl_id, policy_no, policy_sub_no]);

export function totalsOf(lines: readonly BookLine[]): { count: number; fen: number } {
  return { count: lines.length, fen: lines.reduce((sum, { fen }) => sum + fen, 0) };
}

/**
 * The second step, which is always taken: equal totals can hide errors that offset each other. One thing has one
 * difference, and it stands under the hub's day where the hub has it: so it does not matter which day's
 * reconciliation finds it.
 * @param day The hub's, or, where the hub does not have it, that of the statement.
 */
export function differenceOf(scope: StatementScope, day: string, { hub, stated }: Both): Difference | undefined {
  const [one] = stated.filter((line) => line.day === day);
  const line = one ?? (hub === 'late' ? undefined : hub);
  if (line === undefined) return undefined;
  // Found with other amounts it is another difference: what was found never changes.
  const found = (kind: Difference['class'], more: Partial<Difference>, parts: readonly Part[] = []): Difference => ({
    day,
    source: scope.source,
    class: kind,
    key: JSON.stringify([
      scope.insurer,
      scope.product_code,
      scope.refd_setl_flag,
      lineKey(line),
      more.otherFen ?? '-',
      more.times ?? 1,
      ...parts.map(({ name, otherFen }) => `${name} ${otherFen}`),
    ]),
    ...(scope.insurer === '' ? {} : { insurer: scope.insurer, product_code: scope.product_code }),
    setl_id: line.setl_id,
    ...(line.policy_no === '' ? {} : { policy_no: line.policy_no, policy_sub_no: line.policy_sub_no }),
    refd_setl_flag: scope.refd_setl_flag,
    ...more,
  });
  const otherFen = totalsOf(stated).fen;
  if (hub === undefined || hub === 'late') {
    if (one === undefined) return undefined;
    const here = stated.filter((line) => line.day === day);
    return found(hub === 'late' ? 'late' : 'insurer-only', { otherFen: totalsOf(here).fen, times: here.length });
  }
  const both = { day: hub.day, hubFen: hub.fen, otherFen };
  if (stated.length === 0) return found('hub-only', { day: hub.day, hubFen: hub.fen });
  if (stated.length > 1) return found('duplicate', { ...both, times: stated.length });
  const parts = partsThatDiffer(hub, stated[0]!);
  const amounts = { ...both, ...(parts.length === 0 ? {} : { note: noteOf(parts) }) };
  if (stated[0]!.day !== hub.day) return found('wrong-day', { ...amounts, otherDay: stated[0]!.day }, parts);
  if (hub.fen === otherFen && parts.length === 0) return undefined;
  return found('amount-differs', amounts, parts);
}

/** An amount of a bill beside its total. */
type Part = { readonly name: string; readonly hubFen: number; readonly otherFen: number };

function partsThatDiffer(hub: BookLine, other: BookLine): Part[] {
  const both = Object.entries(other.parts ?? {}).flatMap(([name, otherFen]) => {
    const hubFen = hub.parts?.[name];
    return hubFen === undefined ? [] : [{ name, hubFen, otherFen }];
  });
  const names = (one: Part, two: Part) => (one.name < two.name ? -1 : 1);
  return both.filter(({ hubFen, otherFen }) => hubFen !== otherFen).sort(names);
}

function noteOf(parts: readonly Part[]): NonNullable<Difference['note']> {
  const listed = (of: (part: Part) => string, comma: string) => parts.map(of).join(comma);
  const hub = ({ hubFen }: Part) => yuanOfFen(hubFen);
  const other = ({ otherFen }: Part) => yuanOfFen(otherFen);
  const name = (part: Part) => part.name;
  return {
    zh: `不符的金额：${listed(name, '、')}（枢纽 ${listed(hub, '、')}；对方 ${listed(other, '、')}）`,
    en: `Amounts that differ: ${listed(name, ', ')} (hub ${listed(hub, ', ')}; other side ${listed(other, ', ')})`,
  };
}
