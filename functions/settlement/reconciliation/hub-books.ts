import { samePolicy } from '../../../schemas/policy.ts';
import type { BookLine, StatementScope } from '../../../schemas/reconciliation.ts';
import { LedgerEntry, type Settlement } from '../../../schemas/settlement.ts';
import { civilDateAt } from '../../../schemas/time.ts';
import type { Items } from '../../runtime/items.ts';
import { refusalOf, waits } from '../refused-reversal.ts';
import { type Known, settlementStore, type Tables } from '../settlement-store.ts';
import { byBook, byDay, entryPrefix } from '../settlements-table.ts';
import { sideBySide } from '../side-by-side.ts';
import { partsOf } from './bill-parts.ts';
import { type DatedLine, lineKey } from './compare-books.ts';

/** The hub's side of a reconciliation: read from the ledger alone. */
export type HubBooks = {
  /** What stands in the books of a day. */
  linesOf(day: string): Promise<DatedLine[]>;
  /** The same thing whatever the day; `late` where the insurer answered after the share was resolved. */
  find(line: BookLine): Promise<DatedLine | 'late' | undefined>;
};

export function hubBooks(items: Items, tables: Tables, scope: StatementScope): HubBooks {
  return scope.source === 'core' ? billBooks(items, tables, scope) : insurerBooks(items, tables, scope);
}

/**
 * Products and flags under which anything stands in an insurer's book of a day, each by its first entry: the book may be
 * long.
 */
export async function bookScopes(items: Items, table: string, insurer: string, day: string): Promise<StatementScope[]> {
  const scopes: StatementScope[] = [];
  const range = { pk: `${insurer}#${day}`, limit: 1 };
  let found = await items.queryIndex(table, byBook, range);
  while (found[0] !== undefined) {
    const { policy, kind } = LedgerEntry.parse(found[0]);
    const { product_code } = policy!;
    const refd_setl_flag = flagOf(kind);
    scopes.push({ source: 'insurer', insurer, product_code, refd_setl_flag });
    found = await items.queryIndex(table, byBook, { ...range, from: `${product_code}#${refd_setl_flag}#~` });
  }
  return scopes;
}

/** What an insurer pays and takes back, by posting time. A share may have several entries: cash, personal account. */
function insurerBooks(items: Items, tables: Tables, scope: StatementScope): HubBooks {
  const { insurer, product_code, refd_setl_flag } = scope;
  const mine = ({ policy, kind, amount_fen }: LedgerEntry) =>
    policy?.insurer === insurer &&
    policy.product_code === product_code &&
    (kind === 'post' || kind === 'reverse') &&
    flagOf(kind) === refd_setl_flag &&
    amount_fen > 0;
  return {
    async linesOf(day) {
      const range = { pk: `${insurer}#${day}`, prefix: `${product_code}#${refd_setl_flag}#` };
      const found = await items.queryIndex(tables.settlements, byBook, range);
      return summed(found.map((item) => LedgerEntry.parse(item)).filter(mine));
    },
    async find(line) {
      // Entries alone: an insurer may name anything, and under some names of this table much is kept.
      const entries = await items.query(tables.settlements, { pk: line.setl_id, prefix: entryPrefix });
      const own = entries.map((item) => LedgerEntry.parse(item)).filter(mine);
      const found = summed(own).find((one) => lineKey(one) === lineKey(line));
      if (found !== undefined || refd_setl_flag === '1') return found;
      const known = await settlementStore(items, tables).read(line.setl_id);
      return known?.kind === 'bill' && answeredLate(known.settlement, scope, line) ? 'late' : undefined;
    },
  };
}

/** Bills and reversals as the core system sent them, by the time they came in. */
function billBooks(items: Items, tables: Tables, { refd_setl_flag }: StatementScope): HubBooks {
  const store = settlementStore(items, tables);
  const lineOf = async (setlId: string): Promise<DatedLine | undefined> => {
    const known = await store.read(setlId);
    // What was answered for good stands; of one that waited, its settlement says what came of it.
    const isOpen = known?.kind === 'reversal' && waits(known.reversal.answer);
    return billLine(known, refd_setl_flag, isOpen ? await store.read(known.reversal.orig_setl_id) : undefined);
  };
  return {
    async linesOf(day) {
      const found = await items.queryIndex(tables.settlements, byDay, { pk: day });
      return (await sideBySide(found, ({ pk }) => lineOf(pk))).filter((line) => line !== undefined);
    },
    find: ({ setl_id }) => lineOf(setl_id),
  };
}

/** @param named What a reversal names. One that was refused stands in no book, whichever of the two came first. */
function billLine(known: Known | undefined, flag: '0' | '1', named: Known | undefined): DatedLine | undefined {
  if (known === undefined || (known.kind === 'reversal') !== (flag === '1')) return undefined;
  if (known.kind === 'reversal' && refusalOf(known.reversal, named) !== undefined) return undefined;
  const { bill, receivedAt, setl_id, answer } = known.kind === 'bill' ? known.settlement : known.reversal;
  if (bill === undefined) return undefined;
  return {
    day: civilDateAt(new Date(receivedAt)),
    setl_id,
    policy_no: '',
    policy_sub_no: '',
    fen: Math.abs(bill.medfee_sumamt),
    parts: partsOf(bill, waits(answer) ? undefined : answer),
  };
}

function summed(entries: readonly LedgerEntry[]): DatedLine[] {
  const lines = new Map<string, DatedLine>();
  for (const { setl_id, policy, at, amount_fen } of entries) {
    const { policy_no, policy_sub_no } = policy!;
    const line = { setl_id, policy_no, policy_sub_no, fen: amount_fen, day: civilDateAt(new Date(at)) };
    const known = lines.get(lineKey(line));
    lines.set(lineKey(line), known === undefined ? line : { ...known, fen: known.fen + amount_fen });
  }
  return [...lines.values()];
}

function answeredLate({ shares }: Settlement, { insurer }: StatementScope, line: BookLine): boolean {
  return shares.some((share) => share.late !== undefined && samePolicy(share, { ...line, insurer }));
}

const flagOf = (kind: LedgerEntry['kind']): '0' | '1' => (kind === 'reverse' ? '1' : '0');
