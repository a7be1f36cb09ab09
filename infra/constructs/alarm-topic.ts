import { Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** Every alarm there is so far is told here; whoever is to be called subscribes to it. */
export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string, { key }: { key: Key }) {
    super(scope, id, { masterKey: key, enforceSSL: true });
    const { account, node } = Stack.of(this);
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
    key.grant(cloudWatch, 'kms:GenerateDataKey*', 'kms:Decrypt');
    const action = { bind: () => ({ alarmActionArn: this.topicArn }) };
    for (const alarm of node.findAll()) if (alarm instanceof Alarm) alarm.addAlarmAction(action);
  }
}
