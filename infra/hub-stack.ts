import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, TimeZone, Validations } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { HubFunction } from './constructs/hub-function.ts';
import { ItemTable } from './constructs/item-table.ts';
import { AccessLogBucket, PrivateBucket } from './constructs/private-bucket.ts';
import { WorkQueue } from './constructs/work-queue.ts';
import { type Size, sizes } from './sizes.ts';

export type HubStackProps = StackProps & {
  /** False: synthesize without bundling the functions, for the embedded hub, which runs their sources. */
  readonly bundled: boolean;
};

/** Everything of the hub that exists on AWS, and, read from the synthesized template, in the embedded hub. */
export class HubStack extends Stack {
  private readonly bundled: boolean;
  private readonly key: Key;
  private readonly secret: Secret;

  constructor(scope: Construct, id: string, props: HubStackProps) {
    super(scope, id, props);
    this.bundled = props.bundled;
    this.key = new Key(this, 'Key', {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: 'canbao',
    });
    this.secret = this.hubSecret();

    const buckets = this.buckets();
    const queues = this.queues();
    const tables = this.tables();
    this.announceFiles(buckets.landing, queues.intake.queue);

    const intakeEnvironment = {
      LANDING_BUCKET: buckets.landing.bucketName,
      LAKE_BUCKET: buckets.lake.bucketName,
      EXCHANGE_BUCKET: buckets.exchange.bucketName,
      INTAKE_QUEUE_URL: queues.intake.queue.queueUrl,
      DELIVERIES_TABLE: tables.deliveries.tableName,
      SNAPSHOTS_TABLE: tables.snapshots.tableName,
    };
    const receiveFile = this.function(
      'ReceiveFile',
      'functions/intake/receive-file.handler.ts',
      sizes.receiveFile,
      intakeEnvironment,
    );
    buckets.landing.grantRead(receiveFile);
    buckets.lake.grantReadWrite(receiveFile);
    buckets.exchange.grantReadWrite(receiveFile);
    tables.deliveries.grantReadWriteData(receiveFile);
    tables.snapshots.grantReadWriteData(receiveFile);
    queues.intake.queue.grantSendMessages(receiveFile);
    this.consume(receiveFile, queues.intake.queue, sizes.receiveFile.concurrency);
    const failFile = this.function(
      'FailFile',
      'functions/intake/fail-file.handler.ts',
      sizes.failFile,
      intakeEnvironment,
    );
    buckets.landing.grantRead(failFile);
    buckets.exchange.grantReadWrite(failFile);
    tables.deliveries.grantReadWriteData(failFile);
    tables.snapshots.grantReadData(failFile);
    queues.intake.queue.grantSendMessages(failFile);
    this.consume(failFile, queues.intake.deadLetters, sizes.failFile.concurrency);

    const runEnvironment = {
      LAKE_BUCKET: buckets.lake.bucketName,
      EXCHANGE_BUCKET: buckets.exchange.bucketName,
      CROSSCHECK_QUEUE_URL: queues.crosscheck.queue.queueUrl,
      FINDINGS_QUEUE_URL: queues.findings.queue.queueUrl,
      DELIVERIES_TABLE: tables.deliveries.tableName,
      SNAPSHOTS_TABLE: tables.snapshots.tableName,
      RUNS_TABLE: tables.runs.tableName,
    };
    const crosscheck = this.function(
      'Crosscheck',
      'functions/crosscheck/crosscheck.handler.ts',
      sizes.crosscheck,
      runEnvironment,
    );
    buckets.lake.grantReadWrite(crosscheck);
    buckets.exchange.grantReadWrite(crosscheck);
    tables.deliveries.grantReadData(crosscheck);
    tables.snapshots.grantReadData(crosscheck);
    tables.runs.grantReadWriteData(crosscheck);
    queues.crosscheck.queue.grantSendMessages(crosscheck);
    queues.findings.queue.grantSendMessages(crosscheck);
    this.secret.grantRead(crosscheck);
    this.consume(crosscheck, queues.crosscheck.queue, sizes.crosscheck.concurrency);

    const startRun = this.function(
      'StartRun',
      'functions/crosscheck/start-run.handler.ts',
      sizes.sweep,
      runEnvironment,
    );
    const sweepRuns = this.function(
      'SweepRuns',
      'functions/crosscheck/sweep-runs.handler.ts',
      sizes.sweep,
      runEnvironment,
    );
    const failRun = this.function('FailRun', 'functions/crosscheck/fail-run.handler.ts', sizes.sweep, runEnvironment);
    for (const keeper of [startRun, sweepRuns, failRun]) {
      tables.runs.grantReadWriteData(keeper);
      queues.crosscheck.queue.grantSendMessages(keeper);
    }
    this.consume(failRun, queues.crosscheck.deadLetters, sizes.sweep.concurrency);
    this.fire(
      'DailyRun',
      startRun,
      ScheduleExpression.cron({ minute: '0', hour: '5', timeZone: TimeZone.of('Asia/Shanghai') }),
    );
    this.fire('RunSweep', sweepRuns, ScheduleExpression.rate(Duration.minutes(1)));

    const openCases = this.function('OpenCases', 'functions/cases/open-cases.handler.ts', sizes.openCases, {
      LAKE_BUCKET: buckets.lake.bucketName,
      RUNS_TABLE: tables.runs.tableName,
      CASES_TABLE: tables.cases.tableName,
    });
    buckets.lake.grantRead(openCases);
    tables.runs.grantReadData(openCases);
    tables.cases.grantReadWriteData(openCases);
    this.consume(openCases, queues.findings.queue, sizes.openCases.concurrency);

    const api = this.function('Api', 'functions/console/api.handler.ts', sizes.api, {
      ...runEnvironment,
      LANDING_BUCKET: buckets.landing.bucketName,
      INTAKE_QUEUE_URL: queues.intake.queue.queueUrl,
      CASES_TABLE: tables.cases.tableName,
    });
    buckets.landing.grantPut(api);
    buckets.lake.grantReadWrite(api, 'settings/*');
    buckets.exchange.grantRead(api);
    tables.deliveries.grantReadWriteData(api);
    tables.snapshots.grantReadData(api);
    tables.runs.grantReadWriteData(api);
    tables.cases.grantReadData(api);
    queues.intake.queue.grantSendMessages(api);
    queues.crosscheck.queue.grantSendMessages(api);
    this.secret.grantRead(api);
    this.publish(api);
    this.lateFeedAlarm();
    this.explainWildcards();
  }

