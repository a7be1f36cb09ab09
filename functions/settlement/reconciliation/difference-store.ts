import { createHash } from 'node:crypto';
import {
  type Difference,
  DifferenceEvent,
  DifferenceItem,
  type DifferenceState,
  differenceTransitions,
} from '../../../schemas/difference.ts';
import type { Items, Key, Write } from '../../runtime/items.ts';
import { byBook, byDifference, differencesOf } from '../settlements-table.ts';

/** Part of the transaction that finds a difference; it goes through only where the difference is not known yet. */
export function differenceWrite(table: string, difference: Difference, at: Date): Write {
  const openedAt = at.toISOString();
  const id = differenceId(difference);
  const item: DifferenceItem = { ...difference, id, state: 'open', openedAt, owner: 'operator', version: 1 };
  const order = `${openedAt}#${id}`;
  const about = item.setl_id === undefined ? {} : { book: differencesOf(item.setl_id), bookOrder: order };
  return {
    table,
    put: { ...itemKey(id), ...item, difference: item.state, differenceOrder: order, ...about },
    when: 'absent',
  };
}

/** Those that nobody has found before. */
export async function unknownDifferences(
  items: Items,
  table: string,
  differences: readonly Difference[],
): Promise<Difference[]> {
  const known = await items.getMany(
    table,
    differences.map((difference) => itemKey(differenceId(difference))),
  );
  return differences.filter((_, n) => known[n] === undefined);
}

/** Made from what it is about: the same difference, found again, has the same id. */
export function differenceId({ day, source, class: kind, key }: Difference): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([day, source, kind, key]))
    .digest('hex');
  return `dif_${digest.slice(0, 24)}`;
}

export type DifferenceStore = {
  /** Opens differences that are not known yet, and those again that only the hub held explained; how many were new. */
  ensure(differences: readonly Difference[], at: Date): Promise<number>;
  read(id: string): Promise<{ item: DifferenceItem; events: DifferenceEvent[] } | undefined>;
  /** Oldest first. */
  list(state: DifferenceState, limit: number): Promise<DifferenceItem[]>;
  /** All that were opened since and still are. */
  openSince(day: string): Promise<DifferenceItem[]>;
  /** All about a settlement, whatever their state, the oldest first. */
  about(setlId: string): Promise<DifferenceItem[]>;
  /** Changes a difference by a new event; false when its state allows no such change, or it changed meanwhile. */
  change(id: string, event: Omit<DifferenceEvent, 'n'>): Promise<boolean>;
  /** What was found before is not found any more: an open difference is explained, by nobody's decision. */
  overtake(id: string, at: Date, reason?: string): Promise<void>;
};

export function differenceStore(items: Items, table: string): DifferenceStore {
  const foundAgain = async (id: string, at: Date): Promise<void> => {
    const found = await store.read(id);
    if (found?.item.state !== 'explained' || found.events.at(-1)?.by !== byHub) return;
    await store.change(id, { at: at.toISOString(), by: byHub, to: 'open', reason: '又被对账发现 · Found again' });
  };
  const store: DifferenceStore = {
    async ensure(differences, at) {
      const byId = new Map(differences.map((difference) => [differenceId(difference), difference]));
      const ids = [...byId.keys()];
      let opened = 0;
      for (let start = 0; start < ids.length; start += together) {
        const some = ids.slice(start, start + together);
        const known = await items.getMany(table, some.map(itemKey));
        const writes = some
          .filter((_, n) => known[n] === undefined)
          .map((id) => differenceWrite(table, byId.get(id) as Difference, at));
        if (writes.length > 0 && (await items.write(writes))) opened += writes.length;
        // Somebody else has just opened one of them.
        else for (const write of writes) opened += (await items.write([write])) ? 1 : 0;
        for (const item of known) if (item?.state === 'explained') await foundAgain(String(item.id), at);
      }
      // Until they are read back: what is found once is not always found again.
      return opened === 0 ? 0 : opened + (await store.ensure(differences, at));
    },
    async read(id) {
      const found = await items.query(table, { pk: itemKey(id).pk });
      const item = found.find(({ sk }) => sk === 'difference');
      if (item === undefined) return undefined;
      const events = found.filter(({ sk }) => sk.startsWith('event#')).map((event) => DifferenceEvent.parse(event));
      return { item: DifferenceItem.parse(item), events };
    },
    async list(state, limit) {
      const found = await items.queryIndex(table, byDifference, { pk: state, limit });
      return found.map((item) => DifferenceItem.parse(item));
    },
    async openSince(day) {
      const found = await items.queryIndex(table, byDifference, { pk: 'open' satisfies DifferenceState, from: day });
      return found.map((item) => DifferenceItem.parse(item));
    },
    async about(setlId) {
      const found = await items.queryIndex(table, byBook, { pk: differencesOf(setlId) });
      return found.map((item) => DifferenceItem.parse(item));
    },
    async change(id, event) {
      const found = await store.read(id);
      if (found === undefined) return false;
      const { item, events } = found;
      if (!allowed(item.state, event.to)) return false;
      const n = events.length + 1;
      return items.write([
        {
          table,
          update: itemKey(id),
          set: {
            state: event.to,
            difference: event.to,
            version: item.version + 1,
            ...(event.owner === undefined ? {} : { owner: event.owner }),
          },
          when: { version: item.version },
        },
        {
          table,
          put: { pk: itemKey(id).pk, sk: `event#${String(n).padStart(4, '0')}`, ...event, n },
        },
      ]);
    },
    async overtake(id, at, reason = '后来的对账不再有此差异 · Not found any more by a later reconciliation') {
      // Until it is seen: somebody may change it meanwhile, and no later reconciliation looks after it.
      while ((await store.read(id))?.item.state === 'open')
        await store.change(id, { at: at.toISOString(), by: byHub, to: 'explained', reason });
    },
  };
  return store;
}

/** Differences opened in one transaction. */
const together = 50;
/** Who acts where nobody has decided. */
const byHub = 'hub';

/** A difference that is not cleared up may get another reason or owner and stay what it is. */
function allowed(from: DifferenceState, to: DifferenceState): boolean {
  if (from === to) return to !== 'resolved';
  return (differenceTransitions[from] as readonly DifferenceState[]).includes(to);
}

const itemKey = (id: string): Key => ({ pk: `difference#${id}`, sk: 'difference' });
