import { Duration, RemovalPolicy, TimeZone } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { messageIndexes } from '../functions/insurers/messages-table.ts';
import { settlementIndexes } from '../functions/settlement/settlements-table.ts';
import type { AgencySide } from './agency-side.ts';
import type { HubFunction } from './constructs/hub-function.ts';
import { PrivateBucket } from './constructs/private-bucket.ts';
import { PublicApi } from './constructs/public-api.ts';
import { WireNetwork } from './constructs/wire-network.ts';
import { sizes } from './sizes.ts';
import type { StackParts } from './stack-parts.ts';

/** What calls somebody, beside dead letters, waiting work and failing functions. */
const alarms = {
  SameIdOtherBody: 'An insurer used an id for two bodies 同一编号两种内容',
  MessagesParked: 'Messages were not accepted within their schedule 报文超期未达，已搁置',
  EndpointGone: 'The endpoint of an insurer answered 410 保险公司端点已撤销',
  KeysEnding: 'A key of an insurer ends within 30 days 密钥将于30日内到期',
  MessagesNotTaken: 'Messages of insurers wait for settlement 保险公司报文未被处理',
  MessageUntried: 'A message was due and no attempt was made 报文未发送',
  AnswerUnreadable: 'The answer of an insurer cannot be read 保险公司应答无法识别',
  MissingStatements: 'A statement of an insurer is overdue 对账单逾期',
  OldDifferences: 'A difference is open for three days 差异超过三日未处理',
};

