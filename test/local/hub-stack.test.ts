import { DescribeTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Hub, startHub } from '../../infra/local/hub.ts';
import { embeddedTemplate } from '../../infra/synth.ts';

const template = embeddedTemplate();
const settings = () => ({
  region: hub.environment.AWS_REGION!,
  credentials: {
    accessKeyId: hub.environment.AWS_ACCESS_KEY_ID!,
    secretAccessKey: hub.environment.AWS_SECRET_ACCESS_KEY!,
  },
});
let hub: Hub;

beforeAll(async () => {
  hub = await startHub({ template, secret: 'a secret of at least thirty-two characters', schedules: false });
});

afterAll(() => hub.stop());

/** Logical id and properties of the resources of a type, as the template declares them. */
const declared = (type: string) =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties = {} }]) => ({
      id,
      name: hub.resourceNames[id] as string,
      its: Properties as Record<string, never>,
    }));
const named = (type: string) =>
  declared(type)
    .map(({ name }) => name)
    .sort();

test('the hub has the buckets of the template and no others', async () => {
  const client = new S3Client({ ...settings(), endpoint: hub.endpoints.s3 });
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  expect(Buckets.map(({ Name }) => Name).sort()).toEqual(named('AWS::S3::Bucket'));
  client.destroy();
});

test('who does not know the hub’s access key finds no tables, though the port of DynamoDB Local is open', async () => {
  const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
  const client = new DynamoDBClient({ ...settings(), credentials, endpoint: hub.endpoints.dynamodb });
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  client.destroy();
});

test('the hub has the queues of the template, with their time limits and dead-letter queues', async () => {
  const client = new SQSClient({ ...settings(), endpoint: hub.endpoints.sqs });
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}));
  expect([...QueueUrls].sort()).toEqual(Object.values(hub.queueUrls).sort());
  for (const { id, its } of declared('AWS::SQS::Queue')) {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: hub.queueUrls[id], AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      VisibilityTimeout: String(its.VisibilityTimeout),
      MessageRetentionPeriod: String(its.MessageRetentionPeriod),
    });
    const { deadLetterTargetArn: target, maxReceiveCount } = its.RedrivePolicy ?? ({} as Record<string, never>);
    if (target === undefined) continue;
    const [dead] = (target as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${hub.resourceNames[dead as string]}`;
    expect(JSON.parse(Attributes?.RedrivePolicy ?? '{}')).toEqual({ deadLetterTargetArn, maxReceiveCount });
  }
  client.destroy();
});

test('the hub has the tables of the template, with their keys and indexes', async () => {
  const client = new DynamoDBClient({ ...settings(), endpoint: hub.endpoints.dynamodb });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  expect(TableNames.sort()).toEqual(named('AWS::DynamoDB::Table'));
  for (const { name, its } of declared('AWS::DynamoDB::Table')) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    expect(Table?.KeySchema).toEqual(its.KeySchema);
    // A table tells its indexes in an order of its own.
    const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => ({
      IndexName,
      KeySchema,
      Projection,
    }));
    expect(indexes.sort(byName)).toEqual([...(its.GlobalSecondaryIndexes ?? [])].sort(byName));
  }
  client.destroy();
});

test('every function, event source, schedule and route of the template is set up', () => {
  const count = (type: string) => declared(type).length;
  expect(hub.declared.functions).toHaveLength(count('AWS::Lambda::Function'));
  const { eventSources, streamSources } = hub.declared;
  expect([...eventSources, ...streamSources]).toHaveLength(count('AWS::Lambda::EventSourceMapping'));
  expect(hub.declared.schedules).toHaveLength(count('AWS::Scheduler::Schedule'));
  expect(hub.declared.routes).toHaveLength(count('AWS::ApiGatewayV2::Route'));
  for (const { id, environment } of hub.declared.functions) {
    const wanted = template.Resources[id]?.Properties as { Environment?: { Variables?: object } };
    expect(Object.keys(environment)).toEqual(Object.keys(wanted.Environment?.Variables ?? {}));
  }
});

const byName = (one: { IndexName?: string }, other: { IndexName?: string }): number =>
  String(one.IndexName).localeCompare(String(other.IndexName));
