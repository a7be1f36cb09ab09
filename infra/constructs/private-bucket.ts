import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type LifecycleRule,
  type ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** A bucket nobody outside may read: the hub's own key, TLS only, every access logged. */
export class PrivateBucket extends Bucket {
  constructor(
    scope: Construct,
    id: string,
    props: {
      key: IKey;
      accessLogs: Bucket;
      versioned?: boolean;
      objectLock?: ObjectLockRetention;
      lifecycleRules: LifecycleRule[];
    },
  ) {
    super(scope, id, {
      encryption: BucketEncryption.KMS,
      encryptionKey: props.key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      versioned: props.versioned ?? false,
      ...(props.objectLock === undefined ? {} : { objectLockDefaultRetention: props.objectLock }),
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(2) }, ...props.lifecycleRules],
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

/** Where the access logs of the other buckets go. S3 delivers logs only to buckets under its own key. */
export class AccessLogBucket extends Bucket {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // Multi-level protection scheme, level 3: audit logs are kept at least six months.
      lifecycleRules: [{ expiration: Duration.days(400) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'This bucket receives the access logs of the others; logging its own access would feed itself.',
    });
  }
}
