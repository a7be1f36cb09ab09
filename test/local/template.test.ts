import { expect, test } from 'vitest';
import { readTemplate } from '../../infra/local/template.ts';
import { testTemplate } from './stack.ts';

const addresses = { queueUrl: (name: string) => `http://queues/${name}`, api: 'http://api' };
const read = (Resources: object, more: object = {}) => readTemplate({ Resources, ...more } as never, addresses);
const queue = (Properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties });

test('everything that CDK puts beside the declared resources is understood or left out for a reason', () => {
  const declared = readTemplate(testTemplate(), addresses);
  expect(declared.functions.map(({ id }) => id.slice(0, -8)).sort()).toEqual(
    ['AnswerRequest', 'ConsumeParallel', 'ConsumePartial', 'ConsumeWhole', 'StoreKey', 'StoreNext', 'Tick'].sort(),
  );
  expect(declared.buckets[0]?.notifications).toEqual([
    { event: 's3:ObjectCreated:*', queue: expect.stringMatching(/^announced/), prefix: 'in/', suffix: '.csv' },
  ]);
  expect(declared.eventSources.find(({ function: id }) => id.startsWith('ConsumePartial'))).toMatchObject({
    batchSize: 25,
    windowSeconds: 1,
    partialFailures: true,
  });
  expect(declared.routes.map(({ key }) => key).sort()).toEqual([
    'GET /v1/fixed',
    'GET /v1/{what}',
    'POST /v1/files/{path+}',
  ]);
});

test('a resource type that the hub does not know stops it and is named', () => {
  expect(() => read({ Pipe: { Type: 'AWS::Pipes::Pipe' } })).toThrow(/Pipe, a AWS::Pipes::Pipe/);
  expect(() => read({ Q: queue({ FifoQueue: true }) })).toThrow(/Q is a FIFO queue/);
  expect(() => read({ Q: queue({ QueueName: { 'Fn::ImportValue': 'x' } }) })).toThrow(/Fn::ImportValue/);
  expect(() => read({ Q: queue({ DelaySeconds: { Ref: 'Nowhere' } }) })).toThrow(/Nowhere/);
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
