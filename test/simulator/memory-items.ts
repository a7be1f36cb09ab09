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
  const table = (name: string): Table => {
    const found = tables.get(name) ?? new Table(lag);
    tables.set(name, found);
    return found;
  };
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
      const found = select(table(name).partition(range.pk), 'sk', range);
      const between = found.length > 1 ? amid?.() : undefined;
      if (between === undefined) return found;
      const sign = range.descending === true ? -1 : 1;
      return inHalves(found, between, (last) =>
        select(table(name).partition(range.pk), 'sk', { ...range, limit: undefined })
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
    all: (name, pk) => (pk === undefined ? table(name).all() : select(table(name).partition(pk), 'sk', { pk })),
    each: (name) => table(name).each(),
    onChange: (listener) => listeners.push(listener),
    catchUp() {
      for (const one of tables.values()) one.catchUp();
    },
    in: within,
  };
}

class Table {
  private readonly partitions = new Map<string, Map<string, Item>>();
  /** Attribute → value → items, for indexes that were asked for. */
  private readonly indexes = new Map<string, Map<string, Set<Item>>>();
  /** What indexes do not know yet. */
  private behind: { readonly at: number; readonly before: Item | undefined; readonly item: Item | undefined }[] = [];
  private readonly lag: IndexLag | undefined;

  constructor(lag: IndexLag | undefined) {
    this.lag = lag;
  }

  get({ pk, sk }: Key): Item | undefined {
    return this.partitions.get(pk)?.get(sk);
  }

  set({ pk, sk }: Key, item: Item | undefined): void {
    const partition = this.partitions.get(pk) ?? new Map<string, Item>();
    const before = partition.get(sk);
    if (this.indexes.size > 0) this.follow(before, item);
    if (item === undefined) partition.delete(sk);
    else partition.set(sk, item);
    if (partition.size === 0) this.partitions.delete(pk);
    else this.partitions.set(pk, partition);
  }

  partition(pk: string): Item[] {
    return [...(this.partitions.get(pk)?.values() ?? [])];
  }

  inIndex({ partition, sort }: Index, value: string): Item[] {
    let index = this.indexes.get(partition);
    this.catchUp(index === undefined ? undefined : (this.lag?.now() ?? 0));
    if (index === undefined) {
      index = new Map();
      for (const item of this.each()) enlist(index, partition, item);
      this.indexes.set(partition, index);
    }
    return [...(index.get(value) ?? [])].filter((item) => typeof item[sort] === 'string');
  }

  all(): Item[] {
    return [...this.each()].sort(compareKeys);
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
    const left = this.behind.findIndex(({ at }) => at > until);
    const due = this.behind.splice(0, left === -1 ? this.behind.length : left);
    for (const { before, item } of due) this.index(before, item);
  }

  private index(before: Item | undefined, item: Item | undefined): void {
    for (const [attribute, index] of this.indexes) {
      if (before !== undefined) index.get(before[attribute] as string)?.delete(before);
      if (item !== undefined) enlist(index, attribute, item);
    }
  }

  *each(): Generator<Item> {
    for (const partition of this.partitions.values()) yield* partition.values();
  }
}

function enlist(index: Map<string, Set<Item>>, attribute: string, item: Item): void {
  const value = item[attribute];
  if (typeof value !== 'string') return;
  const found = index.get(value);
  if (found === undefined) index.set(value, new Set([item]));
  else found.add(item);
}

const largest = 400 * 1024;
const mostTogether = 4 * 1024 * 1024;

/** DynamoDB keeps no undefined values, and nothing of what it keeps changes by itself. */
function frozen<T>(item: T): T {
  let size = 0;
  const keep = (value: unknown): unknown => {
    if (typeof value === 'string') size += value.length;
    if (typeof value === 'number' && !isKept(value)) throw new Error('No such number can be kept.');
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Uint8Array) {
      size += value.length;
      return Uint8Array.from(value);
    }
    if (Array.isArray(value)) return Object.freeze(value.filter((one) => one !== undefined).map(keep));
    const kept: Record<string, unknown> = {};
    for (const [name, one] of Object.entries(value)) {
      if (one === undefined) continue;
      size += name.length;
      kept[name] = keep(one);
    }
    return Object.freeze(kept);
  };
  const kept = keep(item) as T;
  const bytes = size > largest / 30 ? bytesOf(kept) : 0;
  if (bytes > largest) throw new Error('Item too large.');
  if (bytes > 0) large.set(kept as object, bytes);
  return kept;
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
  const names = new Set<string>();
  for (const write of writes) {
    const { pk, sk } = keyOf(write);
    if (!isShort(pk, 2048) || !isShort(sk, 1024)) throw new Error('A key must be neither empty nor long.');
    if ('update' in write) checkUpdate(write);
    names.add(nameOf(write));
  }
  if (names.size !== writes.length) throw new Error('A transaction touches an item once.');
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
  const item: Record<string, unknown> = { ...before, ...write.update };
  for (const [name, to] of Object.entries(write.set ?? {})) if (to !== undefined) item[name] = to;
  for (const name of write.remove ?? []) delete item[name];
  for (const [name, by] of Object.entries(write.add ?? {})) {
    const sum = before?.[name] ?? 0;
    if (typeof sum !== 'number') throw new Error('Only to a number a number can be added.');
    item[name] = sum + by;
  }
  return frozen(item as Item);
}

function select(items: Item[], sort: string, { prefix, from, to, descending, limit }: Range): Item[] {
  const within = (value: string): boolean =>
    prefix === undefined
      ? (from === undefined || compare(value, from) >= 0) && (to === undefined || compare(value, to) <= 0)
      : value.startsWith(prefix);
  const found = items
    .filter((item) => within(item[sort] as string))
    .sort((one, other) => compare(one[sort] as string, other[sort] as string) || compareKeys(one, other));
  if (descending) found.reverse();
  return limit === undefined ? found : found.slice(0, limit);
}