/** A bill is settled once: settlement, the outbox, the wire to insurers, and their answers. */
export function insurerSide(parts: StackParts, agencies: AgencySide) {
  const queues = {
    /** "This message has news": from the wire to settlement. */
    insurerEvents: parts.queue('InsurerEvents', sizes.takeInsurerEvent, 10),
    /** "Look at what is due for this insurer": to the wire. */
    outbox: parts.queue('Outbox', sizes.sendMessages, 10),
  };
  const tables = {
    settlements: parts.table('Settlements', { indexes: settlementIndexes }),
    policies: parts.table('Policies'),
    messages: parts.table('Messages', { indexes: messageIndexes, stream: true, expires: true }),
    insurers: parts.table('Insurers'),
    audit: parts.table('Audit'),
  };
  // Its own key: the wire opens the insurers' keys and message bodies with it, and nothing else of the hub.
  const sealKey = new Key(parts.stack, 'SealKey', {
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
    description: 'canbao: keys of insurers, bodies of messages',
  });
  const seals = new PrivateBucket(parts.stack, 'Seals', {
    key: parts.key,
    accessLogs: parts.accessLogs,
    versioned: true,
    // Nobody, the administrator included, removes the seal of a day before it is ten years old.
    objectLock: ObjectLockRetention.compliance(Duration.days(3653)),
    lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(3653) }],
  });

  const wireEnvironment = {
    MESSAGES_TABLE: tables.messages.tableName,
    INSURERS_TABLE: tables.insurers.tableName,
    INSURER_EVENTS_QUEUE_URL: queues.insurerEvents.queue.queueUrl,
    OUTBOX_QUEUE_URL: queues.outbox.queue.queueUrl,
    SEAL_KMS_KEY_ARN: sealKey.keyArn,
  };
  const network = new WireNetwork(parts.stack, 'Wire', { key: parts.key });
  /** The wire: message tables, its two queues, the sealing key, a network of its own. Nothing else of the hub. */
  const wire = (id: string, handler: string, size: (typeof sizes)[keyof typeof sizes]) => {
    const made = parts.bareFunction(id, `functions/insurers/${handler}.handler.ts`, size, wireEnvironment, network);
    tables.messages.grantReadWriteData(made);
    tables.insurers.grantReadWriteData(made);
    queues.insurerEvents.queue.grantSendMessages(made);
    queues.outbox.queue.grantSendMessages(made);
    sealKey.grantEncryptDecrypt(made);
    return made;
  };
  const receiveWebhook = wire('ReceiveWebhook', 'receive-webhook', sizes.receiveWebhook);
  const sendMessages = wire('SendMessages', 'send-messages', sizes.sendMessages);
  parts.consume(sendMessages, queues.outbox.queue, sizes.sendMessages.concurrency);
  const handOn = wire('HandOn', 'hand-on', sizes.handOn);
  handOn.addEventSource(
    new DynamoEventSource(tables.messages, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      // What is given up here is due all the same, and the sweep finds it.
      retryAttempts: 3,
    }),
  );
  const sweepMessages = wire('SweepMessages', 'sweep-messages', sizes.sweep);
  parts.fire('MessageSweep', sweepMessages, ScheduleExpression.rate(Duration.minutes(1)));

  const settlementEnvironment = {
    SETTLEMENTS_TABLE: tables.settlements.tableName,
    POLICIES_TABLE: tables.policies.tableName,
    MESSAGES_TABLE: tables.messages.tableName,
    INSURERS_TABLE: tables.insurers.tableName,
    AUDIT_TABLE: tables.audit.tableName,
    LAKE_BUCKET: agencies.buckets.lake.bucketName,
    SEALS_BUCKET: seals.bucketName,
    SNAPSHOTS_TABLE: agencies.tables.snapshots.tableName,
    RUNS_TABLE: agencies.tables.runs.tableName,
    SEAL_KMS_KEY_ARN: sealKey.keyArn,
  };
  /** Settlement: its own tables, the outbox, the settings of the area; it sees no case and sends nothing itself. */
  const settlement = (id: string, handler: string, size: (typeof sizes)[keyof typeof sizes]) => {
    const entry = `functions/settlement/${handler}.handler.ts`;
    const made = parts.function(id, entry, size, settlementEnvironment);
    tables.settlements.grantReadWriteData(made);
    tables.policies.grantReadWriteData(made);
    tables.messages.grantReadWriteData(made);
    tables.insurers.grantReadData(made);
    tables.audit.grantReadWriteData(made);
    agencies.buckets.lake.grantRead(made, 'settings/*');
    sealKey.grantEncryptDecrypt(made);
    parts.secret.grantRead(made);
    return made;
  };
  const settlementApi = settlement('SettlementApi', 'settlement-api', sizes.settlementApi);
  const takeInsurerEvent = settlement('TakeInsurerEvent', 'take-insurer-event', sizes.takeInsurerEvent);
  parts.consume(takeInsurerEvent, queues.insurerEvents.queue, sizes.takeInsurerEvent.concurrency, 10);
  const sweepSettlements = settlement('SweepSettlements', 'sweep-settlements', sizes.sweep);
  parts.fire('SettlementSweep', sweepSettlements, ScheduleExpression.rate(Duration.minutes(1)));

  const loadRoster = settlement('LoadRoster', 'load-roster', sizes.loadRoster);
  agencies.tables.snapshots.grantReadData(loadRoster);
  agencies.buckets.lake.grantRead(loadRoster);
  parts.fire('RosterLoad', loadRoster, ScheduleExpression.rate(Duration.minutes(1)));
  const closeDay = settlement('CloseDay', 'close-day', sizes.sweep);
  agencies.tables.runs.grantReadData(closeDay);
  seals.grantPut(closeDay);
  seals.grantRead(closeDay);
  // Auditors are shown seals, and what the tables say beside them.
  agencies.tables.runs.grantReadData(settlementApi);
  seals.grantRead(settlementApi);
  parts.fire(
    'DayClose',
    closeDay,
    // At 00:30 it closes the day; every hour it looks after statements that are missing and differences that grow old.
    ScheduleExpression.cron({ minute: '30', timeZone: TimeZone.of('Asia/Shanghai') }),
  );

  for (const [metric, meaning] of Object.entries(alarms)) parts.alarmOn(metric, meaning);

  return {
    operatorEnvironment: {
      MESSAGES_TABLE: tables.messages.tableName,
      INSURERS_TABLE: tables.insurers.tableName,
      INSURER_EVENTS_QUEUE_URL: queues.insurerEvents.queue.queueUrl,
      OUTBOX_QUEUE_URL: queues.outbox.queue.queueUrl,
      AUDIT_TABLE: tables.audit.tableName,
      SEAL_KMS_KEY_ARN: sealKey.keyArn,
    },
    /** Operators set insurers up, look at messages and send them again. */
    grantOperators(api: HubFunction) {
      tables.messages.grantReadWriteData(api);
      tables.insurers.grantReadWriteData(api);
      tables.audit.grantReadWriteData(api);
      queues.insurerEvents.queue.grantSendMessages(api);
      queues.outbox.queue.grantSendMessages(api);
      sealKey.grantEncryptDecrypt(api);
    },
    /** The trail, and beside it whose keys were taken away. */
    grantTrail: (by: HubFunction) => void tables.audit.grantReadWriteData(by),
    /** The bureau's side of the API here; what insurers reach stands at an address of its own. */
    publish(http: PublicApi) {
      const rooms = ['settlements', 'products', 'reconciliations', 'differences', 'ledger'];
      const paths = rooms.flatMap((room) => [`/v1/${room}`, `/v1/${room}/{proxy+}`]);
      http.serve('Settlement', settlementApi, ['GET', 'POST', 'PUT'], paths);
      const towardsInsurers = new PublicApi(parts.stack, 'InsurerHttp', {
        key: parts.key,
        description: 'canbao: webhooks of insurers',
      });
      towardsInsurers.serve('Webhook', receiveWebhook, ['POST'], ['/v1/insurers/{insurer}/webhooks']);
      return towardsInsurers;
    },
  };
}
