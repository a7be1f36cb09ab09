import type { Condition, Index, Item, Items, Key, Range, Write } from '../../functions/runtime/items.ts';

/** What may befall an operation: asked before it is made, and after. Either may throw, or wait. */
export type Weather = {
  before(operation: 'read' | 'write'): Promise<void>;
  after(operation: 'read' | 'write'): Promise<void>;
};

export const fairWeather: Weather = { before: async () => {}, after: async () => {} };

export type MemoryItems = Items & {
  /** Every item of a table, in the order of the keys. */
  all(table: string): Item[];
  /** Told of every item that was put or updated, as a stream would; of a deleted one with undefined. */
  onChange(listener: (table: string, item: Item | undefined, key: Key) => void): void;
};

/** Tables in memory that answer as DynamoDB does; test/runtime/items.test.ts holds both to the same behaviour. */
export function memoryItems(weather: Weather = fairWeather): MemoryItems {
  const tables = new Map<string, Map<string, Item>>();
  const listeners: Parameters<MemoryItems['onChange']>[0][] = [];
  const rows = (table: string) => {
    const found = tables.get(table) ?? new Map<string, Item>();
    tables.set(table, found);
    return found;
  };
  const around = async <T>(operation: 'read' | 'write', act: () => T): Promise<T> => {
    await weather.before(operation);
    const result = act();
    await weather.after(operation);
    return result;
  };
  return {
    get: (table, key) => around('read', () => copy(rows(table).get(nameOf(key)))),
    getMany: (table, keys) => around('read', () => keys.map((key) => copy(rows(table).get(nameOf(key))))),
    query: (table, range) => around('read', () => select([...rows(table).values()], 'pk', 'sk', range)),
    queryIndex: (table, index, range) =>
      around('read', () => select(inIndex([...rows(table).values()], index), index.partition, index.sort, range)),
    scan: (table, { after, limit }) =>
      around('read', () => {
        const all = [...rows(table).values()].sort((a, b) => compare(nameOf(a), nameOf(b)));
        const rest = all.filter((item) => after === undefined || compare(nameOf(item), nameOf(after)) > 0);
        const items = rest.slice(0, limit).map((item) => copy(item));
        const last = items.at(-1);
        return { items, after: rest.length > limit && last !== undefined ? { pk: last.pk, sk: last.sk } : undefined };
      }),
    write: (writes) =>
      around('write', () => {
        check(writes);
        const held = writes.every(({ table, when, ...write }) =>
          holds(rows(table).get(nameOf(keyOf(write as Write))), 'check' in write ? (when ?? 'present') : when),
        );
        if (!held) return false;
        for (const write of writes) {
          if ('check' in write) continue;
          const key = keyOf(write);
          const before = rows(write.table).get(nameOf(key));
          const after = made(write, before);
          if (after === undefined) rows(write.table).delete(nameOf(key));
          else rows(write.table).set(nameOf(key), after);
          for (const listener of listeners) listener(write.table, copy(after), key);
        }
        return true;
      }),
    all: (table) => [...rows(table).values()].sort((a, b) => compare(nameOf(a), nameOf(b))).map((item) => copy(item)),
    onChange: (listener) => listeners.push(listener),
  };
}

const nameOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

/** DynamoDB keeps no undefined values, and hands out what nobody else holds. */
const copy = <T>(item: T): T => (item === undefined ? item : structuredClone(withoutUndefined(item)));

const withoutUndefined = <T>(value: T): T => {
  if (Array.isArray(value)) return value.map(withoutUndefined) as T;
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  const kept = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(kept.map(([name, one]) => [name, withoutUndefined(one)])) as T;
};

/** DynamoDB sorts strings by their UTF-8 bytes. */
const compare = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

function keyOf(write: Write): Key {
  if ('put' in write) return { pk: write.put.pk, sk: write.put.sk };
  if ('update' in write) return write.update;
  return 'delete' in write ? write.delete : write.check;
}

function check(writes: readonly Write[]): void {
  if (writes.length === 0 || writes.length > 100) throw new Error('A transaction has 1 to 100 actions.');
  const names = writes.map((write) => `${write.table}${nameOf(keyOf(write))}`);
  if (new Set(names).size !== names.length) throw new Error('A transaction touches an item once.');
  for (const write of writes) {
    if ('put' in write && Buffer.byteLength(JSON.stringify(write.put)) > 400_000) throw new Error('Item too large.');
    const { pk, sk } = keyOf(write);
    if (pk === '' || sk === '') throw new Error('A key must not be empty.');
  }
}

function holds(item: Item | undefined, condition: Condition | undefined): boolean {
  if (condition === undefined) return true;
  if (condition === 'absent') return item === undefined;
  if (condition === 'present') return item !== undefined;
  return Object.entries(condition).every(([name, wanted]) => {
    const value = item?.[name] as string | number | boolean | undefined;
    if (wanted === 'absent') return value === undefined;
    if (value === undefined) return false;
    if (typeof wanted !== 'object') return value === wanted;
    if ('oneOf' in wanted) return wanted.oneOf.includes(value);
    if (typeof value !== typeof wanted.atMost) return false;
    return typeof value === 'string' ? compare(value, wanted.atMost as string) <= 0 : value <= wanted.atMost;
  });
}

function made(write: Write, before: Item | undefined): Item | undefined {
  if ('put' in write) return copy(write.put);
  if (!('update' in write)) return undefined;
  const after: Record<string, unknown> = { ...before, ...write.update, ...withoutUndefined(write.set ?? {}) };
  for (const name of write.remove ?? []) delete after[name];
  for (const [name, by] of Object.entries(write.add ?? {})) after[name] = Number(before?.[name] ?? 0) + by;
  return copy(after as Item);
}

const inIndex = (items: Item[], { partition, sort }: Index): Item[] =>
  items.filter((item) => typeof item[partition] === 'string' && typeof item[sort] === 'string');

function select(items: Item[], partition: string, sort: string, range: Range): Item[] {
  const within = (value: string) =>
    range.prefix !== undefined
      ? value.startsWith(range.prefix)
      : (range.from === undefined || compare(value, range.from) >= 0) &&
        (range.to === undefined || compare(value, range.to) <= 0);
  const found = items
    .filter((item) => item[partition] === range.pk && within(String(item[sort])))
    .sort((a, b) => compare(String(a[sort]), String(b[sort])));
  if (range.descending) found.reverse();
  return found.slice(0, range.limit).map((item) => copy(item));
}
