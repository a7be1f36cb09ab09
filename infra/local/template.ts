import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { CloudFormationTemplate } from '../synth.ts';
import type {
  BucketDeclaration,
  Declarations,
  EventSourceDeclaration,
  FunctionDeclaration,
  Notification,
  QueueDeclaration,
  RouteDeclaration,
  ScheduleDeclaration,
  StreamSourceDeclaration,
  TableDeclaration,
} from './declarations.ts';
import { parsePattern } from './event-patterns.ts';
import { accountId, Resolver, region } from './intrinsics.ts';
import { interpreted, leftOut, nameProperty } from './resource-types.ts';

/** Addresses that references in the template stand for; known once the servers listen. */
export type Addresses = { queueUrl: (queueName: string) => string; api: string };

type Properties = Record<string, unknown>;
type Resource = { id: string; type: string; properties: Properties; metadata: Properties };

/**
 * Reads what a synthesized template declares.
 * @throws for a resource type, property or reference that the embedded hub does not understand.
 */
export function readTemplate(template: CloudFormationTemplate, addresses: Addresses): Declarations {
  const conditions = new Resolver(template, { ref: String, attribute: String });
  const resources = Object.entries(template.Resources)
    .filter(([, resource]) => conditions.holds((resource as { Condition?: string }).Condition))
    .map(([id, { Type, Properties = {}, Metadata = {} }]) => ({
      id,
      type: Type,
      properties: Properties,
      metadata: Metadata,
    }));
  const providers = customResourceProviders(resources);
  const wanted = resources.filter(({ id }) => !providers.has(id));
  for (const { id, type } of wanted) {
    if (type in nameProperty || interpreted.has(type) || type in leftOut) continue;
    throw new Error(
      `The embedded hub does not understand ${id}, a ${type}: teach infra/local/template.ts about it, or list it there with the reason why one machine does without.`,
    );
  }
  const names = physicalNames(wanted, conditions);
  return new Reader(template, wanted, names, addresses).declarations();
}

class Reader {
  private readonly resources: Resource[];
  private readonly names: Record<string, string>;
  private readonly types: Record<string, string>;
  private readonly values: Resolver;

  constructor(
    template: CloudFormationTemplate,
    resources: Resource[],
    names: Record<string, string>,
    addresses: Addresses,
  ) {
    this.resources = resources;
    this.names = names;
    this.types = Object.fromEntries(resources.map(({ id, type }) => [id, type]));
    this.values = new Resolver(template, {
      ref: (id) => (this.types[id] === 'AWS::SQS::Queue' ? addresses.queueUrl(names[id] as string) : (names[id] ?? id)),
      attribute: (id, attribute) => this.attribute(id, attribute, addresses),
    });
  }

  declarations(): Declarations {
    const mappings = this.each('AWS::Lambda::EventSourceMapping', (resource) => resource).filter(
      ({ properties }) => properties.Enabled !== false,
    );
    const isStream = ({ properties }: Resource) => this.values.text(properties.EventSourceArn).includes('/stream/');
    const eventSources = mappings.filter((one) => !isStream(one)).map((one) => this.eventSource(one));
    const streamSources = mappings.filter(isStream).map((one) => this.streamSource(one));
    const fed = [...eventSources, ...streamSources];
    const routes = this.each('AWS::ApiGatewayV2::Route', (resource) => this.route(resource));
    return {
      buckets: this.each('AWS::S3::Bucket', (resource) => this.bucket(resource)),
      queues: this.each('AWS::SQS::Queue', (resource) => this.queue(resource)),
      tables: [
        ...this.each('AWS::DynamoDB::Table', (resource) => this.table(resource)),
        ...this.each('AWS::DynamoDB::GlobalTable', (resource) => this.table(resource)),
      ],
      functions: this.each('AWS::Lambda::Function', (resource) => this.function(resource, fed, routes)),
      eventSources,
      streamSources,
      schedules: [
        ...this.each('AWS::Scheduler::Schedule', (resource) => this.schedule(resource)),
        ...this.each('AWS::Events::Rule', (resource) => this.rule(resource)),
      ].flat(),
      routes,
      names: this.names,
    };
  }

