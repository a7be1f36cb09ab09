import { BatchGetCommand, GetCommand, QueryCommand, ScanCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { Case, CaseEvent, type CaseState } from '../../schemas/case.ts';
import { documents, isConditionFailed, isTransactionConflict } from '../runtime/documents.ts';
import { environment } from '../runtime/env.ts';
import type { CaseStore } from './apply-findings.ts';

const env = environment({ CASES_TABLE: z.string() });
const table = env.CASES_TABLE;
const index = 'byTownship';

type Key = Record<string, unknown>;

/** Keys that one read may ask for. */
const readKeys = 100;

export const caseStore: CaseStore = {
  async read(personRefs) {
    const cases = new Map<string, Case>();
    let left: Key[] = personRefs.map((pk) => ({ pk, sk: 'case' }));
    while (left.length > 0) {
      const keys = left.slice(0, readKeys);
      const answer = await documents.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
      );
      for (const item of answer.Responses?.[table] ?? []) cases.set(String(item.pk), Case.parse(item));
      left = [...(answer.UnprocessedKeys?.[table]?.Keys ?? []), ...left.slice(readKeys)];
    }
    return cases;
  },

  async write(changes) {
    const puts = changes.map(({ previous, item }) =>
      previous === undefined ? putNew(item) : putAfter(previous, item),
    );
    const events = changes.flatMap(({ event }) => (event === undefined ? [] : [putEvent(event)]));
    try {
      await documents.send(new TransactWriteCommand({ TransactItems: [...puts, ...events] }));
      return true;
    } catch (error) {
      if (isConditionFailed(error) || isTransactionConflict(error)) return false;
      throw error;
    }
  },
};

/** The case of a person with its events, oldest first; undefined when the person never had one. */
export async function readCase(personRef: string): Promise<{ item: Case; events: CaseEvent[] } | undefined> {
  const got = await documents.send(
    new GetCommand({ TableName: table, Key: { pk: personRef, sk: 'case' }, ConsistentRead: true }),
  );
  if (got.Item === undefined) return undefined;
  const events: CaseEvent[] = [];
  let from: Key | undefined;
  do {
    const page = await documents.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :person AND begins_with(sk, :event)',
        ExpressionAttributeValues: { ':person': personRef, ':event': 'event#' },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    events.push(...(page.Items ?? []).map((item) => CaseEvent.parse(item)));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return { item: Case.parse(got.Item), events };
}

/** A page of a township's cases in one state, highest priority first; `next` asks for the page after it. */
export async function casesOfTownship(
  township: string,
  state: CaseState,
  page: { limit?: number; after?: string } = {},
): Promise<{ cases: Case[]; next?: string }> {
  const limit = Math.min(page.limit ?? readKeys, readKeys);
  const answer = await documents.send(
    new QueryCommand({
      TableName: table,
      IndexName: index,
      KeyConditionExpression: 'township = :township AND begins_with(worklist, :state)',
      ExpressionAttributeValues: { ':township': township, ':state': `${state}#` },
      Limit: limit,
      ExclusiveStartKey: page.after === undefined ? undefined : indexKey(township, page.after),
    }),
  );
  const keys = (answer.Items ?? []).map((item) => z.object({ pk: z.string(), worklist: z.string() }).parse(item));
  // The index holds keys alone and may be a moment behind: the cases themselves are read from the table.
  const cases = await caseStore.read(keys.map(({ pk }) => pk));
  const found = keys.flatMap(({ pk }) => cases.get(pk) ?? []);
  return {
    cases: found.filter((item) => item.township === township && item.state === state),
    next: answer.LastEvaluatedKey === undefined ? undefined : keys.at(-1)?.worklist,
  };
}

/** How many cases there are: of one township, of one state in it, or in all. The index may be a moment behind. */
export async function countCases(township?: string, state?: CaseState): Promise<number> {
  let count = 0;
  let from: Key | undefined;
  do {
    const page = await documents.send(township === undefined ? scan(state, from) : query(township, state, from));
    count += page.Count ?? 0;
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return count;
}

/** Keys of a case in the table and in the index. */
export const caseItem = (item: Case): Record<string, unknown> => ({
  pk: item.person_ref,
  sk: 'case',
  worklist: worklistOf(item),
  ...item,
});

const worklistOf = ({ state, priority, person_ref }: Case): string => `${state}#${priority}#${person_ref}`;

const indexKey = (township: string, worklist: string): Key => ({
  pk: worklist.split('#')[2],
  sk: 'case',
  township,
  worklist,
});

type Write = NonNullable<TransactWriteCommand['input']['TransactItems']>[number];

const putNew = (item: Case): Write => ({
  Put: { TableName: table, Item: caseItem(item), ConditionExpression: 'attribute_not_exists(pk)' },
});

const putAfter = (previous: Case, item: Case): Write => ({
  Put: {
    TableName: table,
    Item: caseItem(item),
    ConditionExpression: 'version = :version AND #state = :state',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':version': previous.version, ':state': previous.state },
  },
});

/** The run's instant sorts a person's events; the case's version condition makes each of them once. */
const putEvent = (event: CaseEvent): Write => ({
  Put: {
    TableName: table,
    Item: { pk: event.person_ref, sk: `event#${event.run.at}#${event.run.runId}#${event.version}`, ...event },
  },
});

function query(township: string, state: CaseState | undefined, from: Key | undefined): QueryCommand {
  return new QueryCommand({
    TableName: table,
    IndexName: index,
    Select: 'COUNT',
    KeyConditionExpression: `township = :township${state === undefined ? '' : ' AND begins_with(worklist, :state)'}`,
    ExpressionAttributeValues: { ':township': township, ':state': state && `${state}#` },
    ExclusiveStartKey: from,
  });
}

function scan(state: CaseState | undefined, from: Key | undefined): ScanCommand {
  return new ScanCommand({
    TableName: table,
    IndexName: index,
    Select: 'COUNT',
    FilterExpression: state && 'begins_with(worklist, :state)',
    ExpressionAttributeValues: state && { ':state': `${state}#` },
    ExclusiveStartKey: from,
  });
}
