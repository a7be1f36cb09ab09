import { Duration, TimeZone } from 'aws-cdk-lib';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { PrivateBucket } from './constructs/private-bucket.ts';
import { sizes } from './sizes.ts';
import type { StackParts } from './stack-parts.ts';

export type AgencySide = ReturnType<typeof agencySide>;

/** A file becomes work: landing → intake → lake → cross-check → cases. */
export function agencySide(parts: StackParts) {
  const buckets = bucketsOf(parts);
  const queues = {
    intake: parts.queue('Intake', sizes.receiveFile, 60),
    crosscheck: parts.queue('CrosscheckTasks', sizes.crosscheck, 30),
    findings: parts.queue('Findings', sizes.openCases, 60),
  };
  const tables = {
    deliveries: parts.table('Deliveries'),
    snapshots: parts.table('Snapshots'),
    runs: parts.table('Runs'),
    cases: casesTable(parts),
  };
  announceFiles(parts, buckets.landing, queues.intake.queue);

  const intakeEnvironment = {
    LANDING_BUCKET: buckets.landing.bucketName,
    LAKE_BUCKET: buckets.lake.bucketName,
    EXCHANGE_BUCKET: buckets.exchange.bucketName,
    INTAKE_QUEUE_URL: queues.intake.queue.queueUrl,
    DELIVERIES_TABLE: tables.deliveries.tableName,
    SNAPSHOTS_TABLE: tables.snapshots.tableName,
  };
  const receiveFile = parts.function(
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
  parts.consume(receiveFile, queues.intake.queue, sizes.receiveFile.concurrency);
  const failFile = parts.function(
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
  parts.consume(failFile, queues.intake.deadLetters, sizes.failFile.concurrency);

  const runEnvironment = {
    LAKE_BUCKET: buckets.lake.bucketName,
    EXCHANGE_BUCKET: buckets.exchange.bucketName,
    CROSSCHECK_QUEUE_URL: queues.crosscheck.queue.queueUrl,
    FINDINGS_QUEUE_URL: queues.findings.queue.queueUrl,
    DELIVERIES_TABLE: tables.deliveries.tableName,
    SNAPSHOTS_TABLE: tables.snapshots.tableName,
    RUNS_TABLE: tables.runs.tableName,
  };
  const crosscheck = parts.function('Crosscheck', 'functions/crosscheck/crosscheck.handler.ts', sizes.crosscheck, {
    ...runEnvironment,
    CASES_TABLE: tables.cases.tableName,
  });
  buckets.lake.grantReadWrite(crosscheck);
  buckets.exchange.grantReadWrite(crosscheck);
  tables.deliveries.grantReadData(crosscheck);
  tables.snapshots.grantReadData(crosscheck);
  tables.runs.grantReadWriteData(crosscheck);
  // For the exemptions that a run pins.
  tables.cases.grantReadData(crosscheck);
  queues.crosscheck.queue.grantSendMessages(crosscheck);
  queues.findings.queue.grantSendMessages(crosscheck);
  parts.secret.grantRead(crosscheck);
  parts.consume(crosscheck, queues.crosscheck.queue, sizes.crosscheck.concurrency);

  const startRun = parts.function('StartRun', 'functions/crosscheck/start-run.handler.ts', sizes.sweep, runEnvironment);
  const sweepRuns = parts.function(
    'SweepRuns',
    'functions/crosscheck/sweep-runs.handler.ts',
    sizes.sweep,
    runEnvironment,
  );
  const failRun = parts.function('FailRun', 'functions/crosscheck/fail-run.handler.ts', sizes.sweep, runEnvironment);
  for (const keeper of [startRun, sweepRuns, failRun]) {
    tables.runs.grantReadWriteData(keeper);
    queues.crosscheck.queue.grantSendMessages(keeper);
  }
  parts.consume(failRun, queues.crosscheck.deadLetters, sizes.sweep.concurrency);
  parts.fire(
    'DailyRun',
    startRun,
    ScheduleExpression.cron({ minute: '0', hour: '5', timeZone: TimeZone.of('Asia/Shanghai') }),
  );
  parts.fire('RunSweep', sweepRuns, ScheduleExpression.rate(Duration.minutes(1)));

  const openCases = parts.function('OpenCases', 'functions/cases/open-cases.handler.ts', sizes.openCases, {
    LAKE_BUCKET: buckets.lake.bucketName,
    RUNS_TABLE: tables.runs.tableName,
    CASES_TABLE: tables.cases.tableName,
  });
  buckets.lake.grantRead(openCases);
  tables.runs.grantReadData(openCases);
  tables.cases.grantReadWriteData(openCases);
  parts.consume(openCases, queues.findings.queue, sizes.openCases.concurrency);

  // Runs report each feed's age beyond its limit; a feed that is late for a day needs a telephone call.
  parts.alarmOn('LateFeeds', 'A feed is older than its limit; its rules do not run 数据超期，相关规则停运');
  return { buckets, queues, tables, runEnvironment };
}

/** The index holds keys alone: nearly every case is in it, and is read from the table. */
function casesTable(parts: StackParts) {
  const cases = parts.table('Cases');
  cases.addGlobalSecondaryIndex({
    indexName: 'byTownship',
    partitionKey: { name: 'township', type: AttributeType.STRING },
    sortKey: { name: 'worklist', type: AttributeType.STRING },
    projectionType: ProjectionType.KEYS_ONLY,
  });
  return cases;
}

function bucketsOf(parts: StackParts) {
  const common = { key: parts.key, accessLogs: parts.accessLogs };
  return {
    landing: new PrivateBucket(parts.stack, 'Landing', {
      ...common,
      versioned: true,
      lifecycleRules: [{ expiration: Duration.days(400), noncurrentVersionExpiration: Duration.days(400) }],
    }),
    lake: new PrivateBucket(parts.stack, 'Lake', {
      ...common,
      lifecycleRules: [
        { prefix: 'runs/', expiration: Duration.days(1100) },
        // Copies of files that were held or waited; the originals stay in landing.
        { prefix: 'waiting/', expiration: Duration.days(400) },
      ],
    }),
    exchange: new PrivateBucket(parts.stack, 'Exchange', {
      ...common,
      lifecycleRules: [{ expiration: Duration.days(400) }],
    }),
  };
}

/**
 * Every new object in `landing` is announced on the intake queue. Written natively: CDK's own construct would add
 * a Lambda function with rights over all buckets.
 */
function announceFiles(parts: StackParts, landing: PrivateBucket, intake: Queue): void {
  const s3 = new ServicePrincipal('s3.amazonaws.com');
  intake.addToResourcePolicy(
    new PolicyStatement({
      principals: [s3],
      actions: ['sqs:SendMessage'],
      resources: [intake.queueArn],
      conditions: { StringEquals: { 'aws:SourceAccount': parts.stack.account } },
    }),
  );
  parts.key.grant(s3, 'kms:GenerateDataKey*', 'kms:Decrypt');
  const bucket = landing.node.defaultChild as CfnBucket;
  bucket.notificationConfiguration = {
    queueConfigurations: [{ event: 's3:ObjectCreated:*', queue: intake.queueArn }],
  };
  const policy = intake.node.findChild('Policy');
  landing.node.addDependency(policy);
}