  private each<T>(type: string, read: (resource: Resource) => T): T[] {
    return this.resources.filter((resource) => resource.type === type).map(read);
  }

  private bucket({ id, properties }: Resource): BucketDeclaration {
    const name = this.names[id] as string;
    const custom = this.resources.filter(
      ({ type, properties: its }) =>
        type === 'Custom::S3BucketNotifications' && this.values.text(its.BucketName) === name,
    );
    const configurations = [
      properties.NotificationConfiguration,
      ...custom.map(({ properties: its }) => its.NotificationConfiguration),
    ].filter((configuration) => configuration !== undefined);
    return {
      id,
      name,
      notifications: configurations.flatMap((configuration) => this.notifications(id, configuration)),
    };
  }

  private notifications(bucket: string, value: unknown): Notification[] {
    const { QueueConfigurations: toQueues = [], ...others } = this.values.resolve(value) as Record<
      string,
      Properties[]
    >;
    const other = Object.keys(others).find((key) => (others[key] ?? []).length > 0);
    if (other !== undefined) throw new Error(`${bucket} has ${other}: the embedded hub notifies queues only.`);
    return toQueues.flatMap((one) => {
      // CloudFormation writes Event, Queue and S3Key; the CDK's custom resource writes the API's names.
      const filter = (one.Filter ?? {}) as { S3Key?: FilterRules; Key?: FilterRules };
      const rules = filter.S3Key?.Rules ?? filter.Key?.FilterRules ?? [];
      const rule = (name: string) => rules.find((each) => each.Name.toLowerCase() === name)?.Value ?? '';
      const events = (one.Events ?? [one.Event]) as string[];
      const queue = nameOfArn(String(one.Queue ?? one.QueueArn));
      return events.map((event) => ({ event, queue, prefix: rule('prefix'), suffix: rule('suffix') }));
    });
  }

  private queue({ id, properties }: Resource): QueueDeclaration {
    const taken = [
      'VisibilityTimeout',
      'MessageRetentionPeriod',
      'DelaySeconds',
      'ReceiveMessageWaitTimeSeconds',
      'MaximumMessageSize',
    ];
    if (properties.FifoQueue)
      throw new Error(`${id} is a FIFO queue, which the embedded hub does not consume in order.`);
    const given = this.values.resolve(properties) as Properties;
    const attributes = Object.fromEntries(
      taken.filter((name) => given[name] !== undefined).map((name) => [name, String(given[name])]),
    );
    if (given.RedrivePolicy !== undefined) attributes.RedrivePolicy = JSON.stringify(given.RedrivePolicy);
    return { id, name: this.names[id] as string, attributes };
  }

