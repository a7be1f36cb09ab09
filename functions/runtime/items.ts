import { setTimeout } from 'node:timers/promises';
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { documents } from './documents.ts';
import { transact } from './transact.ts';

/**
 * The few operations money is stored with. Stores of settlements, policies and messages speak this language and no
 * other, so that the very same code runs over DynamoDB and, in the simulator, over a table in memory.
 */
export type Key = { readonly pk: string; readonly sk: string };
export type Item = Key & Readonly<Record<string, unknown>>;
type Scalar = string | number | boolean;

/** What must hold of the item before a write; all of them. */
export type Condition =
  | 'absent'
  | 'present'
  | Readonly<Record<string, Scalar | { readonly oneOf: readonly Scalar[] } | { readonly atMost: Scalar } | 'absent'>>;

export type Write = { readonly table: string; readonly when?: Condition } & (
  | { readonly put: Item }
  | {
      readonly update: Key;
      readonly set?: Readonly<Record<string, unknown>>;
      readonly remove?: readonly string[];
      readonly add?: Readonly<Record<string, number>>;
    }
  | { readonly delete: Key }
  | { readonly check: Key }
);

export type Range = {
  readonly pk: string;
  /** Sort keys that begin so. */
  readonly prefix?: string;
  /** Sort keys from here, and up to here, both included. */
  readonly from?: string;
  readonly to?: string;
  readonly descending?: boolean;
  /** Items of one page; all when absent. */
  readonly limit?: number;
};

/** An index: the names of the attributes it is keyed by. Items without them are not in it; it holds whole items. */
export type Index = { readonly name: string; readonly partition: string; readonly sort: string };

/** `after`: where the next page begins; absent on the last. */
export type Scanned = { readonly items: readonly Item[]; readonly after?: Key | undefined };

export type Items = {
  /** Strongly consistent. */
  get(table: string, key: Key): Promise<Item | undefined>;
  /** Strongly consistent, in the order of the keys; undefined for what is not there. */
  getMany(table: string, keys: readonly Key[]): Promise<(Item | undefined)[]>;
  /** Strongly consistent, in the order of the sort keys. */
  query(table: string, range: Range): Promise<Item[]>;
  /** Eventually consistent; `pk`, `prefix`, `from`, `to` speak of the index's attributes. */
  queryIndex(table: string, index: Index, range: Range): Promise<Item[]>;
  /** Everything in a table, a page at a time; the items of one partition come one after the other. */
  scan(table: string, page: { readonly after?: Key | undefined; readonly limit: number }): Promise<Scanned>;
  /**
   * All of them or none, at most 100, each on another item.
   * @returns whether they were made; false when a condition did not hold.
   * @throws on anything else, conflicts with other transactions that went on too long included. After a throw the
   * writes may or may not have been made.
   */
  write(writes: readonly Write[]): Promise<boolean>;
};

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

export const dynamoItems: Items = {
  async get(table, { pk, sk }) {
    const answer = await documents.send(new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true }));
    return answer.Item as Item | undefined;
  },

  async getMany(table, keys) {
    const found = new Map<string, Item>();
    // DynamoDB refuses a key that stands twice in a request.
    let left: Key[] = [...new Map(keys.map(({ pk, sk }) => [nameOf({ pk, sk }), { pk, sk }])).values()];
    for (let throttled = 0; left.length > 0; ) {
      const answer = await documents.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys: left.slice(0, 100), ConsistentRead: true } } }),
      );
      for (const item of (answer.Responses?.[table] ?? []) as Item[]) found.set(nameOf(item), item);
      const unprocessed = (answer.UnprocessedKeys?.[table]?.Keys ?? []) as Key[];
      left = [...unprocessed, ...left.slice(100)];
      // The table gives no more at the moment, and the client does not take that for an error.
      if (unprocessed.length > 0) await setTimeout(Math.min(10 * 2 ** throttled++, 1000) * (0.5 + Math.random()));
    }
    return keys.map((key) => found.get(nameOf(key)));
  },

  query: (table, range) => pages({ TableName: table, ConsistentRead: true }, 'pk', 'sk', range),
  queryIndex: (table, index, range) =>
    pages({ TableName: table, IndexName: index.name }, index.partition, index.sort, range),

  async scan(table, { after, limit }) {
    const answer = await documents.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, Limit: limit, ExclusiveStartKey: after }),
    );
    return { items: (answer.Items ?? []) as Item[], after: answer.LastEvaluatedKey as Key | undefined };
  },

  write(writes) {
    const items = writes.map(transactItem);
    return transact(
      () => sendAll(items),
      (milliseconds) => setTimeout(milliseconds),
      Math.random,
    );
  },
};

