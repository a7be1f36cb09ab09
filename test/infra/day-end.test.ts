import { expect, test } from 'vitest';
import { embeddedTemplate } from '../../infra/synth.ts';

const resources = Object.values(embeddedTemplate().Resources);
// biome-ignore lint/suspicious/noExplicitAny: the template is whatever CDK writes; the tests look into it at any depth.
const ofType = (type: string): any[] =>
  resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);

test('nobody can change or remove what is sealed of a day before it is ten years old', () => {
  const locked = ofType('AWS::S3::Bucket').filter(({ ObjectLockEnabled }) => ObjectLockEnabled === true);
  expect(locked).toMatchObject([
    {
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3653 } } },
      VersioningConfiguration: { Status: 'Enabled' },
    },
  ]);
});

test.each(['MissingStatements', 'OldDifferences'])('%s above 0 calls somebody', (metric) => {
  expect(ofType('AWS::CloudWatch::Alarm').filter(({ MetricName }) => MetricName === metric)).toMatchObject([
    { Namespace: 'canbao', ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, Statistic: 'Maximum' },
  ]);
});

test('days are closed by the clock of Shanghai, and looked after every hour', () => {
  const daily = ofType('AWS::Scheduler::Schedule').filter(({ ScheduleExpression }) =>
    ScheduleExpression.startsWith('cron(30 *'),
  );
  expect(daily).toMatchObject([
    { ScheduleExpression: 'cron(30 * * * ? *)', ScheduleExpressionTimezone: 'Asia/Shanghai' },
  ]);
});
