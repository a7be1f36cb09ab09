import { expect, test } from 'vitest';
import { readTemplate } from '../../infra/local/template.ts';
import { testTemplate } from './stack.ts';

const addresses = { queueUrl: (name: string) => `http://queues/${name}`, api: 'http://api' };
const read = (Resources: object, more: object = {}) => readTemplate({ Resources, ...more } as never, addresses);
const queue = (Properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties });

test('everything that CDK puts beside the declared resources is understood or left out for a reason', () => {
  const declared = readTemplate(testTemplate(), addresses);
  expect(declared.functions.map(({ id }) => id.slice(0, -8)).sort()).toEqual(
    [
      ...['AnswerRequest', 'ConsumeParallel', 'ConsumePartial', 'ConsumeWhole'],
      ...['SendMessage', 'StoreKey', 'StoreNext', 'Tick'],
    ].sort(),
  );
  expect(declared.buckets[0]?.notifications).toEqual([
    { event: 's3:ObjectCreated:*', queue: expect.stringMatching(/^announced/), prefix: 'in/', suffix: '.csv' },
  ]);
  expect(declared.eventSources.find(({ function: id }) => id.startsWith('ConsumePartial'))).toMatchObject({
    batchSize: 25,
    windowSeconds: 1,
    partialFailures: true,
  });
  expect(declared.streamSources).toEqual([
    {
      id: expect.stringMatching(/^SendMessage/),
      function: expect.stringMatching(/^SendMessage/),
      functionArn: expect.stringMatching(/:function:sendmessage/),
      table: expect.stringMatching(/^messages/),
      streamArn: expect.stringMatching(/:table\/messages[0-9a-f]+\/stream\//),
      batchSize: 10,
      windowSeconds: 0,
      patterns: [
        {
          eventName: ['INSERT'],
          dynamodb: { NewImage: { pk: { S: [{ prefix: 'out#' }] }, due: { S: [{ exists: true }] } } },
        },
      ],
      retries: 1,
      maxAgeSeconds: Number.POSITIVE_INFINITY,
      bisect: true,
      partialFailures: true,
      failureQueue: expect.stringMatching(/^dead/),
    },
  ]);
  expect(declared.functions.filter(({ shared }) => shared).map(({ id }) => id.slice(0, -8))).toEqual(['AnswerRequest']);
  expect(declared.routes.map(({ key }) => key).sort()).toEqual([
    'GET /v1/fixed',
    'GET /v1/{what}',
    'POST /v1/files/{path+}',
    'PUT /v1/messages/{id}',
  ]);
});

test('a resource type that the hub does not know stops it and is named', () => {
  expect(() => read({ Pipe: { Type: 'AWS::Pipes::Pipe' } })).toThrow(/Pipe, a AWS::Pipes::Pipe/);
  expect(() => read({ Q: queue({ FifoQueue: true }) })).toThrow(/Q is a FIFO queue/);
  expect(() => read({ Q: queue({ QueueName: { 'Fn::ImportValue': 'x' } }) })).toThrow(/Fn::ImportValue/);
  expect(() => read({ Q: queue({ DelaySeconds: { Ref: 'Nowhere' } }) })).toThrow(/Nowhere/);
});

test.each([
  ['starts at the newest record', { StartingPosition: 'LATEST' }, /starts at LATEST/],
  ['has a tumbling window', { TumblingWindowInSeconds: 30 }, /tumbling window/],
  ['filters by numbers', { FilterCriteria: { Filters: [{ Pattern: '{"a":[{"numeric":["<",5]}]}' }] } }, /numeric/],
  [
    'tells a topic of failures',
    { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:000000000000:t' } } },
    /tells arn:aws:sns/,
  ],
])('a mapping of a stream that %s stops the hub and is named', (_what, its, message) => {
  const Properties = {
    ...{ EventSourceArn: { 'Fn::GetAtt': ['T', 'StreamArn'] }, FunctionName: { Ref: 'F' } },
    ...{ StartingPosition: 'TRIM_HORIZON', ...its },
  };
  const resources = {
    T: { Type: 'AWS::DynamoDB::Table', Properties: {} },
    F: { Type: 'AWS::Lambda::Function', Properties: {} },
    M: { Type: 'AWS::Lambda::EventSourceMapping', Properties },
  };
  expect(() => read(resources)).toThrow(message);
});

test('intrinsic functions give what CloudFormation would', () => {
  const { queues, names } = read(
    {
      A: queue({
        QueueName: { 'Fn::Sub': ['${x}-${AWS::Region}-${!kept}', { x: { Ref: 'Size' } }] },
        DelaySeconds: { 'Fn::If': ['Cn', 5, 7] },
      }),
      B: queue({
        QueueName: {
          'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::Join': ['/', ['a', 'b', { Ref: 'AWS::AccountId' }]] }] }],
        },
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['A', 'Arn'] }, maxReceiveCount: 3 },
        MessageRetentionPeriod: { 'Fn::FindInMap': ['Days', 'short', 'seconds'] },
        VisibilityTimeout: { Ref: 'AWS::NoValue' },
      }),
      C: { ...queue(), Condition: 'Cn' },
    },
    {
      Parameters: { Size: { Default: 'small' } },
      Mappings: { Days: { short: { seconds: 60 } } },
      Conditions: { Cn: { 'Fn::Equals': [{ Ref: 'AWS::Partition' }, 'aws-cn'] } },
    },
  );
  expect(names).toEqual({ A: 'small-us-east-1-${kept}', B: 'b' });
  expect(queues).toEqual([
    { id: 'A', name: 'small-us-east-1-${kept}', attributes: { DelaySeconds: '7' } },
    {
      id: 'B',
      name: 'b',
      attributes: {
        MessageRetentionPeriod: '60',
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:small-us-east-1-${kept}',
          maxReceiveCount: 3,
        }),
      },
    },
  ]);
});

test('a bucket’s own notification configuration is read like that of the custom resource', () => {
  const Filter = { S3Key: { Rules: [{ Name: 'prefix', Value: 'a/' }] } };
  const QueueConfigurations = [{ Event: 's3:ObjectCreated:Put', Queue: { 'Fn::GetAtt': ['Q', 'Arn'] }, Filter }];
  const Properties = { NotificationConfiguration: { QueueConfigurations } };
  const { buckets } = read({ Q: queue(), B: { Type: 'AWS::S3::Bucket', Properties } });
  expect(buckets[0]?.notifications).toEqual([{ event: 's3:ObjectCreated:Put', queue: 'q', prefix: 'a/', suffix: '' }]);
});
