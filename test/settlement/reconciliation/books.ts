import type { Items } from '../../../functions/runtime/items.ts';
import { entryKey } from '../../../functions/settlement/settlements-table.ts';
import type { BookLine, StatementPart } from '../../../schemas/reconciliation.ts';
import type { LedgerEntry } from '../../../schemas/settlement.ts';
import { civilDateAt } from '../../../schemas/time.ts';
import { tables } from '../counter.ts';

export const insurer = '91500000MA5TEXT00U';
export const table = tables.settlements;

export type Posted = {
  insurer?: string;
  setl_id: string;
  policy_no: string;
  fen: number;
  at: string;
  flag?: '0' | '1';
  product?: string;
  part?: string;
};

/** An entry in the book of an insurer, as settlement writes it. */
export async function post(
  items: Items,
  { insurer: of = insurer, product = 'HMB', setl_id, policy_no, fen, at, flag = '0', part = '' }: Posted,
): Promise<void> {
  const entry: LedgerEntry = {
    entry_id: `${setl_id}-${policy_no}-${flag}${part}`,
    setl_id,
    n: 1,
    share: `${of}/${product}/${policy_no}/`,
    kind: flag === '1' ? 'reverse' : 'post',
    debit: `insurer:${of}:${product}`,
    credit: 'patient',
    amount_fen: fen,
    caused_by: 'test',
    at,
    policy: { insurer: of, product_code: product, policy_no, policy_sub_no: '' },
  };
  const book = {
    book: `${of}#${civilDateAt(new Date(at))}`,
    bookOrder: `${product}#${flag}#${setl_id}#0001${policy_no}${part}`,
  };
  await items.write([{ table, put: { ...entryKey(setl_id, entry.entry_id), ...entry, ...book } }]);
}

/** A statement in parts of `size` lines. */
export function statementParts(
  day: string,
  lines: readonly BookLine[],
  size = 500,
  more: Partial<StatementPart> = {},
): StatementPart[] {
  const parts = Math.max(1, Math.ceil(lines.length / size));
  return Array.from({ length: parts }, (_, n) => ({
    source: 'insurer' as const,
    insurer,
    product_code: 'HMB',
    refd_setl_flag: '0' as const,
    day,
    part: n + 1,
    parts,
    count: lines.length,
    totalFen: lines.reduce((sum, { fen }) => sum + fen, 0),
    asOf: `${day}T20:00:00.000Z`,
    lines: lines.slice(n * size, (n + 1) * size),
    ...more,
  }));
}
