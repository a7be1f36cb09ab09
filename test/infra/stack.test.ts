import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { HubStack } from '../../infra/hub-stack.ts';
import { embeddedTemplate } from '../../infra/synth.ts';

const folder = mkdtempSync(join(tmpdir(), 'canbao-infra-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const template = embeddedTemplate();
// biome-ignore lint/suspicious/noExplicitAny: the template is whatever CDK writes; the tests look into it at any depth.
type Properties = Record<string, any>;
/** There are some: of none everything would hold. */
function ofType(type: string): [string, Properties][] {
  const found = Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
  expect(found.length, type).toBeGreaterThan(0);
  return found.map(([id, resource]) => [id, (resource.Properties ?? {}) as Properties]);
}

describe('the stack', () => {
  it('passes cdk-nag AwsSolutions without an AWS account', () => {
    const app = new App({ analyticsReporting: false, outdir: join(folder, 'nag') });
    new HubStack(app, 'Canbao', { bundled: false });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });

  it('fails cdk-nag when somebody adds a bare queue: the check is really on', () => {
    const app = new App({ analyticsReporting: false, outdir: join(folder, 'nag-broken') });
    new Queue(new HubStack(app, 'Canbao', { bundled: false }), 'Bare');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).toThrow();
  });

  it('keeps every bucket private, encrypted, and open to TLS only', () => {
    const buckets = ofType('AWS::S3::Bucket');
    expect(buckets.length).toBeGreaterThanOrEqual(4);
    const policies = JSON.stringify(ofType('AWS::S3::BucketPolicy'));
    for (const [id, bucket] of buckets) {
      expect(bucket.PublicAccessBlockConfiguration, id).toMatchObject({
        ...{ BlockPublicAcls: true, BlockPublicPolicy: true },
        ...{ IgnorePublicAcls: true, RestrictPublicBuckets: true },
      });
      expect(bucket.BucketEncryption, id).toBeDefined();
      expect(bucket.LifecycleConfiguration, id).toBeDefined();
      expect(policies, id).toContain(id);
    }
    expect(policies.match(/aws:SecureTransport/g)).toHaveLength(buckets.length);
    expect(Object.fromEntries(buckets)).toMatchObject({
      [idLike(buckets, 'Landing')]: { VersioningConfiguration: { Status: 'Enabled' } },
    });
  });

  it('hides a message at least six times as long as its consumer may take, and never loses a failed one', () => {
    const queues = new Map(ofType('AWS::SQS::Queue'));
    const functions = new Map(ofType('AWS::Lambda::Function'));
    const mappings = ofType('AWS::Lambda::EventSourceMapping');
    expect(mappings.length).toBeGreaterThanOrEqual(3);
    for (const [id, mapping] of mappings) {
      const [source, attribute] = mapping.EventSourceArn['Fn::GetAtt'] as [string, string];
      if (attribute === 'StreamArn') continue;
      const queue = queues.get(source)!;
      const consumer = functions.get(mapping.FunctionName.Ref)!;
      expect(queue.VisibilityTimeout, id).toBeGreaterThanOrEqual(6 * consumer.Timeout);
    }
    for (const [id, mapping] of mappings)
      expect(mapping.FunctionResponseTypes, id).toEqual(['ReportBatchItemFailures']);
    for (const [id, queue] of queues) {
      expect(queue.KmsMasterKeyId, id).toBeDefined();
      if (!id.includes('DeadLetters')) expect(queue.RedrivePolicy.maxReceiveCount, id).toBeGreaterThanOrEqual(3);
    }
  });

  it('pays tables by use, restores them to any second, and encrypts them with the hub’s key', () => {
    for (const [id, table] of ofType('AWS::DynamoDB::Table')) {
      expect(table.BillingMode, id).toBe('PAY_PER_REQUEST');
      expect(table.PointInTimeRecoverySpecification, id).toMatchObject({ PointInTimeRecoveryEnabled: true });
      expect(table.SSESpecification, id).toMatchObject({ SSEType: 'KMS' });
    }
  });

  it('runs every function on arm64 and Node 24, from a handler file that exists', () => {
    for (const [id, properties] of ofType('AWS::Lambda::Function')) {
      expect(properties, id).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x' });
      expect(properties.MemorySize, id).toBeLessThanOrEqual(10_240);
      const entry = template.Resources[id]!.Metadata!['canbao:entry'] as string;
      expect(statSync(join(import.meta.dirname, '../..', entry)).isFile(), entry).toBe(true);
    }
  });

  it('names no partition, region, account or endpoint of its own, so that it deploys to AWS China as well', () => {
    const text = JSON.stringify(template);
    expect(text).not.toMatch(/arn:aws:|amazonaws\.com\.cn|us-east-1|cn-north/);
    expect(text).not.toMatch(/AWS::Cognito|AWS::Lambda::Url|TracingConfig/);
  });

  it('fires the daily run by the clock of the county and watches dead letters, age, errors and late feeds', () => {
    const schedules = ofType('AWS::Scheduler::Schedule').map(([, schedule]) => schedule);
    expect(schedules).toContainEqual(expect.objectContaining({ ScheduleExpressionTimezone: 'Asia/Shanghai' }));
    const metrics = ofType('AWS::CloudWatch::Alarm').map(([, alarm]) => alarm.MetricName);
    for (const name of ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage', 'Errors', 'LateFeeds']) {
      expect(metrics).toContain(name);
    }
  });

  it('watches no metric that nothing measures, and every one that the wire and the books count for people', () => {
    const watched = ofType('AWS::CloudWatch::Alarm')
      .filter(([, alarm]) => alarm.Namespace === 'canbao')
      .map(([, alarm]) => alarm.MetricName as string);
    const sources = readdirSync(join(import.meta.dirname, '../../functions'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(import.meta.dirname, '../../functions', name), 'utf8'))
      .join('\n');
    for (const name of watched) expect(sources, name).toContain(`'${name}'`);
    const counted = [...sources.matchAll(/measure\(\s*'([A-Za-z]+)'/g)].map(([, name]) => name);
    expect(counted.length).toBeGreaterThanOrEqual(10);
    // Charts for whoever looks, as the READMEs say: strangers knock all day, and a new difference is the day's work.
    const toLookAt = ['SignatureRefused', 'ContentRefused', 'OpenDifferences'];
    expect(watched).toEqual(expect.arrayContaining(counted.filter((name) => !toLookAt.includes(name!))));
  });

  it('lets the case opener read the lake and not write it', () => {
    const [, policy] = ofType('AWS::IAM::Policy').find(([id]) => id.startsWith('OpenCasesRole'))!;
    const lake = idLike(ofType('AWS::S3::Bucket'), 'Lake');
    const statements = policy.PolicyDocument.Statement as Properties[];
    const onLake = statements.filter((one) => JSON.stringify(one.Resource).includes(lake)).flatMap((one) => one.Action);
    expect(onLake.length).toBeGreaterThan(0);
    expect(onLake.filter((action: string) => /Put|Delete|Abort/.test(action))).toEqual([]);
    expect(statements.flatMap((one) => one.Action)).not.toContain('*');
  });

  it('keeps the wire to insurers from the lake, the cases, the settlements, the hub’s secret, and every other network', () => {
    const wire = ofType('AWS::Lambda::Function').filter(([id]) =>
      String(template.Resources[id]!.Metadata!['canbao:entry']).startsWith('functions/insurers/'),
    );
    expect(wire.length).toBe(4);
    const own = [
      'Messages',
      'Insurers',
      'InsurerEvents',
      'Outbox',
      'SealKey',
      'Key',
      'ReceiveWebhook',
      'HandOn',
      'Send',
      'SweepMessages',
    ];
    for (const [id, properties] of wire) {
      expect(properties.VpcConfig, id).toBeDefined();
      expect(JSON.stringify(properties.Environment), id).not.toContain('CANBAO_SECRET');
      const role = properties.Role['Fn::GetAtt'][0] as string;
      const reached = ofType('AWS::IAM::Policy')
        .filter(([, policy]) => JSON.stringify(policy.Roles).includes(role))
        .flatMap(([, policy]) => JSON.stringify(policy.PolicyDocument).match(/"Fn::GetAtt":\["[A-Za-z0-9]+/g) ?? [])
        .map((found) => found.replace(/.*"/, ''));
      expect(reached.length, id).toBeGreaterThan(3);
      for (const resource of reached)
        expect(
          own.some((name) => resource.startsWith(name)),
          `${id} → ${resource}`,
        ).toBe(true);
    }
    const routes = ofType('AWS::ApiGatewayV2::Route').filter(([, route]) =>
      JSON.stringify(route.ApiId).includes('InsurerHttp'),
    );
    expect(routes.map(([, route]) => route.RouteKey)).toEqual(['POST /v1/insurers/{insurer}/webhooks']);
    expect(JSON.stringify(template.Outputs)).toContain(routes[0]![1].ApiId.Ref);
  });

  it('lets what faces the Internet read insurers and their keys, and change neither', () => {
    expect(actionsOn('ReceiveWebhook', 'Insurers')).toEqual(expect.arrayContaining(['dynamodb:Query']));
    expect(actionsOn('ReceiveWebhook', 'Insurers').filter(writes)).toEqual([]);
    for (const queue of ['InsurerEvents', 'Outbox']) expect(actionsOn('ReceiveWebhook', queue)).toEqual([]);
    expect(actionsOn('SendMessages', 'Insurers').filter(writes)).not.toEqual([]);
  });

  it('lets in so many webhooks and no more: the counter’s functions are not used up by what strangers send', () => {
    const stages = ofType('AWS::ApiGatewayV2::Stage').filter(([id]) => id.startsWith('InsurerHttp'));
    expect(stages.map(([, stage]) => stage.DefaultRouteSettings)).toEqual([
      { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
    ]);
  });

  it('lets nobody open what is sealed who does not have to', () => {
    const opening = roles().filter((role) => actionsOn(role, 'SealKey').includes('kms:Decrypt'));
    expect(opening.sort()).toEqual(['Api', 'CloseDay', 'ReceiveWebhook', 'SendMessages', 'TakeInsurerEvent']);
    // Who closes the day reads insurers, and seals with a key of its own: it alone of settlement could open theirs.
    expect(actionsOn('TakeInsurerEvent', 'Insurers')).toEqual([]);
  });

  it('lets settlement reach what it needs: the roster of the lake, the settings, the trail where people ask', () => {
    expect(JSON.stringify(statementsOf('LoadRoster'))).toMatch(/Lake[^}]*\]},"\/snapshots\/policy-roster\/\*"/);
    for (const role of ['LoadRoster', 'SettlementApi', 'TakeInsurerEvent', 'SweepSettlements', 'CloseDay'])
      expect(JSON.stringify(statementsOf(role)), role).not.toMatch(/Lake[^}]*\]},"\/\*"/);
    expect(actionsOn('LoadRoster', 'Settlements')).toEqual([]);
    for (const role of ['LoadRoster', 'TakeInsurerEvent', 'SweepSettlements'])
      expect(actionsOn(role, 'Audit')).toEqual([]);
    expect(actionsOn('CloseDay', 'Audit').filter(writes)).toEqual([]);
    const secret = ['Api', 'Crosscheck', 'LoadRoster', 'LookUpPerson', 'SettlementApi', 'TakeInsurerEvent'];
    expect(
      roles()
        .filter((role) => actionsOn(role, 'Secret').length > 0)
        .sort(),
    ).toEqual(secret);
  });

  it('tells every alarm to somebody, a fault that an API answers with among them', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm');
    const [[topic]] = ofType('AWS::SNS::Topic') as [[string, Properties]];
    for (const [id, alarm] of alarms) expect(alarm.AlarmActions, id).toEqual([{ Ref: topic }]);
    const apis = ofType('AWS::ApiGatewayV2::Api').map(([id]) => id);
    const watched = alarms.filter(([, { MetricName }]) => MetricName === '5xx');
    expect(watched.map(([, { Dimensions }]) => Dimensions[0].Value.Ref).sort()).toEqual(apis.sort());
    const [[, policy]] = ofType('AWS::SNS::TopicPolicy') as [[string, Properties]];
    expect(JSON.stringify(policy)).toMatch(/sns:Publish.*cloudwatch.amazonaws.com/);
  });

  it('gives the closing of a day the time and memory of a large one', () => {
    const [, closing] = ofType('AWS::Lambda::Function').find(([id]) => id.startsWith('CloseDay'))!;
    expect(closing).toMatchObject({ Timeout: 900, MemorySize: 1769 });
  });
});

/** Every function has a role of its name. */
const roles = (): string[] => ofType('AWS::Lambda::Function').map(([id]) => id.slice(0, -8));

/** What the role of a function may do, statement by statement. */
function statementsOf(role: string): Properties[] {
  // What is too long for one policy stands in a second one.
  const all = [...ofType('AWS::IAM::Policy'), ...ofType('AWS::IAM::ManagedPolicy')];
  const policies = all.filter(([id]) => id.startsWith(`${role}Role`));
  expect(policies.length, role).toBeGreaterThan(0);
  return policies.flatMap(([, policy]) => policy.PolicyDocument.Statement as Properties[]);
}

/** What it may do to a resource, which is named by the beginning of its logical id. */
function actionsOn(role: string, resource: string): string[] {
  const named = new RegExp(`"(Ref|Fn::GetAtt)":\\[?"${resource}(Queue|)[0-9A-F]{8}"`);
  return statementsOf(role)
    .filter((one) => named.test(JSON.stringify(one.Resource)))
    .flatMap((one) => one.Action as string | string[]);
}

const writes = (action: string): boolean => /Put|Update|Delete|Write/.test(action);

describe('a bundled function', () => {
  it('carries DuckDB for Lambda’s processor and stays under 250 MB unzipped', { timeout: 120_000 }, () => {
    const out = join(folder, 'function');
    const bundler = join(import.meta.dirname, '../../infra/constructs/bundle-function.ts');
    execFileSync(process.execPath, [bundler, 'functions/intake/receive-file.handler.ts', out, '--duckdb'], {
      stdio: 'pipe',
    });
    const binding = readFileSync(join(out, 'node_modules/@duckdb/node-bindings-linux-arm64/duckdb.node')).subarray(
      0,
      20,
    );
    // ELF header: magic, and e_machine 183 = AArch64.
    expect(binding.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
    expect(binding.readUInt16LE(18)).toBe(183);
    expect(bytesUnder(out)).toBeLessThan(250 * 1024 * 1024);
  });

  it('holds every feed declaration though a bundle has no folder to list', () => {
    const source = readFileSync(join(folder, 'function', 'index.mjs'), 'utf8');
    for (const feed of ['enrolment-elsewhere', 'rural-monitoring', 'policy-roster', 'birth'])
      expect(source).toContain(feed);
    expect(source).not.toMatch(/modulesOf\(import\.meta/);
  });
});

const idLike = (list: [string, Properties][], start: string): string => list.find(([id]) => id.startsWith(start))![0];

function bytesUnder(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
