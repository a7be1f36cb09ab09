import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** A table of one aggregate: string keys `pk` and `sk`, paid by use, restorable to any second, under the hub's key. */
export class ItemTable extends Table {
  constructor(scope: Construct, id: string, props: { key: IKey; stream?: boolean; timeToLive?: string }) {
    super(scope, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: props.key,
      ...(props.stream ? { stream: StreamViewType.NEW_IMAGE } : {}),
      // Epoch seconds; items without it stay.
      ...(props.timeToLive === undefined ? {} : { timeToLiveAttribute: props.timeToLive }),
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
