import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../functions/console/openapi.ts';
import { BillOnWire } from '../../schemas/bill.ts';

/** Every table, queue and bucket that a room may name when it is loaded. */
const names = 'CASES DELIVERIES SNAPSHOTS RUNS AUDIT SETTLEMENTS POLICIES MESSAGES INSURERS'
  .split(' ')
  .map((name) => `${name}_TABLE`);
const others =
  'LANDING_BUCKET LAKE_BUCKET EXCHANGE_BUCKET SEALS_BUCKET INTAKE_QUEUE_URL CROSSCHECK_QUEUE_URL FINDINGS_QUEUE_URL INSURER_EVENTS_QUEUE_URL OUTBOX_QUEUE_URL';
for (const name of [...names, ...others.split(' ')]) process.env[name] = 'x';
process.env.AWS_REGION = 'us-west-2';

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(openApiDocument())));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it('names every route of the hub, and no other', async () => {
    const document = openApiDocument();
    const documented = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = (await routesOf()).filter((route) => !route.endsWith('/health') && !route.endsWith('/openapi.json'));
    // The wire has a function, a role and an address of its own.
    expect(documented.sort()).toEqual([...served, 'POST /v1/insurers/{insurer}/webhooks'].sort());
  });

  it('has a schema for what every route answers, and for every body', () => {
    type Content = Record<string, { schema: object }>;
    type Operation = { responses: Record<string, { content?: Content }>; requestBody?: { content: Content } };
    const paths = (openApiDocument().paths ?? {}) as Record<string, Record<string, Operation>>;
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
    );
    expect(operations.length).toBeGreaterThan(50);
    for (const { name, responses, requestBody } of operations) {
      const contents = Object.values(responses).map(({ content = {} }) => content);
      const schemas = [...contents, requestBody?.content ?? {}].flatMap((content) => Object.values(content));
      expect(
        contents.every((content) => Object.keys(content).length > 0),
        name,
      ).toBe(true);
      expect(
        schemas.filter(({ schema }) => saysNothing(schema)),
        name,
      ).toEqual([]);
    }
  });

  it('describes a bill by the very fields that the hub takes', () => {
    const schema = JSON.stringify(openApiDocument().paths?.['/v1/settlements']);
    for (const field of Object.keys(BillOnWire.shape)) expect(schema, field).toContain(`"${field}"`);
  });

  it('describes every message in both directions', () => {
    const document = openApiDocument();
    expect(Object.keys(document.webhooks ?? {})).toContain('settlement.notice');
    const received = JSON.stringify(document.paths?.['/v1/insurers/{insurer}/webhooks']);
    for (const type of ['claim.adjudicated', 'policy.upserted', 'consent.revoked', 'reconciliation.statement'])
      expect(received).toContain(type);
  });
});

/** A schema that everything fits. */
const saysNothing = (schema: object): boolean =>
  !['$ref', 'type', 'anyOf', 'oneOf', 'allOf'].some((word) => word in schema) ||
  ('properties' in schema && Object.keys(schema.properties as object).length === 0);

async function routesOf(): Promise<string[]> {
  const handlers = await Promise.all([
    import('../../functions/console/api.handler.ts'),
    import('../../functions/settlement/settlement-api.handler.ts'),
    import('../../functions/crosscheck/look-up-person.handler.ts'),
  ]);
  const routes = handlers.flatMap(({ handler }) => handler.routes);
  const named = routes.filter(({ method }) => method !== 'ALL');
  return [...new Set(named.map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`))];
}