  private table({ id, properties }: Resource): TableDeclaration {
    const its = this.values.resolve(properties) as Properties;
    const taken = ['AttributeDefinitions', 'KeySchema', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes'];
    const kept = Object.fromEntries(taken.filter((key) => its[key] !== undefined).map((key) => [key, its[key]]));
    const indexes = kept.GlobalSecondaryIndexes as Properties[] | undefined;
    const stream = its.StreamSpecification as Properties | undefined;
    const name = this.names[id] as string;
    const input = {
      ...kept,
      ...(indexes && {
        GlobalSecondaryIndexes: indexes.map(({ IndexName, KeySchema, Projection }) => ({
          IndexName,
          KeySchema,
          Projection,
        })),
      }),
      ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType } }),
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
    } as unknown as CreateTableCommandInput;
    const ttl = its.TimeToLiveSpecification as { AttributeName?: string; Enabled?: boolean } | undefined;
    return { id, name, input, ...(ttl?.Enabled && ttl.AttributeName ? { ttlAttribute: ttl.AttributeName } : {}) };
  }

  private function(
    { id, properties, metadata }: Resource,
    fed: { function: string; concurrency?: number }[],
    routes: RouteDeclaration[],
  ): FunctionDeclaration {
    const { Variables = {} } = (this.values.resolve(properties.Environment) ?? {}) as { Variables?: Properties };
    const sources = fed.filter((source) => source.function === id);
    const atOnce = sources.map(({ concurrency = Number.POSITIVE_INFINITY }) => concurrency);
    const reserved = Number(properties.ReservedConcurrentExecutions ?? Number.POSITIVE_INFINITY);
    return {
      id,
      name: this.names[id] as string,
      arn: this.values.text({ 'Fn::GetAtt': [id, 'Arn'] }),
      exported: String(properties.Handler ?? 'index.handler')
        .split('.')
        .pop() as string,
      timeoutSeconds: Number(properties.Timeout ?? 3),
      memoryMb: Number(properties.MemorySize ?? 128),
      concurrency: Math.min(reserved, ...(atOnce.length > 0 ? [Math.max(...atOnce)] : [])),
      shared: sources.length === 0 && routes.some((route) => route.function === id),
      environment: Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, String(value)])),
      properties,
      metadata,
    };
  }

  private eventSource({ id, properties }: Resource): EventSourceDeclaration {
    if (properties.FilterCriteria) throw new Error(`${id} filters events, which the embedded hub does not.`);
    const arn = this.values.text(properties.EventSourceArn);
    const scaling = (properties.ScalingConfig ?? {}) as { MaximumConcurrency?: number };
    if (!arn.startsWith('arn:aws:sqs:'))
      throw new Error(
        `${id} is fed from ${arn}; the embedded hub feeds functions from queues and streams of tables only.`,
      );
    return {
      id,
      function: this.functionOf(properties.FunctionName),
      queue: nameOfArn(arn),
      queueArn: arn,
      batchSize: Number(properties.BatchSize ?? 10),
      windowSeconds: Number(properties.MaximumBatchingWindowInSeconds ?? 0),
      concurrency: scaling.MaximumConcurrency ?? Number.POSITIVE_INFINITY,
      partialFailures: reportsFailures(properties),
    };
  }

  private streamSource({ id, properties }: Resource): StreamSourceDeclaration {
    const its = this.values.resolve(properties) as Properties;
    const streamArn = String(its.EventSourceArn);
    const filters = ((its.FilterCriteria as Properties | undefined)?.Filters ?? []) as { Pattern: string }[];
    const destination = (its.DestinationConfig as { OnFailure?: { Destination?: string } } | undefined)?.OnFailure;
    const unlimited = (value: unknown) =>
      value === undefined || value === -1 ? Number.POSITIVE_INFINITY : Number(value);
    if (its.StartingPosition !== 'TRIM_HORIZON')
      throw new Error(
        `${id} starts at ${its.StartingPosition}; the embedded hub reads streams from TRIM_HORIZON only.`,
      );
    if (its.TumblingWindowInSeconds)
      throw new Error(`${id} has a tumbling window, which the embedded hub does not know.`);
    if (destination?.Destination !== undefined && !destination.Destination.startsWith('arn:aws:sqs:'))
      throw new Error(`${id} tells ${destination.Destination} of failures; the embedded hub tells queues only.`);
    const consumer = this.functionOf(properties.FunctionName);
    return {
      id,
      function: consumer,
      functionArn: this.values.text({ 'Fn::GetAtt': [consumer, 'Arn'] }),
      table: nameOfArn(streamArn),
      streamArn,
      batchSize: Number(its.BatchSize ?? 100),
      windowSeconds: Number(its.MaximumBatchingWindowInSeconds ?? 0),
      patterns: filters.map(({ Pattern }) => parsePattern(Pattern)),
      retries: unlimited(its.MaximumRetryAttempts),
      maxAgeSeconds: unlimited(its.MaximumRecordAgeInSeconds),
      bisect: its.BisectBatchOnFunctionError === true,
      partialFailures: reportsFailures(its),
      ...(destination?.Destination && { failureQueue: nameOfArn(destination.Destination) }),
    };
  }

  private schedule({ id, properties }: Resource): ScheduleDeclaration[] {
    const target = properties.Target as Properties;
    if (properties.State === 'DISABLED') return [];
    return [
      {
        id,
        arn: `arn:aws:scheduler:${region}:${accountId}:schedule/default/${id}`,
        expression: this.values.text(properties.ScheduleExpression),
        timeZone: String(properties.ScheduleExpressionTimezone ?? 'UTC'),
        targets: [this.target(target)],
        source: 'aws.scheduler',
      },
    ];
  }

  private rule({ id, properties }: Resource): ScheduleDeclaration[] {
    if (properties.EventPattern) throw new Error(`${id} matches events, which the embedded hub does not.`);
    if (properties.State === 'DISABLED') return [];
    return [
      {
        id,
        arn: `arn:aws:events:${region}:${accountId}:rule/${id}`,
        expression: this.values.text(properties.ScheduleExpression),
        timeZone: 'UTC',
        targets: ((properties.Targets ?? []) as Properties[]).map((target) => this.target(target)),
        source: 'aws.events',
      },
    ];
  }

  private target(target: Properties): { function: string; input?: string } {
    const invoked = this.functionOf(target.Arn);
    return target.Input === undefined
      ? { function: invoked }
      : { function: invoked, input: this.values.text(target.Input) };
  }

  private route({ properties }: Resource): RouteDeclaration {
    const integrationId = nameOfArn(this.values.text(properties.Target));
    const integration = this.resources.find(({ id }) => id === integrationId);
    if (properties.AuthorizerId)
      throw new Error(`${properties.RouteKey} has an authorizer, which the embedded hub does not call.`);
    return {
      key: this.values.text(properties.RouteKey),
      function: this.functionOf(integration?.properties.IntegrationUri),
      timeoutSeconds: Number(integration?.properties.TimeoutInMillis ?? 30_000) / 1000,
    };
  }

  /** Logical id of a function that is referred to by name, by ARN, or by the invocation path that API Gateway uses. */
  private functionOf(value: unknown): string {
    const text = this.values.text(value);
    const name = /:function:([^/:]+)/.exec(text)?.[1] ?? text;
    const found = this.resources.find(({ id, type }) => type === 'AWS::Lambda::Function' && this.names[id] === name);
    if (found === undefined)
      throw new Error(`The template refers to the function ${text}, which the embedded hub does not run.`);
    return found.id;
  }

  private attribute(id: string, attribute: string, addresses: Addresses): string {
    const name = this.names[id] ?? id;
    const type = this.types[id] ?? '';
    if (attribute === 'Arn') return arnOf(type, name);
    if (attribute === 'QueueName') return name;
    if (attribute === 'QueueUrl') return addresses.queueUrl(name);
    if (attribute === 'StreamArn') return `${arnOf(type, name)}/stream/embedded`;
    if (attribute === 'ApiEndpoint') return addresses.api;
    throw new Error(`The embedded hub has no attribute ${attribute} of ${id}, a ${type}.`);
  }
}

