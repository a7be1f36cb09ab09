import { App, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import {
  type CfnFunction,
  Code,
  FilterCriteria,
  FilterRule,
  Function as LambdaFn,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import {
  DynamoEventSource,
  SqsDlq,
  SqsEventSource,
  type SqsEventSourceProps,
} from 'aws-cdk-lib/aws-lambda-event-sources';
import { Bucket, EventType } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { ScheduleExpression, Schedule as SchedulerSchedule, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { CloudFormationTemplate } from '../../infra/synth.ts';

/** A small stack with one of everything that the embedded hub interprets, in the form that CDK's constructs give it. */
export function testTemplate(): CloudFormationTemplate {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Test');
  const table = new Table(stack, 'Items', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    timeToLiveAttribute: 'expires',
  });
  table.addGlobalSecondaryIndex({ indexName: 'byTown', partitionKey: { name: 'town', type: AttributeType.STRING } });
  const dead = new Queue(stack, 'Dead');
  const queue = (id: string, visible: number) =>
    new Queue(stack, id, {
      visibilityTimeout: Duration.seconds(visible),
      deadLetterQueue: { queue: dead, maxReceiveCount: 2 },
    });
  const fn = (
    id: string,
    entry: string,
    exported: string,
    seconds: number,
    environment: Record<string, string> = {},
  ) => {
    const made = new LambdaFn(stack, id, {
      code: Code.fromInline('//'),
      handler: `index.${exported}`,
      runtime: Runtime.NODEJS_24_X,
      timeout: Duration.seconds(seconds),
      memorySize: 256,
      environment,
    });
    (made.node.defaultChild as CfnFunction).addMetadata('canbao:entry', `test/local/handlers/${entry}`);
    return made;
  };
  const feed = (id: string, consumer: LambdaFn, props: SqsEventSourceProps) => {
    const source = queue(id, 2 * (consumer.timeout?.toSeconds() ?? 1));
    consumer.addEventSource(new SqsEventSource(source, props));
    return source;
  };

  feed('Whole', fn('ConsumeWhole', 'consume.ts', 'handler', 1, { GREETING: `hello ${table.tableName}` }), {
    batchSize: 1,
  });
  feed('Partial', fn('ConsumePartial', 'consume.ts', 'handler', 2), {
    batchSize: 25,
    maxBatchingWindow: Duration.seconds(1),
    reportBatchItemFailures: true,
  });
  feed('Parallel', fn('ConsumeParallel', 'consume.ts', 'handler', 5), { batchSize: 1, maxConcurrency: 2 });

  const next = feed('Next', fn('StoreNext', 'store-key.ts', 'next', 30, { TABLE: table.tableName }), { batchSize: 1 });
  const environment = { TABLE: table.tableName, NEXT_QUEUE_URL: next.queueUrl };
  const announced = feed('Announced', fn('StoreKey', 'store-key.ts', 'handler', 30, environment), { batchSize: 1 });
  const landing = new Bucket(stack, 'Landing');
  landing.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(announced), {
    prefix: 'in/',
    suffix: '.csv',
  });

  const messages = new Table(stack, 'Messages', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    stream: StreamViewType.NEW_IMAGE,
  });
  const inserted = { eventName: FilterRule.isEqual('INSERT') };
  const due = { dynamodb: { NewImage: { pk: { S: FilterRule.beginsWith('out#') }, due: { S: FilterRule.exists() } } } };
  fn('SendMessage', 'send-message.ts', 'handler', 5, { MESSAGES: messages.tableName }).addEventSource(
    new DynamoEventSource(messages, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 10,
      filters: [FilterCriteria.filter({ ...inserted, ...due })],
      retryAttempts: 1,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      onFailure: new SqsDlq(dead),
    }),
  );

  const tick = fn('Tick', 'tick.ts', 'handler', 5);
  new Rule(stack, 'Yearly', {
    schedule: Schedule.cron({ minute: '0', hour: '0', day: '1', month: '1' }),
    targets: [new LambdaFunction(tick, { event: RuleTargetInput.fromObject({ from: 'rule' }) })],
  });
  new SchedulerSchedule(stack, 'Weekly', {
    schedule: ScheduleExpression.cron({
      minute: '30',
      hour: '5',
      weekDay: '2',
      timeZone: TimeZone.of('Asia/Shanghai'),
    }),
    target: new LambdaInvoke(tick, { input: ScheduleTargetInput.fromObject({ at: '<aws.scheduler.scheduled-time>' }) }),
  });
  new SchedulerSchedule(stack, 'Plain', {
    schedule: ScheduleExpression.rate(Duration.hours(24)),
    target: new LambdaInvoke(tick),
  });

  const api = new HttpApi(stack, 'Http');
  const answer = fn('AnswerRequest', 'answer.ts', 'handler', 2, { MESSAGES: messages.tableName });
  const integration = new HttpLambdaIntegration('Answer', answer);
  api.addRoutes({ path: '/v1/{what}', methods: [HttpMethod.GET], integration });
  api.addRoutes({ path: '/v1/fixed', methods: [HttpMethod.GET], integration });
  api.addRoutes({ path: '/v1/messages/{id}', methods: [HttpMethod.PUT], integration });
  api.addRoutes({ path: '/v1/files/{path+}', methods: [HttpMethod.POST], integration });
  const app = stack.node.root as App;
  return app.synth().getStackByName('Test').template as CloudFormationTemplate;
}

/** Logical id of the only resource whose id starts so and is of this type. CDK adds a hash to every id. */
export function idOf(template: CloudFormationTemplate, type: string, start: string): string {
  const ids = Object.keys(template.Resources).filter(
    (id) => template.Resources[id]?.Type === type && new RegExp(`^${start}[0-9A-F]{8}$`).test(id),
  );
  if (ids.length !== 1) throw new Error(`${start}: ${ids.length} resources of the type ${type}`);
  return ids[0] as string;
}
