import { Duration, RemovalPolicy, TimeZone } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { messageIndexes, timeToLive } from '../functions/insurers/messages-table.ts';
import { settlementIndexes } from '../functions/settlement/settlements-table.ts';
import type { AgencySide } from './agency-side.ts';
import type { HubFunction } from './constructs/hub-function.ts';
import { PrivateBucket } from './constructs/private-bucket.ts';
import { PublicApi } from './constructs/public-api.ts';
import { WireNetwork } from './constructs/wire-network.ts';
import { type Size, sizes } from './sizes.ts';
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
  const stores = storesOf(parts);
  const { queues, tables, sealKey } = stores;
  const receiveWebhook = wire(parts, stores);
  const settlementApi = settlement(parts, agencies, stores);
  for (const [metric, meaning] of Object.entries(alarms)) parts.alarmOn(metric, meaning);

  return {
    operatorEnvironment: { ...wireEnvironment(stores), AUDIT_TABLE: tables.audit.tableName },
    /** Operators set insurers up, look at messages and send them again. */
    grantOperators(api: HubFunction) {
      tables.messages.grantReadWriteData(api);
      tables.insurers.grantReadWriteData(api);
      tables.audit.grantReadWriteData(api);
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
        // What strangers send must not use up the functions that patients at the counter wait for.
        perSecond: 500,
      });
      towardsInsurers.serve('Webhook', receiveWebhook, ['POST'], ['/v1/insurers/{insurer}/webhooks']);
      return towardsInsurers;
    },
  };
}

type Stores = ReturnType<typeof storesOf>;

function storesOf(parts: StackParts) {
  const queues = {
    /** "This message has news": from the wire to settlement. */
    insurerEvents: parts.queue('InsurerEvents', sizes.takeInsurerEvent, 10),
    /** "Look at what is due for this insurer": to the wire. */
    outbox: parts.queue('Outbox', sizes.sendMessages, 10),
  };
  const tables = {
    settlements: parts.table('Settlements', { indexes: settlementIndexes }),
    policies: parts.table('Policies'),
    messages: parts.table('Messages', { indexes: messageIndexes, stream: true, timeToLive }),
    insurers: parts.table('Insurers'),
    audit: parts.table('Audit'),
  };
  // Its own key: keys of insurers and bodies of messages are opened with it, and nothing else of the hub.
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
  return { queues, tables, sealKey, seals };
}

const wireEnvironment = ({ queues, tables, sealKey }: Stores) => ({
  MESSAGES_TABLE: tables.messages.tableName,
  INSURERS_TABLE: tables.insurers.tableName,
  INSURER_EVENTS_QUEUE_URL: queues.insurerEvents.queue.queueUrl,
  OUTBOX_QUEUE_URL: queues.outbox.queue.queueUrl,
  SEAL_KMS_KEY_ARN: sealKey.keyArn,
});

/**
 * The wire: message tables, its two queues, the sealing key, a network of its own, and of these each function what it
 * needs. What faces the Internet changes no insurer and no key.
 */
function wire(parts: StackParts, stores: Stores): HubFunction {
  const { queues, tables, sealKey } = stores;
  const network = new WireNetwork(parts.stack, 'Wire', { key: parts.key });
  const environment = wireEnvironment(stores);
  const made = (id: string, handler: string, size: Size) => {
    const by = parts.bareFunction(id, `functions/insurers/${handler}.handler.ts`, size, environment, network);
    tables.messages.grantReadWriteData(by);
    return by;
  };
  const receiveWebhook = made('ReceiveWebhook', 'receive-webhook', sizes.receiveWebhook);
  tables.insurers.grantReadData(receiveWebhook);
  sealKey.grantEncryptDecrypt(receiveWebhook);

  const sendMessages = made('SendMessages', 'send-messages', sizes.sendMessages);
  // Its lane, and that an endpoint is gone.
  tables.insurers.grantReadWriteData(sendMessages);
  sealKey.grantDecrypt(sendMessages);
  queues.outbox.queue.grantSendMessages(sendMessages);
  parts.consume(sendMessages, queues.outbox.queue, sizes.sendMessages.concurrency);

  const handOn = made('HandOn', 'hand-on', sizes.handOn);
  const sweepMessages = made('SweepMessages', 'sweep-messages', sizes.sweep);
  tables.insurers.grantReadData(sweepMessages);
  for (const teller of [handOn, sweepMessages])
    for (const { queue } of Object.values(queues)) queue.grantSendMessages(teller);
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
  parts.fire('MessageSweep', sweepMessages, ScheduleExpression.rate(Duration.minutes(1)));
  return receiveWebhook;
}

