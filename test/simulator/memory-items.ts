import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import type { Condition, Index, Item, Items, Key, Range, Write } from '../../functions/runtime/items.ts';
import type { Pause, Random } from '../../functions/runtime/ports.ts';
import { transact } from '../../functions/runtime/transact.ts';

/** `look`: into an index. */
export type Operation = 'read' | 'look' | 'write';

/** What may befall an operation: asked before it is made, and after. Either may throw, wait, or never come back. */
export type Weather = {
  before(operation: Operation): Promise<void>;
  after(operation: Operation): Promise<void>;
  /** In the middle of a read of several items, which is none of one moment. Undefined: it is, this time. */
  amid?(): Promise<void> | undefined;
  /** Where transactions take their time; without it they are over at once. */
  readonly transactions?: Transactions;
  /** Whether a write is lost that is said to be made: no table may do that. */
  lies?(): boolean;
};

export type Transactions = {
  /** How long one holds its items: another that wants one of them meanwhile is cancelled. Undefined: not at all. */
  readonly holds?: (() => Promise<void> | undefined) | undefined;
  /** Of the client, between its tries. */
  readonly pause: Pause;
  readonly random: Random;
};

/** How far indexes are behind their table: they follow in the order in which it was written. */
export type IndexLag = { now(): number; milliseconds(): number };

export const fairWeather: Weather = { before: async () => {}, after: async () => {} };

export type MemoryItems = Items & {
  /** Every item of a table, or of one of its partitions, in the order of the keys. */
  all(table: string, pk?: string): Item[];
  /** The same in no order. */
  each(table: string): Iterable<Item>;
  /** Told of every item that was put or updated, as a stream would; of a deleted one with undefined. */
  onChange(listener: (table: string, item: Item | undefined, key: Key, before: Item | undefined) => void): void;
  /** From now on indexes know everything that was written so far. */
  catchUp(): void;
  /** The same tables in other weather. */
  in(weather: Weather): Items;
};

/**
 * Tables in memory that answer as DynamoDB does; test/runtime/items.test.ts holds both to the same behaviour. Items are
 * frozen when they are put and handed out as they are.
 */
export function memoryItems(weather: Weather = fairWeather, lag?: IndexLag): MemoryItems {
  const tables = new Map<string, Table>();
  const listeners: Parameters<MemoryItems['onChange']>[0][] = [];
  const table = (name: string): Table => tables.get(name) ?? entered(tables, name, new Table(lag));
  const allHold = (writes: readonly Write[]): boolean => writes.every((one) => isHeld(table(one.table), one));
  const write = (writes: readonly Write[]): boolean => {
    check(writes);
    if (!allHold(writes)) return false;
    const made = writes.map((one) => ({ write: one, key: keyOf(one), table: table(one.table) }));
    const changes = made.flatMap(({ write, key, table }) => {
      if ('check' in write) return [];
      const before = table.get(key);
      return [{ name: write.table, table, key, before, after: after(write, before) }];
    });
    if (changes.length > 10 && sumOf(changes.map(({ after }) => after)) > mostTogether)
      throw new Error('Too much at once.');
    for (const { table, key, after } of changes) table.set(key, after);
    for (const { name, key, before, after } of changes)
      for (const listener of listeners) listener(name, after, key, before);
    return true;
  };
  /** Items that a transaction holds at the moment. */
  const busy = new Set<string>();
  /** As a server does it: once begun, it ends, whatever becomes of who asked for it. */
  const begin = async (writes: readonly Write[], holds: Transactions['holds']): Promise<void> => {
    check(writes);
    const names = writes.map(nameOf);
    const reasons = writes.map((one, n) => {
      if (busy.has(names[n]!)) return 'TransactionConflict';
      return isHeld(table(one.table), one) ? 'None' : 'ConditionalCheckFailed';
    });
    if (reasons.some((reason) => reason !== 'None')) throw notMade(writes, reasons);
    const over = holds?.();
    if (over !== undefined) {
      for (const name of names) busy.add(name);
      await over;
      for (const name of names) busy.delete(name);
    }
    if (!write(writes)) throw new Error('Somebody wrote what a transaction holds.');
  };
  const within = ({ before, after, amid, transactions, lies }: Weather): Items => {
    const make = (writes: readonly Write[]): boolean | Promise<boolean> => {
      if (lies?.() === true) return allHold(writes);
      if (transactions === undefined || (transactions.holds === undefined && busy.size === 0)) return write(writes);
      const { holds, pause, random } = transactions;
      return transact(() => begin(writes, holds), pause, random);
    };
    const around = async <T>(operation: Operation, act: () => T | Promise<T>): Promise<T> => {
      await before(operation);
      const result = await act();
      await after(operation);
      return result;
    };
    /** Of what is read in two halves, the second is as it is by then. @param rest What comes after the last of the first. */
    const inHalves = async (whole: readonly Item[], between: Promise<void>, rest: (last: Item) => Item[]) => {
      const half = whole.slice(0, Math.ceil(whole.length / 2));
      await between;
      return [...half, ...rest(half.at(-1)!)];
    };
    const query = (name: string, range: Range): Item[] | Promise<Item[]> => {
      const found = select(table(name).inOrder(range.pk), 'sk', range);
      const between = found.length > 1 ? amid?.() : undefined;
      if (between === undefined) return found;
      const sign = range.descending === true ? -1 : 1;
      return inHalves(found, between, (last) =>
        select(table(name).inOrder(range.pk), 'sk', { ...range, limit: undefined })
          .filter(({ sk }) => sign * compare(sk, last.sk) > 0)
          .slice(0, range.limit === undefined ? undefined : range.limit - Math.ceil(found.length / 2)),
      );
    };
    const getMany = async (name: string, keys: readonly Key[]): Promise<(Item | undefined)[]> => {
      const half = Math.ceil(keys.length / 2);
      const first = keys.slice(0, half).map((key) => table(name).get(key));
      if (keys.length > 1) await amid?.();
      return [...first, ...keys.slice(half).map((key) => table(name).get(key))];
    };
    return {
      get: (name, key) => around('read', () => table(name).get(key)),
      getMany: (name, keys) => around('read', () => getMany(name, keys)),
      query: (name, range) => around('read', () => query(name, range)),
      queryIndex: (name, index, range) =>
        around('look', () => select(table(name).inIndex(index, range.pk), index.sort, range)),
      scan: (name, { after, limit }) =>
        around('read', () => {
          const rest = table(name)
            .all()
            .filter((item) => after === undefined || compareKeys(item, after) > 0);
          const items = rest.slice(0, limit);
          const last = items.at(-1);
          return { items, after: rest.length > limit && last !== undefined ? { pk: last.pk, sk: last.sk } : undefined };
        }),
      write: (writes) => around('write', () => make(writes)),
    };
  };
  return {
    ...within(weather),
    all: (name, pk) => [...(pk === undefined ? table(name).all() : table(name).inOrder(pk))],
    each: (name) => table(name).each(),
    onChange: (listener) => listeners.push(listener),
    catchUp() {
      for (const one of tables.values()) one.catchUp();
    },
    in: within,
  };
}

