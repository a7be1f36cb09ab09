import { claimKey } from './model-insurer.ts';
import type { Line, Stated } from './statements.ts';

export type StatedOn = Stated;
type Booked = Line & { readonly day: string; readonly flag: '0' | '1' };

/** A difference as kept. */
export type Found = {
  readonly class: string;
  readonly key: string;
  readonly source: string;
  readonly state: string;
  readonly day: string;
  readonly insurer?: string;
  readonly setl_id?: string;
  readonly policy_no?: string;
  readonly refd_setl_flag?: '0' | '1';
  readonly hubFen?: number;
  readonly otherFen?: number;
};

export type Expected = {
  readonly class: 'hub-only' | 'insurer-only' | 'amount-differs' | 'duplicate' | 'wrong-day' | 'sums-differ';
  readonly day: string;
  readonly flag: '0' | '1';
  readonly setl_id?: string;
  readonly policy_no?: string;
};

/**
 * What must be found between the ledger's book of an insurer and its statements: worked out here by themselves, with
 * nothing of the code that compares them.
 */
export function expectedDifferences(book: readonly Booked[], statements: readonly StatedOn[]): Expected[] {
  const expected: Expected[] = [];
  for (const { day, flag, lines, count, totalFen } of statements) {
    const sum = lines.reduce((total, { fen }) => total + fen, 0);
    if (count !== lines.length || totalFen !== sum) expected.push({ class: 'sums-differ', day, flag });
  }
  for (const flag of ['0', '1'] as const) {
    const own = new Map(book.filter((line) => line.flag === flag).map((line) => [claimKey(line), line]));
    const said = statements.filter((one) => one.flag === flag);
    const lines = said.flatMap((one) => one.lines.map((line) => ({ ...line, day: one.day })));
    for (const [key, line] of own) {
      const { day, setl_id, policy_no } = line;
      const theirs = lines.filter((one) => claimKey(one) === key);
      const isStated = said.some((one) => one.day === day);
      const kind = classOf(line, theirs, isStated);
      if (kind !== undefined) expected.push({ class: kind, day, flag, setl_id, policy_no });
    }
    for (const line of lines) {
      const { day, setl_id, policy_no } = line;
      if (!own.has(claimKey(line))) expected.push({ class: 'insurer-only', day, flag, setl_id, policy_no });
    }
  }
  return expected;
}

/** @param isStated There is a statement of its day. */
function classOf(own: Booked, theirs: readonly Booked[] | readonly (Line & { day: string })[], isStated: boolean) {
  if (theirs.length === 0) return isStated ? 'hub-only' : undefined;
  if (theirs.length > 1) return 'duplicate';
  if (theirs[0]!.day !== own.day) return 'wrong-day';
  return theirs[0]!.fen === own.fen ? undefined : 'amount-differs';
}

/** Found by comparing books, not by what an insurer said of a claim. */
export const ofReconciliation = (one: Found): boolean => one.source === 'insurer' && one.refd_setl_flag !== undefined;

/** Whether a difference is the one expected; what an insurer said of the claim before may stand for it. */
export function fits(expected: Expected, found: Found): boolean {
  if (expected.setl_id !== found.setl_id || expected.policy_no !== found.policy_no) return false;
  if (found.refd_setl_flag === undefined) return expected.flag === '0' && saidOfClaims.includes(found.class);
  if (found.refd_setl_flag !== expected.flag || found.day !== expected.day) return false;
  return found.class === expected.class || (found.class === 'late' && expected.class === 'insurer-only');
}

const saidOfClaims = ['late', 'dispute', 'answer-refused', 'answer-above-remainder', 'amount-differs'];
