import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/**
 * The network of the wire to insurers: nothing reaches into it, out goes HTTPS only, and the tables, queues and keys
 * of the hub are reached without the Internet.
 */
export class WireNetwork extends Construct {
  readonly vpc: Vpc;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: { key: Key }) {
    super(scope, id);
    const logs = new LogGroup(this, 'FlowLog', { encryptionKey: props.key, retention: RetentionDays.ONE_YEAR });
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.86.0.0/20'),
      maxAzs: 2,
      natGateways: 1,
      subnetConfiguration: [
        { name: 'out', subnetType: SubnetType.PUBLIC, cidrMask: 26 },
        { name: 'wire', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
      ],
      flowLogs: { all: { destination: FlowLogDestination.toCloudWatchLogs(logs) } },
    });
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'Wire to insurers: HTTPS out, nothing in',
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'HTTPS');
    this.vpc.addGatewayEndpoint('Tables', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    const endpoints = new SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc: this.vpc,
      description: 'Endpoints of AWS: HTTPS from the wire',
      allowAllOutbound: false,
    });
    endpoints.addIngressRule(this.securityGroup, Port.tcp(443), 'HTTPS');
    for (const [name, service] of Object.entries({
      Queues: InterfaceVpcEndpointAwsService.SQS,
      Keys: InterfaceVpcEndpointAwsService.KMS,
    }))
      this.vpc.addInterfaceEndpoint(name, { service, securityGroups: [endpoints], open: false });
  }
}
