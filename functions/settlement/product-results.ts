import { addDays, daysBetween } from '../../schemas/time.ts';
import type { Items } from '../runtime/items.ts';
import { totalsOf } from './reconciliation/compare-books.ts';
import { hubBooks } from './reconciliation/hub-books.ts';
import type { Tables } from './settlement-store.ts';
import { sideBySide } from './side-by-side.ts';

type Totals = { readonly count: number; readonly fen: number };
type ProductResults = { readonly paid: Totals; readonly takenBack: Totals };

/**
 * What a product has paid and taken back, by the ledger alone and by the day it was posted: what the bureau holds beside
 * the premiums to see whether it is run at cost or a little above (保本微利).
 */
export async function productResults(
  items: Items,
  tables: Tables,
  { insurer, product_code }: { readonly insurer: string; readonly product_code: string },
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ProductResults> {
  const days = Array.from({ length: daysBetween(from, to) + 1 }, (_, n) => addDays(from, n));
  const totals = async (refd_setl_flag: '0' | '1'): Promise<Totals> => {
    const books = hubBooks(items, tables, { source: 'insurer', insurer, product_code, refd_setl_flag });
    return totalsOf((await sideBySide(days, books.linesOf)).flat());
  };
  return { paid: await totals('0'), takenBack: await totals('1') };
}