/** Settlement: its own tables, the outbox, the settings of the area; it sees no case and sends nothing itself. */
function settlement(parts: StackParts, agencies: AgencySide, { queues, tables, sealKey, seals }: Stores): HubFunction {
  const { lake } = agencies.buckets;
  const { runs, snapshots } = agencies.tables;
  const environment = {
    SETTLEMENTS_TABLE: tables.settlements.tableName,
    POLICIES_TABLE: tables.policies.tableName,
    MESSAGES_TABLE: tables.messages.tableName,
    INSURERS_TABLE: tables.insurers.tableName,
    AUDIT_TABLE: tables.audit.tableName,
    LAKE_BUCKET: lake.bucketName,
    SEALS_BUCKET: seals.bucketName,
    SNAPSHOTS_TABLE: snapshots.tableName,
    RUNS_TABLE: runs.tableName,
    SEAL_KMS_KEY_ARN: sealKey.keyArn,
  };
  const made = (id: string, handler: string, size: Size) =>
    parts.bareFunction(id, `functions/settlement/${handler}.handler.ts`, size, environment);
  const knowing = (id: string, handler: string, size: Size) => {
    const by = parts.function(id, `functions/settlement/${handler}.handler.ts`, size, environment);
    parts.secret.grantRead(by);
    return by;
  };
  const settlementApi = knowing('SettlementApi', 'settlement-api', sizes.settlementApi);
  const takeInsurerEvent = knowing('TakeInsurerEvent', 'take-insurer-event', sizes.takeInsurerEvent);
  const sweepSettlements = made('SweepSettlements', 'sweep-settlements', sizes.sweep);
  for (const by of [settlementApi, takeInsurerEvent, sweepSettlements]) {
    for (const table of [tables.settlements, tables.policies, tables.messages]) table.grantReadWriteData(by);
    lake.grantRead(by, 'settings/*');
  }
  // It alone reads what insurers have sent.
  sealKey.grantDecrypt(takeInsurerEvent);
  parts.consume(takeInsurerEvent, queues.insurerEvents.queue, sizes.takeInsurerEvent.concurrency, 10);
  parts.fire('SettlementSweep', sweepSettlements, ScheduleExpression.rate(Duration.minutes(1)));

  const loadRoster = knowing('LoadRoster', 'load-roster', sizes.loadRoster);
  tables.policies.grantReadWriteData(loadRoster);
  snapshots.grantReadData(loadRoster);
  lake.grantRead(loadRoster, 'snapshots/policy-roster/*');
  parts.fire('RosterLoad', loadRoster, ScheduleExpression.rate(Duration.minutes(1)));

  const closeDay = made('CloseDay', 'close-day', sizes.closeDay);
  for (const table of [tables.settlements, tables.messages]) table.grantReadWriteData(closeDay);
  for (const table of [tables.policies, tables.audit]) table.grantReadData(closeDay);
  // For the key that it seals with.
  sealKey.grantEncryptDecrypt(closeDay);
  seals.grantPut(closeDay);
  // Auditors are shown seals, and what the tables say beside them.
  tables.audit.grantReadWriteData(settlementApi);
  for (const by of [closeDay, settlementApi]) {
    for (const table of [tables.insurers, runs]) table.grantReadData(by);
    seals.grantRead(by);
  }
  // At 00:30 it closes the day; every hour it looks after statements that are missing and differences that grow old.
  const halfPast = ScheduleExpression.cron({ minute: '30', timeZone: TimeZone.of('Asia/Shanghai') });
  parts.fire('DayClose', closeDay, halfPast);
  return settlementApi;
}
