import { Validations } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { HubFunction } from './hub-function.ts';

/** An HTTP API with an access log; who may call is decided by the signature that its functions verify. */
export class PublicApi extends HttpApi {
  /** @param props `perSecond`: requests that are let in; more are answered 429 before any function sees them. */
  constructor(scope: Construct, id: string, props: { key: Key; description: string; perSecond?: number }) {
    super(scope, id, { description: props.description });
    const logs = new LogGroup(scope, `${id}Log`, { encryptionKey: props.key, retention: RetentionDays.ONE_YEAR });
    const stage = this.defaultStage!.node.defaultChild as CfnStage;
    if (props.perSecond !== undefined)
      stage.defaultRouteSettings = { throttlingRateLimit: props.perSecond, throttlingBurstLimit: 2 * props.perSecond };
    stage.accessLogSettings = {
      destinationArn: logs.logGroupArn,
      format: JSON.stringify({
        requestId: '$context.requestId',
        time: '$context.requestTime',
        method: '$context.httpMethod',
        // The route, not the path: a path may name a bill.
        route: '$context.routeKey',
        status: '$context.status',
        ip: '$context.identity.sourceIp',
      }),
    };
    props.key.grantEncryptDecrypt(new ServicePrincipal('logs.amazonaws.com'));
    // A function that answers 500 has not failed: only the API counts what its callers were refused.
    new Alarm(this, 'FaultAlarm', {
      metric: this.metricServerError(),
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${id}: requests were answered with a fault 请求因系统故障未获应答`,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'Requests are signed over their raw bytes (settlement.md, Signatures); an authorizer of an HTTP API does not see the body, so the function verifies.',
    });
  }

  serve(name: string, by: HubFunction, methods: readonly (keyof typeof HttpMethod)[], paths: readonly string[]): void {
    const integration = new HttpLambdaIntegration(`${name}Integration`, by);
    for (const path of paths)
      this.addRoutes({ path, methods: methods.map((method) => HttpMethod[method]), integration });
  }
}
