import { Duration, RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Schedule, type ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Index } from '../functions/runtime/items.ts';
import { HubFunction, type Network } from './constructs/hub-function.ts';
import { ItemTable } from './constructs/item-table.ts';
import { AccessLogBucket } from './constructs/private-bucket.ts';
import { WorkQueue } from './constructs/work-queue.ts';
import type { Size } from './sizes.ts';

/** What both sides of the hub are made of: the hub's key and secret, and how a function, a queue and a table are. */
export class StackParts {
  readonly stack: Stack;
  readonly key: Key;
  readonly secret: Secret;
  readonly accessLogs: AccessLogBucket;
  private readonly bundled: boolean;

  constructor(stack: Stack, bundled: boolean) {
    this.stack = stack;
    this.bundled = bundled;
    this.key = new Key(stack, 'Key', {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: 'canbao',
    });
    this.secret = this.hubSecret();
    this.accessLogs = new AccessLogBucket(stack, 'AccessLogs');
  }

  /** A function that knows the hub's secret. */
  function(id: string, entry: string, size: Size, environment: Record<string, string>): HubFunction {
    return this.bareFunction(id, entry, size, { ...environment, CANBAO_SECRET_ARN: this.secret.secretArn });
  }

  /** A function that does not: person references cannot be made or undone by it. */
  bareFunction(
    id: string,
    entry: string,
    size: Size,
    environment: Record<string, string>,
    network?: Network,
  ): HubFunction {
    return new HubFunction(this.stack, id, {
      entry,
      size,
      key: this.key,
      bundled: this.bundled,
      environment,
      ...(network === undefined ? {} : { network }),
    });
  }

  queue(id: string, consumer: Size, oldestMinutes: number): WorkQueue {
    return new WorkQueue(this.stack, id, {
      key: this.key,
      consumerTimeoutSeconds: consumer.timeoutSeconds,
      maxReceiveCount: 5,
      oldestMinutes,
    });
  }

  table(id: string, options: { indexes?: readonly Index[]; stream?: boolean; timeToLive?: string } = {}): ItemTable {
    const { indexes = [], ...more } = options;
    const table = new ItemTable(this.stack, id, { key: this.key, ...more });
    for (const { name, partition, sort } of indexes) {
      table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: partition, type: AttributeType.STRING },
        sortKey: { name: sort, type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      });
    }
    return table;
  }

  consume(consumer: HubFunction, queue: Queue, concurrency: number, batchSize = 1): void {
    consumer.addEnvironment('CONSUMED_QUEUE_URL', queue.queueUrl);
    consumer.addEventSource(
      new SqsEventSource(queue, { batchSize, maxConcurrency: concurrency, reportBatchItemFailures: true }),
    );
  }

  fire(id: string, target: HubFunction, schedule: ScheduleExpression): void {
    new Schedule(this.stack, id, { schedule, target: new LambdaInvoke(target, { retryAttempts: 3 }) });
  }

  /** Calls somebody when a metric of the hub was above 0 within a day. */
  alarmOn(metricName: string, alarmDescription: string): void {
    new Alarm(this.stack, `${metricName}Alarm`, {
      metric: new Metric({
        namespace: 'canbao',
        metricName,
        dimensionsMap: { service: 'canbao' },
        statistic: 'max',
        period: Duration.days(1),
      }),
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription,
    });
  }

  private hubSecret(): Secret {
    const secret = new Secret(this.stack, 'Secret', {
      encryptionKey: this.key,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Person references are made from this secret: a rotation would cut every case off from its history.',
    });
    return secret;
  }
}