const reportsFailures = ({ FunctionResponseTypes = [] }: Properties): boolean =>
  (FunctionResponseTypes as string[]).includes('ReportBatchItemFailures');

type FilterRules = { Rules?: { Name: string; Value: string }[]; FilterRules?: { Name: string; Value: string }[] };

/** Functions that only serve custom resources act while CloudFormation deploys; nothing deploys here. */
function customResourceProviders(resources: Resource[]): Set<string> {
  return new Set(
    resources.flatMap(({ properties }) => {
      const token = properties.ServiceToken as { 'Fn::GetAtt'?: [string, string] } | undefined;
      return token?.['Fn::GetAtt'] ? [token['Fn::GetAtt'][0]] : [];
    }),
  );
}

function physicalNames(resources: Resource[], values: Resolver): Record<string, string> {
  const named = resources.filter(({ type }) => type in nameProperty);
  return Object.fromEntries(
    named.map(({ id, type, properties }) => {
      const given = properties[nameProperty[type] as string];
      return [id, given === undefined ? id.toLowerCase() : values.text(given)];
    }),
  );
}

function arnOf(type: string, name: string): string {
  if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${name}`;
  if (type === 'AWS::SQS::Queue') return `arn:aws:sqs:${region}:${accountId}:${name}`;
  if (type.startsWith('AWS::DynamoDB::')) return `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
  if (type === 'AWS::Lambda::Function') return `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  return `arn:aws:${(type.split('::')[1] ?? 'custom').toLowerCase()}:${region}:${accountId}:${name}`;
}

const nameOfArn = (arn: string): string =>
  arn
    .replace(/\/stream\/.*$/, '')
    .split(/[:/]/)
    .pop() as string;
