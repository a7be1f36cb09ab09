import { afterAll, beforeAll, expect, test } from 'vitest';
import { messageIndexes } from '../../functions/insurers/messages-table.ts';
import type { Index, Items } from '../../functions/runtime/items.ts';
import { verifyHistory } from '../../functions/settlement/ledger.ts';
import { settlementIndexes } from '../../functions/settlement/settlements-table.ts';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { region } from '../../infra/local/intrinsics.ts';
import { accessKey } from '../../infra/local/s3.ts';
import type { MemoryItems } from '../simulator/memory-items.ts';
import { Counter, tables } from './counter.ts';
import { computes, usccs } from './insurers.ts';

/** What only the database itself can show: transactions of many callers that meet on the same items. */
const [A] = usccs(1) as [string];
let dynamodb: Awaited<ReturnType<typeof startDynamoDb>>;
let counter: Counter;

beforeAll(async () => {
  dynamodb = await startDynamoDb(undefined);
  const indexes: Record<string, readonly Index[]> = { settlements: settlementIndexes, messages: messageIndexes };
  await dynamodb.create(Object.values(tables).map((name) => declaration(name, indexes[name] ?? [])));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey.id,
    AWS_SECRET_ACCESS_KEY: accessKey.secret,
  });
  const items: Items = (await import('../../functions/runtime/items.ts')).dynamoItems;
  counter = new Counter(items as MemoryItems);
  await counter.sell(computes(A, 'hui', { deductible: '0', bands: [{ ratio: 0.1 }], annualCap: '1000.00' }));
  await counter.insure(A, 'hui');
});
afterAll(() => dynamodb.stop());

test('the same bill a hundred times at once is settled once, and everybody gets the first answer', async () => {
  const all = await Promise.all(Array.from({ length: 100 }, () => counter.settle()));
  expect(all.filter((one) => 'first' in one && one.first)).toHaveLength(1);
  expect(new Set(all.map((one) => 'answer' in one && one.answer.psn_cash_pay))).toEqual(new Set(['2600.00']));
  expect(await counter.state()).toMatchObject({ version: 1 });
});

test('bills of one person at once share one cap of the year to the fen', async () => {
  const ids = Array.from({ length: 12 }, (_, n) => `C${n}`);
  let left = ids;
  // A counter that is told to come again does so.
  for (let round = 0; round < 20 && left.length > 0; round += 1) {
    const answers = await Promise.all(
      left.map(async (setl_id) => ({ setl_id, accepted: await counter.settle({ setl_id }) })),
    );
    left = answers.filter(({ accepted }) => !('answer' in accepted)).map(({ setl_id }) => setl_id);
  }
  expect(left).toEqual([]);
  const histories = await Promise.all(['S1', ...ids].map((id) => counter.services.store.history(id)));
  const paid = histories.flatMap(({ settlement }) => settlement?.shares.map(({ paidFen }) => paidFen ?? 0) ?? []);
  expect(paid.reduce((sum, fen) => sum + fen, 0)).toBe(100_000);
  expect(histories.flatMap((history, n) => verifyHistory(['S1', ...ids][n]!, history).faults)).toEqual([]);
  expect(await counter.accumulators()).toMatchObject([{ paidFen: 100_000, version: 13 }]);
});

function declaration(name: string, indexes: readonly Index[]) {
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
  const attributes = new Set(['pk', 'sk', ...indexes.flatMap(({ partition, sort }) => [partition, sort])]);
  const secondary = indexes.map((index) => ({
    IndexName: index.name,
    KeySchema: [key(index.partition, 'HASH'), key(index.sort, 'RANGE')],
    Projection: { ProjectionType: 'ALL' as const },
  }));
  return {
    id: name,
    name,
    input: {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST' as const,
      AttributeDefinitions: [...attributes].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
      ...(secondary.length === 0 ? {} : { GlobalSecondaryIndexes: secondary }),
    },
  };
}
