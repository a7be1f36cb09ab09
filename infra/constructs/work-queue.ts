import { Duration, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** A queue with its dead-letter queue and the two alarms that say when somebody must look. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  /** @param consumerTimeoutSeconds Time limit of the function that consumes it; messages stay hidden six times as long. */
  constructor(
    scope: Construct,
    id: string,
    props: { key: IKey; consumerTimeoutSeconds: number; maxReceiveCount: number; oldestMinutes: number },
  ) {
    super(scope, id);
    const common = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    const visibilityTimeout = Duration.seconds(6 * props.consumerTimeoutSeconds);
    this.deadLetters = new Queue(this, 'DeadLetters', { ...common, visibilityTimeout });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue itself.',
    });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.maxReceiveCount },
    });
    const when = {
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    };
    // Some dead letters are consumed at once, to record what failed: those are seen on their way.
    for (const [id, metric] of Object.entries({
      DeadLetterAlarm: this.deadLetters.metricApproximateNumberOfMessagesVisible(),
      DeadLetterConsumedAlarm: this.deadLetters.metricNumberOfMessagesDeleted(),
    })) {
      new Alarm(this, id, {
        ...when,
        metric,
        threshold: 0,
        alarmDescription: `${id}: a message failed ${props.maxReceiveCount} times 消息多次失败，请查看死信队列`,
      });
    }
    new Alarm(this, 'OldestMessageAlarm', {
      ...when,
      metric: this.queue.metricApproximateAgeOfOldestMessage(),
      threshold: props.oldestMinutes * 60,
      alarmDescription: `${id}: work is waiting longer than ${props.oldestMinutes} minutes 队列积压`,
    });
  }
}