  private hubSecret(): Secret {
    const secret = new Secret(this, 'Secret', {
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

  private buckets() {
    const accessLogs = new AccessLogBucket(this, 'AccessLogs');
    const common = { key: this.key, accessLogs };
    return {
      landing: new PrivateBucket(this, 'Landing', {
        ...common,
        versioned: true,
        lifecycleRules: [{ expiration: Duration.days(400), noncurrentVersionExpiration: Duration.days(400) }],
      }),
      lake: new PrivateBucket(this, 'Lake', {
        ...common,
        lifecycleRules: [
          { prefix: 'runs/', expiration: Duration.days(1100) },
          // Copies of files that were held or waited; the originals stay in landing.
          { prefix: 'waiting/', expiration: Duration.days(400) },
        ],
      }),
      exchange: new PrivateBucket(this, 'Exchange', {
        ...common,
        lifecycleRules: [{ expiration: Duration.days(400) }],
      }),
    };
  }

  private queues() {
    const queue = (id: string, consumer: Size, oldestMinutes: number) =>
      new WorkQueue(this, id, {
        key: this.key,
        consumerTimeoutSeconds: consumer.timeoutSeconds,
        maxReceiveCount: 5,
        oldestMinutes,
      });
    return {
      intake: queue('Intake', sizes.receiveFile, 60),
      crosscheck: queue('CrosscheckTasks', sizes.crosscheck, 30),
      findings: queue('Findings', sizes.openCases, 60),
    };
  }

  private tables() {
    const table = (id: string) => new ItemTable(this, id, { key: this.key });
    const cases = table('Cases');
    cases.addGlobalSecondaryIndex({
      indexName: 'byTownship',
      partitionKey: { name: 'township', type: AttributeType.STRING },
      sortKey: { name: 'worklist', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    return { deliveries: table('Deliveries'), snapshots: table('Snapshots'), runs: table('Runs'), cases };
  }

  /**
   * Every new object in `landing` is announced on the intake queue. Written natively: CDK's own construct would add
   * a Lambda function with rights over all buckets.
   */
  private announceFiles(landing: PrivateBucket, intake: Queue): void {
    const s3 = new ServicePrincipal('s3.amazonaws.com');
    intake.addToResourcePolicy(
      new PolicyStatement({
        principals: [s3],
        actions: ['sqs:SendMessage'],
        resources: [intake.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    this.key.grant(s3, 'kms:GenerateDataKey*', 'kms:Decrypt');
    const bucket = landing.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = {
      queueConfigurations: [{ event: 's3:ObjectCreated:*', queue: intake.queueArn }],
    };
    const policy = intake.node.findChild('Policy');
    landing.node.addDependency(policy);
  }

  private function(id: string, entry: string, size: Size, environment: Record<string, string>): HubFunction {
    return new HubFunction(this, id, {
      entry,
      size,
      key: this.key,
      bundled: this.bundled,
      environment: { ...environment, CANBAO_SECRET_ARN: this.secret.secretArn },
    });
  }

  private consume(consumer: HubFunction, queue: Queue, concurrency: number): void {
    consumer.addEnvironment('CONSUMED_QUEUE_URL', queue.queueUrl);
    consumer.addEventSource(
      new SqsEventSource(queue, { batchSize: 1, maxConcurrency: concurrency, reportBatchItemFailures: true }),
    );
  }

  private fire(id: string, target: HubFunction, schedule: ScheduleExpression): void {
    new Schedule(this, id, { schedule, target: new LambdaInvoke(target, { retryAttempts: 3 }) });
  }

  private publish(api: HubFunction): void {
    const http = new HttpApi(this, 'Http', { description: 'canbao' });
    http.addRoutes({
      path: '/v1/{proxy+}',
      methods: [HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT],
      integration: new HttpLambdaIntegration('ApiIntegration', api),
    });
    const logs = new LogGroup(this, 'HttpLog', { encryptionKey: this.key, retention: RetentionDays.ONE_YEAR });
    (http.defaultStage!.node.defaultChild as CfnStage).accessLogSettings = {
      destinationArn: logs.logGroupArn,
      format: JSON.stringify({
        requestId: '$context.requestId',
        time: '$context.requestTime',
        method: '$context.httpMethod',
        path: '$context.path',
        status: '$context.status',
        ip: '$context.identity.sourceIp',
      }),
    };
    this.key.grantEncryptDecrypt(new ServicePrincipal('logs.amazonaws.com'));
    Validations.of(http).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'Requests are signed over their raw bytes (settlement.md, Signatures); an authorizer of an HTTP API does not see the body, so the function verifies.',
    });
    new CfnOutput(this, 'HttpUrl', { value: http.apiEndpoint });
  }

  /** Runs report each feed's age beyond its limit; a feed that is late for a day needs a telephone call. */
  private lateFeedAlarm(): void {
    new Alarm(this, 'LateFeedAlarm', {
      metric: new Metric({
        namespace: 'canbao',
        metricName: 'LateFeeds',
        dimensionsMap: { service: 'canbao' },
        statistic: 'max',
        period: Duration.days(1),
      }),
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'A feed is older than its limit; its rules do not run 数据超期，相关规则停运',
    });
  }

  /** cdk-nag asks about every wildcard in a policy. All of them come from CDK's own grants, and each is bounded. */
  private explainWildcards(): void {
    const reasons: Record<string, string> = {
      'Action::kms:': "Families of one operation (with and without plaintext), on the hub's own key only.",
      'Action::s3:': "Families of one operation (object, version, tags), on the hub's own buckets only.",
      'Resource::': 'Objects of one bucket, indexes of one table or versions of one function, each named by its ARN.',
    };
    for (const id of boundedWildcards) {
      const reason = Object.entries(reasons).find(([start]) => id.startsWith(start))![1];
      Validations.of(this).acknowledge({ id: `AwsSolutions-IAM5[${id}]`, reason });
    }
  }
}

const boundedWildcards = [
  'Action::s3:GetObject*',
  'Action::s3:GetBucket*',
  'Action::kms:GenerateDataKey*',
  'Action::kms:ReEncrypt*',
  'Action::s3:Abort*',
  'Action::s3:DeleteObject*',
  'Action::s3:List*',
  'Resource::<Cases80582F3E.Arn>/index/*',
  'Resource::<Exchange6745BA1E.Arn>/*',
  'Resource::<Lake5F1B88EA.Arn>/*',
  'Resource::<Lake5F1B88EA.Arn>/settings/*',
  'Resource::<LandingF95672E9.Arn>/*',
  'Resource::<StartRun073A4C10.Arn>:*',
  'Resource::<SweepRuns4A82FF34.Arn>:*',
];
