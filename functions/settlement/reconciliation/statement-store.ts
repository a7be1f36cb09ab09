import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  type BookLine,
  Reconciled,
  StatementPart,
  type StatementScope,
  scopeName,
} from '../../../schemas/reconciliation.ts';
import type { Item, Items, Key } from '../../runtime/items.ts';

/** A statement that is there as a whole. */
export type Statement = {
  readonly scope: StatementScope;
  readonly count: number;
  readonly totalFen: number;
  readonly lines: readonly BookLine[];
  readonly digest: string;
};

/** Statements, and what became of them, stand in the table `settlements` under their day. */
export type StatementStore = {
  /** Keeps a part. The same part again changes nothing; a newer version of it takes its place, an older one does not. */
  keep(part: StatementPart): Promise<void>;
  /** Of all statements about a scope and day that are there as a whole, the newest. */
  whole(day: string, scope: StatementScope): Promise<Statement | undefined>;
  /** What statements of a day, whole or not, speak of. */
  scopes(day: string): Promise<StatementScope[]>;
  /** Other days whose statements hold what belongs to a day. */
  elsewhere(day: string, scope: StatementScope): Promise<string[]>;
  noteElsewhere(day: string, scope: StatementScope, other: string): Promise<void>;
  result(day: string, scope: StatementScope): Promise<Reconciled | undefined>;
  results(day: string): Promise<Reconciled[]>;
  /** Nothing is written where it says what is known. */
  putResult(result: Reconciled): Promise<void>;
  /** Whether the closing of a day was begun, be it that nobody could end it. */
  isBegun(day: string): Promise<boolean>;
  begin(day: string): Promise<void>;
  closedAt(day: string): Promise<string | undefined>;
  close(day: string, at: string): Promise<void>;
};

export function statementStore(items: Items, table: string): StatementStore {
  /** A statement of a wholly different day has more differences than one item holds. */
  const whole = async (item: Item): Promise<Reconciled> => {
    const result = Reconciled.parse(item);
    const keys = Array.from({ length: Number(item.chunks) - 1 }, (_, n) => furtherKey(item, n + 1));
    const rest = keys.length === 0 ? [] : await items.getMany(table, keys);
    return { ...result, differences: [...result.differences, ...rest.flatMap((one) => one?.ids as string[])] };
  };
  const store: StatementStore = {
    async keep(part) {
      const put = { ...partKey(part), ...part };
      if (await items.write([{ table, put, when: 'absent' }])) return;
      const kept = await items.get(table, partKey(part));
      if (kept !== undefined && isDeepStrictEqual(StatementPart.parse(kept), part)) return;
      await items.write([{ table, put, when: { asOf: { atMost: part.asOf } } }]);
    },
    async whole(day, scope) {
      const prefix = `statement#${scopeName(scope)}#`;
      const parts = (await items.query(table, { pk: dayPk(day), prefix })).map((item) => StatementPart.parse(item));
      return newestWhole(scope, parts);
    },
    async scopes(day) {
      const found = await items.query(table, { pk: dayPk(day), prefix: 'statement#' });
      const scopes = found.map(({ source, insurer, product_code, refd_setl_flag }) => ({
        source,
        insurer,
        product_code,
        refd_setl_flag,
      })) as StatementScope[];
      return [...new Map(scopes.map((scope) => [scopeName(scope), scope])).values()];
    },
    async elsewhere(day, scope) {
      const found = await items.query(table, { pk: dayPk(day), prefix: `elsewhere#${scopeName(scope)}#` });
      return found.map(({ other }) => String(other));
    },
    async noteElsewhere(day, scope, other) {
      const sk = `elsewhere#${scopeName(scope)}#${other}`;
      await items.write([{ table, put: { pk: dayPk(day), sk, other } }]);
    },
    async result(day, scope) {
      const item = await items.get(table, resultKey(day, scope));
      return item && whole(item);
    },
    async results(day) {
      const found = await items.query(table, { pk: dayPk(day), prefix: 'reconciled#' });
      return Promise.all(found.filter(({ sk }) => !sk.includes(furtherIds)).map(whole));
    },
    async putResult(result) {
      if (isDeepStrictEqual(await store.result(result.day, result), result)) return;
      const key = resultKey(result.day, result);
      const chunks = Math.max(1, Math.ceil(result.differences.length / idsTogether));
      const chunk = (n: number) => result.differences.slice(n * idsTogether, (n + 1) * idsTogether);
      const rest = Array.from({ length: chunks - 1 }, (_, n) => ({
        table,
        put: { ...furtherKey(key, n + 1), ids: chunk(n + 1) },
      }));
      await items.write([{ table, put: { ...key, ...result, differences: chunk(0), chunks } }, ...rest]);
    },
    async isBegun(day) {
      const [closing, closed] = await items.getMany(table, [closingKey(day), closedKey(day)]);
      return closing !== undefined || closed !== undefined;
    },
    async begin(day) {
      await items.write([{ table, put: closingKey(day) }]);
    },
    async closedAt(day) {
      const item = await items.get(table, closedKey(day));
      return item && String(item.at);
    },
    async close(day, at) {
      await items.write([{ table, put: { ...closedKey(day), at } }]);
    },
  };
  return store;
}

/** Parts that agree on what the whole comes to belong together. */
function newestWhole(scope: StatementScope, parts: readonly StatementPart[]): Statement | undefined {
  const whole = [...Map.groupBy(parts, versionOf).values()].filter((some) => some.length === some[0]!.parts);
  const newestOf = (some: StatementPart[]) => some.reduce((newest, { asOf }) => (asOf > newest ? asOf : newest), '');
  const [chosen] = whole.sort((one, other) => (newestOf(one) < newestOf(other) ? 1 : -1));
  if (chosen === undefined) return undefined;
  const { count, totalFen } = chosen[0]!;
  const lines = chosen.sort((one, other) => one.part - other.part).flatMap((part) => part.lines);
  const digest = createHash('sha256')
    .update(JSON.stringify([count, totalFen, lines]))
    .digest('hex');
  return { scope, count, totalFen, lines, digest };
}

const versionOf = ({ parts, count, totalFen }: StatementPart): string => `${parts}-${count}-${totalFen}`;
const dayPk = (day: string): string => `day#${day}`;
const partKey = (part: StatementPart): Key => ({
  pk: dayPk(part.day),
  sk: `statement#${scopeName(part)}#${versionOf(part)}#${String(part.part).padStart(4, '0')}`,
});
const resultKey = (day: string, scope: StatementScope): Key => ({
  pk: dayPk(day),
  sk: `reconciled#${scopeName(scope)}`,
});
/** Ids of differences in one item. */
const idsTogether = 5000;
const furtherIds = '#ids#';
const furtherKey = ({ pk, sk }: Key, n: number): Key => ({ pk, sk: `${sk}${furtherIds}${String(n).padStart(4, '0')}` });
const closingKey = (day: string): Key => ({ pk: dayPk(day), sk: 'closing' });
const closedKey = (day: string): Key => ({ pk: dayPk(day), sk: 'closed' });
