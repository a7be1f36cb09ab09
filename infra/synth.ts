import { App } from 'aws-cdk-lib';
import { HubStack } from './hub-stack.ts';

/** The template as CloudFormation would get it, without bundled functions: what the embedded hub interprets. */
export function embeddedTemplate(): CloudFormationTemplate {
  // What CDK would check here, for seconds, is checked when the stack is synthesized for AWS, and by the tests.
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new HubStack(app, 'Canbao', { bundled: false });
  return app.synth().getStackByName(stack.stackName).template as CloudFormationTemplate;
}

export type CloudFormationTemplate = {
  readonly Resources: Record<
    string,
    { Type: string; Properties?: Record<string, unknown>; Metadata?: Record<string, unknown> }
  >;
  readonly Outputs?: Record<string, unknown>;
};
