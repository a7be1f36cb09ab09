import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { HubStack } from './hub-stack.ts';

const app = new App({ analyticsReporting: false });
new HubStack(app, 'Canbao', { bundled: true });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
