import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DynamoDb, MissingJava, startDynamoDb } from '../../infra/local/dynamodb.ts';
import { accessKey } from '../../infra/local/s3.ts';
import { readTemplate } from '../../infra/local/template.ts';

const key = (AttributeName: string, KeyType: string) => ({ AttributeName, KeyType });
const index = {
  IndexName: 'byTown',
  KeySchema: [key('town', 'HASH'), key('rank', 'RANGE')],
  Projection: { ProjectionType: 'ALL' },
};
const Properties = {
  TableName: 'items',
  AttributeDefinitions: ['pk', 'sk', 'town', 'rank'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
  TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
};
const tablesOf = (more: object) => {
  const Items = { Type: 'AWS::DynamoDB::Table', Properties: { ...Properties, ...more } };
  return readTemplate({ Resources: { Items } } as never, { queueUrl: String, api: '' }).tables;
};
const TableName = 'items';
let dynamodb: DynamoDb;
let plain: DynamoDBClient;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  dynamodb = await startDynamoDb(undefined);
  await dynamodb.create(tablesOf({ GlobalSecondaryIndexes: [index] }));
  const credentials = { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret };
  plain = new DynamoDBClient({ endpoint: dynamodb.url, region: 'us-east-1', credentials });
  documents = DynamoDBDocumentClient.from(plain);
});

afterAll(async () => {
  plain.destroy();
  await dynamodb.stop();
});

const put = (pk: string) => ({ TableName, Item: { pk, sk: '-' }, ConditionExpression: 'attribute_not_exists(pk)' });

test('a conditional put is done once', async () => {
  await documents.send(new PutCommand(put('once')));
  await expect(documents.send(new PutCommand(put('once')))).rejects.toBeInstanceOf(ConditionalCheckFailedException);
});

test('a transaction of a hundred items is done whole or not at all, and says which item was in the way', async () => {
  const transaction = (prefix: string) =>
    new TransactWriteCommand({
      TransactItems: Array.from({ length: 100 }, (_, place) => ({ Put: put(`${prefix}${place}`) })),
    });
  await documents.send(transaction('t'));
  await documents.send(new PutCommand(put('u57')));
  const refused = await documents.send(transaction('u')).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(TransactionCanceledException);
  const codes = (refused as TransactionCanceledException).CancellationReasons?.map(({ Code }) => Code);
  expect(codes?.[57]).toBe('ConditionalCheckFailed');
  expect(codes?.filter((code) => code === 'None')).toHaveLength(99);
  await documents.send(new PutCommand(put('u0')));
});

test('an index gives the items of a partition in order, in pages', async () => {
  const items = ['c', 'a', 'b'].map((rank) => ({ pk: `i${rank}`, sk: '-', town: '411326', rank }));
  await documents.send(
    new BatchWriteCommand({ RequestItems: { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) } }),
  );
  const query = {
    TableName,
    IndexName: 'byTown',
    KeyConditionExpression: 'town = :t',
    ExpressionAttributeValues: { ':t': '411326' },
  };
  const first = await documents.send(new QueryCommand({ ...query, Limit: 2 }));
  const second = await documents.send(new QueryCommand({ ...query, ExclusiveStartKey: first.LastEvaluatedKey }));
  expect([...(first.Items ?? []), ...(second.Items ?? [])].map(({ rank }) => rank)).toEqual(['a', 'b', 'c']);
});

test('items expire by the attribute that the template names', async () => {
  const { TimeToLiveDescription } = await plain.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(TimeToLiveDescription).toEqual({ AttributeName: 'expires', TimeToLiveStatus: 'ENABLED' });
});

test('a kept table gets an index that the template has since it was made', async () => {
  const later = { ...index, IndexName: 'later' };
  await dynamodb.create(tablesOf({ GlobalSecondaryIndexes: [index, later] }));
  const { Table } = await plain.send(new DescribeTableCommand({ TableName }));
  expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual(['byTown', 'later']);
});

test('without Java one sentence in both languages says what to install', async () => {
  const before = process.env.JAVA_HOME;
  process.env.JAVA_HOME = '/nowhere';
  const refused = await startDynamoDb(undefined).catch((error: unknown) => error);
  if (before === undefined) delete process.env.JAVA_HOME;
  else process.env.JAVA_HOME = before;
  expect(refused).toBeInstanceOf(MissingJava);
  expect((refused as Error).message).toMatch(/^需要 Java 17.*Java 17 or newer is needed.*apt-get install/);
});