/** One alone needs no transaction, which costs twice as much, in time and in money. */
function sendAll(items: readonly TransactItem[]): Promise<unknown> {
  const [only] = items;
  if (items.length === 1 && only?.Put !== undefined) return documents.send(new PutCommand(only.Put));
  if (items.length === 1 && only?.Update !== undefined) return documents.send(new UpdateCommand(only.Update));
  if (items.length === 1 && only?.Delete !== undefined) return documents.send(new DeleteCommand(only.Delete));
  return documents.send(new TransactWriteCommand({ TransactItems: [...items] }));
}

const nameOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

async function pages(
  query: { TableName: string; IndexName?: string; ConsistentRead?: boolean },
  partition: string,
  sort: string,
  range: Range,
): Promise<Item[]> {
  const values: Record<string, string> = { ':pk': range.pk };
  const terms = ['#pk = :pk'];
  if (range.prefix !== undefined) {
    terms.push('begins_with(#sk, :prefix)');
    values[':prefix'] = range.prefix;
  } else if (range.from !== undefined && range.to !== undefined) {
    // DynamoDB refuses to look between two bounds that stand the wrong way round.
    if (Buffer.compare(Buffer.from(range.from), Buffer.from(range.to)) > 0) return [];
    terms.push('#sk BETWEEN :from AND :to');
    values[':from'] = range.from;
    values[':to'] = range.to;
  } else if (range.from !== undefined) {
    terms.push('#sk >= :from');
    values[':from'] = range.from;
  } else if (range.to !== undefined) {
    terms.push('#sk <= :to');
    values[':to'] = range.to;
  }
  const names = { '#pk': partition, ...(terms.length > 1 ? { '#sk': sort } : {}) };
  const items: Item[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new QueryCommand({
        ...query,
        KeyConditionExpression: terms.join(' AND '),
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
        ScanIndexForward: range.descending !== true,
        Limit: range.limit === undefined ? undefined : range.limit - items.length,
        ExclusiveStartKey: from,
      }),
    );
    items.push(...((page.Items ?? []) as Item[]));
    from = page.LastEvaluatedKey;
  } while (from !== undefined && (range.limit === undefined || items.length < range.limit));
  return items;
}

function transactItem(write: Write): TransactItem {
  const expression = new Expression();
  const condition = write.when === undefined ? undefined : conditionOf(write.when, expression);
  if ('put' in write) {
    return { Put: { TableName: write.table, Item: write.put, ConditionExpression: condition, ...expression.parts() } };
  }
  if ('update' in write) {
    const UpdateExpression = updateOf(write, expression);
    return {
      Update: {
        TableName: write.table,
        Key: write.update,
        UpdateExpression,
        ConditionExpression: condition,
        ...expression.parts(),
      },
    };
  }
  if ('delete' in write) {
    return {
      Delete: { TableName: write.table, Key: write.delete, ConditionExpression: condition, ...expression.parts() },
    };
  }
  return {
    ConditionCheck: {
      TableName: write.table,
      Key: write.check,
      ConditionExpression: condition ?? 'attribute_exists(pk)',
      ...expression.parts(),
    },
  };
}

function conditionOf(condition: Condition, expression: Expression): string | undefined {
  if (condition === 'absent') return 'attribute_not_exists(pk)';
  if (condition === 'present') return 'attribute_exists(pk)';
  const terms = Object.entries(condition).map(([name, wanted]) => {
    const attribute = expression.name(name);
    if (wanted === 'absent') return `attribute_not_exists(${attribute})`;
    if (typeof wanted !== 'object') return `${attribute} = ${expression.value(wanted)}`;
    if ('atMost' in wanted) return `${attribute} <= ${expression.value(wanted.atMost)}`;
    return `${attribute} IN (${wanted.oneOf.map((one) => expression.value(one)).join(', ')})`;
  });
  return terms.length === 0 ? undefined : terms.join(' AND ');
}

function updateOf(write: Extract<Write, { update: Key }>, expression: Expression): string {
  const set = Object.entries(write.set ?? {}).filter(([, to]) => to !== undefined);
  const clauses = [
    ['SET', set.map(([name, to]) => `${expression.name(name)} = ${expression.value(to)}`)],
    ['REMOVE', (write.remove ?? []).map((name) => expression.name(name))],
    ['ADD', Object.entries(write.add ?? {}).map(([name, by]) => `${expression.name(name)} ${expression.value(by)}`)],
  ] as const;
  return clauses.flatMap(([verb, parts]) => (parts.length === 0 ? [] : [`${verb} ${parts.join(', ')}`])).join(' ');
}

/** Placeholders of one expression. */
class Expression {
  private readonly names: Record<string, string> = {};
  private readonly values: Record<string, unknown> = {};

  name(attribute: string): string {
    const placeholder = `#${attribute.replace(/\W/g, '_')}`;
    this.names[placeholder] = attribute;
    return placeholder;
  }

  value(value: unknown): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  parts() {
    return {
      ...(Object.keys(this.names).length === 0 ? {} : { ExpressionAttributeNames: this.names }),
      ...(Object.keys(this.values).length === 0 ? {} : { ExpressionAttributeValues: this.values }),
    };
  }
}
