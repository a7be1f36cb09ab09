import { Duration, RemovalPolicy, Size as StorageSize } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, type CfnFunction, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Size } from '../sizes.ts';
import { bundle } from './bundle.ts';

/** Where the embedded hub finds the source of a function. */
export const entryMetadata = 'canbao:entry';
/** Tells it which functions somebody waits for. */
export const warmMetadata = 'canbao:warm';

/** A network that a function runs in; without one it has none but AWS's own. */
export type Network = { readonly vpc: IVpc; readonly securityGroup: SecurityGroup };

/** A function of the hub: its entry is a handler file, its size a line of sizes.ts, its rights only what is granted. */
export class HubFunction extends LambdaFunction {
  /** @param entry Path of the handler from the root of the project: `functions/intake/receive-file.handler.ts`. */
  constructor(
    scope: Construct,
    id: string,
    props: {
      entry: string;
      size: Size;
      key: IKey;
      environment: Record<string, string>;
      bundled: boolean;
      network?: Network;
    },
  ) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      encryptionKey: props.key,
      // Multi-level protection scheme, level 3: at least six months.
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (props.network !== undefined) allowNetworkInterfaces(role);
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      // The embedded hub runs the source as it is and bundles nothing.
      code: props.bundled
        ? Code.fromAsset(bundle(props.entry, { duckdb: props.size.duckdbMb !== undefined }))
        : Code.fromInline('//'),
      memorySize: props.size.memoryMb,
      ephemeralStorageSize: StorageSize.mebibytes(props.size.scratchMb),
      timeout: Duration.seconds(props.size.timeoutSeconds),
      role,
      ...(props.network === undefined ? {} : { vpc: props.network.vpc, securityGroups: [props.network.securityGroup] }),
      logGroup,
      environmentEncryption: props.key,
      environment: {
        ...props.environment,
        NODE_OPTIONS: '--enable-source-maps',
        ...(props.size.duckdbMb === undefined
          ? {}
          : {
              WORK_DIR: '/tmp',
              DUCKDB_MEMORY_MB: String(props.size.duckdbMb),
              DUCKDB_THREADS: String(props.size.duckdbThreads ?? 2),
            }),
      },
    });
    const resource = this.node.defaultChild as CfnFunction;
    resource.addMetadata(entryMetadata, props.entry);
    if (props.size.warm) resource.addMetadata(warmMetadata, true);
    new Alarm(this, 'ErrorAlarm', {
      metric: this.metricErrors(),
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${id}: the function failed 函数出错`,
    });
  }
}

/** What Lambda needs to put an instance into a network; it has no resource-level form. */
function allowNetworkInterfaces(role: Role): void {
  const actions = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DeleteNetworkInterface'];
  role.addToPolicy(new PolicyStatement({ actions: actions.map((action) => `ec2:${action}`), resources: ['*'] }));
}
