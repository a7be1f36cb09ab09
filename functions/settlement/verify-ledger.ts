import { z } from 'zod';
import { BenefitAccumulator } from '../../schemas/benefits.ts';
import type { AccumulatorPage, Counted, KeptCount, LedgerFault, LedgerPage } from '../../schemas/ledger.ts';
import { Accumulator } from '../../schemas/policy.ts';
import type { Item, Key } from '../runtime/items.ts';
import { countName, hashOf, verifyHistory } from './ledger.ts';
import type { SettlementDependencies } from './settlement-dependencies.ts';
import type { SettlementStore } from './settlement-store.ts';

/** Items of one step: a step is one request and ends within seconds. */
const pageItems = 500;

/** Verifies the settlements of one page of the table: whole ones, each read by itself. */
export async function verifyPage(
  { items, tables, store }: SettlementDependencies,
  after: string | undefined,
): Promise<LedgerPage> {
  const from = decode(after);
  const page = await items.scan(tables.settlements, { after: from, limit: pageItems });
  // The items of a settlement stand together: one that the last page had begun was verified with it.
  const ids = new Set(page.items.map(({ pk }) => pk).filter((pk) => pk !== from?.pk && isSettlement(pk)));
  const found = { settlements: 0, entries: 0, faults: [] as LedgerFault[], counted: [] as Counted[] };
  for (const id of ids) {
    const { history, faults, counted } = await verifySettled(store, id);
    if (history.settlement !== undefined) found.settlements += 1;
    found.entries += history.entries.length;
    found.faults.push(...faults);
    found.counted.push(...counted);
  }
  return page.after === undefined ? found : { ...found, next: encode(page.after) };
}

/** A settlement may change while its items are read: what does not balance is looked at again, until it stands still. */
async function verifySettled(store: SettlementStore, id: string) {
  for (let history = await store.history(id); ; ) {
    const verified = verifyHistory(id, history);
    if (verified.faults.length === 0) return { history, ...verified };
    const again = await store.history(id);
    if (hashOf(again) === hashOf(history)) return { history, ...verified };
    history = again;
  }
}

/** One page of what is kept beside the policies. */
export async function accumulatorPage(
  { items, tables }: SettlementDependencies,
  after: string | undefined,
): Promise<AccumulatorPage> {
  const page = await items.scan(tables.policies, { after: decode(after), limit: pageItems });
  const kept = page.items.filter(({ pk, sk }) => pk.startsWith('person#') && isCount(sk)).map(keptCount);
  return page.after === undefined ? { kept } : { kept, next: encode(page.after) };
}

const isCount = (sk: string): boolean => sk.startsWith('accumulator#') || sk.startsWith('benefits#');

function keptCount(item: Item): KeptCount {
  const { version, ...sums } = item.sk.startsWith('benefits#')
    ? BenefitAccumulator.omit({ year: true, scheme: true }).parse(item)
    : Accumulator.omit({ year: true }).parse(item);
  return { name: countName(item), version, sums };
}

/** Ids of settlements hold no `#`; everything else in the table does. */
const isSettlement = (pk: string): boolean => !pk.includes('#');

const encode = ({ pk, sk }: Key): string => Buffer.from(JSON.stringify([pk, sk])).toString('base64url');
function decode(after: string | undefined): Key | undefined {
  if (after === undefined) return undefined;
  const [pk, sk] = z.tuple([z.string(), z.string()]).parse(JSON.parse(Buffer.from(after, 'base64url').toString()));
  return { pk, sk };
}