class Table {
  private readonly partitions = new Map<string, Partition>();
  /** By their attributes: those that were asked for. */
  private readonly indexes = new Map<string, TableIndex>();
  /** What indexes do not know yet. */
  private behind: { readonly at: number; readonly before: Item | undefined; readonly item: Item | undefined }[] = [];
  private readonly lag: IndexLag | undefined;
  private whole: readonly Item[] | undefined;

  constructor(lag: IndexLag | undefined) {
    this.lag = lag;
  }

  get({ pk, sk }: Key): Item | undefined {
    return this.partitions.get(pk)?.items.get(sk);
  }

  set({ pk, sk }: Key, item: Item | undefined): void {
    const partition = this.partitions.get(pk) ?? entered(this.partitions, pk, { items: new Map(), inOrder: undefined });
    const { items, inOrder } = partition;
    const before = items.get(sk);
    if (this.indexes.size > 0) this.follow(before, item);
    if (item === undefined) items.delete(sk);
    else items.set(sk, item);
    if (inOrder !== undefined) replace(inOrder, compareKeys, before, item);
    this.whole = undefined;
    if (items.size === 0) this.partitions.delete(pk);
  }

  /** A partition in the order of its keys. */
  inOrder(pk: string): readonly Item[] {
    const partition = this.partitions.get(pk);
    if (partition === undefined) return none;
    partition.inOrder ??= [...partition.items.values()].sort(compareKeys);
    return partition.inOrder;
  }

  inIndex({ partition, sort }: Index, value: string): readonly Item[] {
    const index = this.indexes.get(partition);
    this.catchUp(index === undefined ? undefined : (this.lag?.now() ?? 0));
    const known = index ?? entered(this.indexes, partition, new TableIndex(partition, this.each()));
    return known.inOrder(value, sort);
  }

  all(): readonly Item[] {
    this.whole ??= [...this.each()].sort(compareKeys);
    return this.whole;
  }

  private follow(before: Item | undefined, item: Item | undefined): void {
    const milliseconds = this.lag?.milliseconds() ?? 0;
    if (milliseconds === 0 && this.behind.length === 0) {
      this.index(before, item);
      return;
    }
    const at = Math.max((this.lag?.now() ?? 0) + milliseconds, this.behind.at(-1)?.at ?? 0);
    this.behind.push({ at, before, item });
  }

