import { type CfnElement, CfnOutput, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { agencySide } from './agency-side.ts';
import { AlarmTopic } from './constructs/alarm-topic.ts';
import { PublicApi } from './constructs/public-api.ts';
import { insurerSide } from './insurer-side.ts';
import { sizes } from './sizes.ts';
import { StackParts } from './stack-parts.ts';

export type HubStackProps = StackProps & {
  /** False: synthesize without bundling the functions, for the embedded hub, which runs their sources. */
  readonly bundled: boolean;
};

/** Everything of the hub that exists on AWS, and, read from the synthesized template, in the embedded hub. */
export class HubStack extends Stack {
  constructor(scope: Construct, id: string, props: HubStackProps) {
    super(scope, id, props);
    const parts = new StackParts(this, props.bundled);
    const agencies = agencySide(parts);
    const insurers = insurerSide(parts, agencies);

    const api = parts.function('Api', 'functions/console/api.handler.ts', sizes.api, {
      ...agencies.runEnvironment,
      ...insurers.operatorEnvironment,
      LANDING_BUCKET: agencies.buckets.landing.bucketName,
      INTAKE_QUEUE_URL: agencies.queues.intake.queue.queueUrl,
      CASES_TABLE: agencies.tables.cases.tableName,
    });
    agencies.buckets.landing.grantPut(api);
    agencies.buckets.lake.grantReadWrite(api, 'settings/*');
    agencies.buckets.exchange.grantRead(api);
    agencies.tables.deliveries.grantReadWriteData(api);
    agencies.tables.snapshots.grantReadData(api);
    agencies.tables.runs.grantReadWriteData(api);
    agencies.tables.cases.grantReadWriteData(api);
    agencies.queues.intake.queue.grantSendMessages(api);
    agencies.queues.crosscheck.queue.grantSendMessages(api);
    insurers.grantOperators(api);
    parts.secret.grantRead(api);

    const lookUp = parts.function(
      'LookUpPerson',
      'functions/crosscheck/look-up-person.handler.ts',
      sizes.lookUpPerson,
      {
        LAKE_BUCKET: agencies.buckets.lake.bucketName,
        SNAPSHOTS_TABLE: agencies.tables.snapshots.tableName,
        AUDIT_TABLE: insurers.operatorEnvironment.AUDIT_TABLE,
      },
    );
    agencies.buckets.lake.grantRead(lookUp, 'snapshots/enrolment/*');
    agencies.tables.snapshots.grantReadData(lookUp);
    insurers.grantTrail(lookUp);
    parts.secret.grantRead(lookUp);

    const http = new PublicApi(this, 'Http', { key: parts.key, description: 'canbao' });
    http.serve('Api', api, ['GET', 'POST', 'PUT'], ['/v1/{proxy+}']);
    http.serve('LookUp', lookUp, ['POST'], ['/v1/persons/lookup']);
    const towardsInsurers = insurers.publish(http);
    new CfnOutput(this, 'HttpUrl', { value: http.apiEndpoint });
    new CfnOutput(this, 'InsurerHttpUrl', { value: towardsInsurers.apiEndpoint });
    // The last of all, so that no alarm is left out.
    const alarms = new AlarmTopic(this, 'Alarms', { key: parts.key });
    new CfnOutput(this, 'AlarmTopic', { value: alarms.topicArn });
    this.explainWildcards();
  }

  /** cdk-nag asks about every wildcard in a policy. All of them come from CDK's own grants, and each is bounded. */
  private explainWildcards(): void {
    const acknowledge = (wildcard: string, reason: string) =>
      Validations.of(this).acknowledge({ id: `AwsSolutions-IAM5[${wildcard}]`, reason });
    const families = ['kms:GenerateDataKey', 'kms:ReEncrypt', 's3:GetObject', 's3:GetBucket', 's3:Abort'];
    for (const family of [...families, 's3:DeleteObject', 's3:List'])
      acknowledge(`Action::${family}*`, 'A family of one operation, on keys and buckets that are named by their ARN.');
    for (const resource of this.node.findAll()) {
      const named = (part: string) => `Resource::<${this.getLogicalId(resource as CfnElement)}.Arn>${part}`;
      if (resource instanceof CfnTable) acknowledge(named('/index/*'), 'The indexes of one table.');
      if (resource instanceof CfnFunction) acknowledge(named(':*'), 'The versions of one function.');
      if (resource instanceof CfnBucket)
        for (const part of ['/*', '/settings/*', '/snapshots/enrolment/*', '/snapshots/policy-roster/*'])
          acknowledge(named(part), 'The objects of one bucket.');
    }
    acknowledge('Resource::*', 'Network interfaces of the wire: these actions of EC2 know no narrower resource.');
  }
}
