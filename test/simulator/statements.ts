import type { Dice } from '../../infra/county/dice.ts';
import { yuanOfFen } from '../../schemas/money.ts';
import { addDays } from '../../schemas/time.ts';
import type { Claim } from './model-insurer.ts';
import { productCode } from './people.ts';

/** A line of somebody's books of a day. */
export type Line = Claim & { readonly fen: number };

/** What was said of a day, settlements or reversals; `right`: it is what its books say. */
export type Stated = {
  readonly day: string;
  readonly flag: '0' | '1';
  readonly lines: readonly Line[];
  /** What it says that the lines come to. */
  readonly count: number;
  readonly totalFen: number;
};

/** How an insurer states its books. */
export type Accounting = {
  readonly wrong: 'nothing' | 'forgets' | 'invents' | 'amount' | 'offsets' | 'doubles' | 'other-day' | 'total';
  /** Of the first statement about a day; the right one never comes, or later. */
  readonly corrects: boolean;
  readonly twice: boolean;
  readonly inParts: boolean;
  readonly hoursLate: number;
  readonly never: boolean;
};

export function accountingOf(dice: Dice): Accounting {
  return {
    wrong: dice.chance(0.5)
      ? 'nothing'
      : dice.pick(['forgets', 'invents', 'amount', 'offsets', 'doubles', 'other-day', 'total']),
    corrects: dice.chance(0.3),
    twice: dice.chance(0.3),
    inParts: dice.chance(0.2),
    hoursLate: dice.pick([0, 0, 1, 30]),
    never: dice.chance(0.1),
  };
}

/** As the books have it. */
export function rightly(day: string, flag: '0' | '1', lines: readonly Line[]): Stated {
  return { day, flag, lines, count: lines.length, totalFen: lines.reduce((sum, { fen }) => sum + fen, 0) };
}

/** As an insurer that errs has it. */
export function wrongly({ wrong }: Accounting, right: Stated): Stated {
  const { day, flag, lines } = right;
  const [first, second] = lines;
  switch (wrong) {
    case 'forgets':
      return rightly(day, flag, lines.slice(1));
    case 'invents':
      return rightly(day, flag, [...lines, { setl_id: 'S-none', policy_no: 'P', policy_sub_no: '', fen: 1234 }]);
    case 'amount':
      return rightly(day, flag, first === undefined ? [] : [{ ...first, fen: first.fen + 1 }, ...lines.slice(1)]);
    case 'offsets':
      if (first === undefined || second === undefined) return right;
      return rightly(day, flag, [
        { ...first, fen: first.fen + 1 },
        { ...second, fen: second.fen - 1 },
        ...lines.slice(2),
      ]);
    case 'doubles':
      return rightly(day, flag, first === undefined ? [] : [first, ...lines]);
    case 'total':
      return { ...right, totalFen: right.totalFen + 1 };
    default:
      return right;
  }
}

/** Its messages: one, or two parts of which either may come first. What stands twice in one message is no statement. */
export function statementData({ day, flag, lines, count, totalFen }: Stated, inParts: boolean): object[] {
  const doubles = lines.length > 1 && lines[0] === lines[1];
  const cut = doubles || (inParts && lines.length > 1) ? [lines.slice(0, 1), lines.slice(1)] : [lines];
  return cut.map((some, n) => ({
    day,
    product_code: productCode,
    refd_setl_flag: flag,
    count,
    amount: yuanOfFen(totalFen),
    part: n + 1,
    parts: cut.length,
    items: some.map(({ fen, ...claim }) => ({ ...claim, amount: yuanOfFen(fen) })),
  }));
}

/** What an insurer that books a day late has in its book of a day: the lines of the day before. */
export const bookedOn = ({ wrong }: Accounting, day: string): string =>
  wrong === 'other-day' ? addDays(day, -1) : day;