  catchUp(until = Number.POSITIVE_INFINITY): void {
    if (this.behind.length === 0) return;
    const left = this.behind.findIndex(({ at }) => at > until);
    const due = this.behind.splice(0, left === -1 ? this.behind.length : left);
    for (const { before, item } of due) this.index(before, item);
  }

  private index(before: Item | undefined, item: Item | undefined): void {
    for (const index of this.indexes.values()) index.follow(before, item);
  }

  *each(): Generator<Item> {
    for (const { items } of this.partitions.values()) yield* items.values();
  }
}

type Partition = { readonly items: Map<string, Item>; inOrder: Item[] | undefined };
const none: readonly Item[] = [];

/** Items by the value of an attribute. */
class TableIndex {
  private readonly attribute: string;
  private readonly lists = new Map<string, { readonly items: Set<Item>; readonly inOrder: Map<string, Item[]> }>();

  constructor(attribute: string, items: Iterable<Item>) {
    this.attribute = attribute;
    for (const item of items) this.follow(undefined, item);
  }

  follow(before: Item | undefined, item: Item | undefined): void {
    if (before !== undefined) this.leave(before);
    if (item !== undefined) this.enter(item);
  }

  /** Those that have the attribute they are sorted by, in its order. */
  inOrder(value: string, sort: string): readonly Item[] {
    const list = this.lists.get(value);
    if (list === undefined) return none;
    const inOrder = () => [...list.items].filter((item) => typeof item[sort] === 'string').sort(orderBy(sort));
    return list.inOrder.get(sort) ?? entered(list.inOrder, sort, inOrder());
  }

  private enter(item: Item): void {
    const value = item[this.attribute];
    if (typeof value !== 'string') return;
    const list = this.lists.get(value) ?? entered(this.lists, value, { items: new Set(), inOrder: new Map() });
    list.items.add(item);
    for (const [sort, sorted] of list.inOrder)
      if (typeof item[sort] === 'string') replace(sorted, orderBy(sort), undefined, item);
  }

  private leave(item: Item): void {
    const list = this.lists.get(item[this.attribute] as string);
    if (list === undefined) return;
    list.items.delete(item);
    for (const [sort, sorted] of list.inOrder)
      if (typeof item[sort] === 'string') replace(sorted, orderBy(sort), item, undefined);
  }
}

function entered<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): Value {
  map.set(key, value);
  return value;
}

type Order = (one: Item, other: Item) => number;
const orderBy =
  (sort: string): Order =>
  (one, other) =>
    compare(one[sort] as string, other[sort] as string) || compareKeys(one, other);

/** In a list that is in order. */
function replace(list: Item[], order: Order, before: Item | undefined, item: Item | undefined): void {
  const placeOf = (other: Item) => firstOf(list, (one) => order(one, other) >= 0);
  const last = before === undefined ? -1 : placeOf(before);
  if (before !== undefined && list[last] === before) list.splice(last, 1);
  if (item !== undefined) list.splice(placeOf(item), 0, item);
}

/** Where those begin that something holds for; it holds for all after the first. */
function firstOf(list: readonly Item[], holds: (item: Item) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const largest = 400 * 1024;
const mostTogether = 4 * 1024 * 1024;

/** DynamoDB keeps no undefined values, and nothing of what it keeps changes by itself. */
function frozen(item: object): Item {
  const kept = keep(item) as Item;
  weigh(kept);
  return kept;
}

function keep(value: unknown): unknown {
  if (typeof value === 'number' && !isKept(value)) throw new Error('No such number can be kept.');
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return Object.freeze(value.filter((one) => one !== undefined).map(keep));
  // A copy as a whole is several times faster than one field by field.
  const kept: Record<string, unknown> = { ...value };
  let isWhole = true;
  for (const name in kept) {
    const one = kept[name];
    if (one === undefined) isWhole = false;
    else if (typeof one === 'object' || typeof one === 'number') kept[name] = keep(one);
  }
  if (isWhole) return Object.freeze(kept);
  return Object.freeze(Object.fromEntries(Object.entries(kept).filter(([, one]) => one !== undefined)));
}

function weigh(item: Item): void {
  const bytes = lengthOf(item) > largest / 30 ? bytesOf(item) : 0;
  if (bytes > largest) throw new Error('Item too large.');
  if (bytes > 0) large.set(item, bytes);
}

/** Of all its names, texts and bytes. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  if (value instanceof Uint8Array) return value.length;
  let sum = 0;
  if (Array.isArray(value)) for (const one of value) sum += lengthOf(one);
  else for (const name in value) sum += name.length + lengthOf((value as Record<string, unknown>)[name]);
  return sum;
}

/** What items come to that are large; the others are too small to come to much. */
const large = new WeakMap<object, number>();
const sumOf = (items: readonly (Item | undefined)[]): number =>
  items.reduce((sum, item) => sum + (large.get(item ?? {}) ?? 0), 0);

const bytesOf = (item: unknown): number =>
  Buffer.byteLength(
    JSON.stringify(item, (_, value) => (value instanceof Uint8Array ? ' '.repeat(value.length) : value)),
  );

/** What is not safe as an integer the client refuses, what is smaller than any number of DynamoDB's the table does. */
const isKept = (value: number): boolean =>
  Math.abs(value) <= Number.MAX_SAFE_INTEGER && (value === 0 || Math.abs(value) >= 1e-130);

const beyondTwoBytes = /[\ud800-\udfff]/;
/** DynamoDB sorts strings by their UTF-8 bytes: as code units do, but for pairs of them. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  if (beyondTwoBytes.test(one) || beyondTwoBytes.test(other))
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return one < other ? -1 : 1;
}
const compareKeys = (one: Key, other: Key): number => compare(one.pk, other.pk) || compare(one.sk, other.sk);

/** One write alone is no transaction and fails as itself (functions/runtime/items.ts). */
function notMade(writes: readonly Write[], reasons: readonly string[]): Error {
  const alone = writes.length === 1 && !('check' in writes[0]!);
  if (alone && reasons[0] === 'TransactionConflict')
    return new TransactionConflictException({ message: 'Transaction is ongoing for the item', $metadata: {} });
  if (alone) return new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
  return new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.join(', ')}]`,
    CancellationReasons: reasons.map((Code) => ({ Code })),
    $metadata: {},
  });
}

function nameOf(write: Write): string {
  const { pk, sk } = keyOf(write);
  return `${write.table}\n${pk}\n${sk}`;
}

function keyOf(write: Write): Key {
  if ('put' in write) return write.put;
  if ('update' in write) return write.update;
  return 'delete' in write ? write.delete : write.check;
}

function check(writes: readonly Write[]): void {
  if (writes.length === 0 || writes.length > 100) throw new Error('A transaction has 1 to 100 actions.');
  for (const write of writes) {
    const { pk, sk } = keyOf(write);
    if (!isShort(pk, 2048) || !isShort(sk, 1024)) throw new Error('A key must be neither empty nor long.');
    if ('update' in write) checkUpdate(write);
  }
  if (writes.length > 1 && new Set(writes.map(nameOf)).size !== writes.length)
    throw new Error('A transaction touches an item once.');
}

const isShort = (key: string, bytes: number): boolean =>
  key !== '' && (3 * key.length <= bytes || Buffer.byteLength(key) <= bytes);

function checkUpdate({ set = {}, remove = [], add = {} }: Extract<Write, { update: Key }>): void {
  const names = [...Object.keys(set).filter((name) => set[name] !== undefined), ...remove, ...Object.keys(add)];
  if (names.length === 0 || new Set(names).size !== names.length)
    throw new Error('An update changes an attribute once.');
}

const isHeld = (table: Table, write: Write): boolean =>
  holds(table.get(keyOf(write)), 'check' in write ? (write.when ?? 'present') : write.when);

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
    if (typeof value !== typeof wanted.atMost || typeof value === 'boolean') return false;
    return typeof value === 'string'
      ? compare(value, wanted.atMost as string) <= 0
      : value <= (wanted.atMost as number);
  });
}

function after(write: Write, before: Item | undefined): Item | undefined {
  if ('put' in write) return frozen(write.put);
  if (!('update' in write)) return undefined;
  // What it had is kept already.
  const item: Item & Record<string, unknown> = { ...before, ...write.update };
  for (const [name, to] of Object.entries(write.set ?? {})) if (to !== undefined) item[name] = keep(to);
  for (const name of write.remove ?? []) delete item[name];
  for (const [name, by] of Object.entries(write.add ?? {})) {
    const sum = before?.[name] ?? 0;
    if (typeof sum !== 'number') throw new Error('Only to a number a number can be added.');
    item[name] = keep(sum + by);
  }
  weigh(item);
  return Object.freeze(item);
}

/** @param items In the order of `sort`. */
function select(items: readonly Item[], sort: string, { prefix, from, to, descending, limit }: Range): Item[] {
  if (items.length === 0) return [];
  const sortedBy = (item: Item): string => item[sort] as string;
  const first = prefix ?? from;
  const begin = first === undefined ? 0 : firstOf(items, (item) => compare(sortedBy(item), first) >= 0);
  let end = items.length;
  if (prefix !== undefined)
    end = firstOf(items, (item) => compare(sortedBy(item), prefix) > 0 && !sortedBy(item).startsWith(prefix));
  else if (to !== undefined) end = firstOf(items, (item) => compare(sortedBy(item), to) > 0);
  const count = Math.min(Math.max(0, end - begin), limit ?? Number.POSITIVE_INFINITY);
  return descending === true ? items.slice(end - count, end).reverse() : items.slice(begin, begin + count);
}
