import { beforeAll, describe, expect, test } from 'vitest';
import { clientKey, clientKeys } from '../../functions/runtime/signatures/client-key.ts';
import { sign, toWire } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { memoryItems } from '../simulator/memory-items.ts';

const secret = 'a secret that is only for tests, 32+';
let runtime: typeof import('../../functions/runtime/http.ts');
let audit: typeof import('../../functions/console/audit-trail.ts');
beforeAll(async () => {
  process.env.CANBAO_SECRET = secret;
  runtime = await import('../../functions/runtime/http.ts');
  audit = await import('../../functions/console/audit-trail.ts');
});

/** Asks who the hub takes for the signer; `named` in the header, with the key of `owner`. */
async function ask(named: string, owner: string, items = memoryItems()) {
  const handler = runtime.httpHandler(
    (api) => {
      api.use(audit.auditTrail(items, 'audit'));
      api.post('/who', (context) => context.json({ client: context.get('client'), signer: runtime.signerOf(context) }));
    },
    { clients: ['operator', 'core'] },
  );
  const body = '{}';
  const signed = sign(clientKeys(owner, clientKey(secret, owner)), 'msg_1', new Date(), Buffer.from(body))!;
  const headers = { 'canbao-client': named, 'content-type': 'application/json', ...toWire(signed) };
  const event = {
    ...{ version: '2.0', routeKey: '$default', rawPath: '/v1/who', rawQueryString: '', headers, body },
    requestContext: { http: { method: 'POST', path: '/v1/who' }, domainName: 'hub' },
    isBase64Encoded: false,
  };
  const answer = (await handler(event as never)) as { statusCode: number; body: string };
  return { status: answer.statusCode, body: JSON.parse(answer.body) as Record<string, unknown> };
}

describe('a key of one person', () => {
  test('signs as an operator, and the trail names whose it is', async () => {
    const items = memoryItems();
    expect(await ask('operator/li', 'operator/li', items)).toEqual({
      status: 200,
      body: { client: 'operator', signer: 'operator/li' },
    });
    const [entry] = await audit.auditOf(items, 'audit', civilDateAt(new Date()));
    expect(entry).toMatchObject({ client: 'operator/li' });
    expect((await ask('operator', 'operator')).body.signer).toBe('operator');
    expect((await ask('core', 'core')).body).toEqual({ client: 'core', signer: 'core' });
  });

  test.each([
    ['operator/wang', 'operator/li'],
    ['operator', 'operator/li'],
    ['operator/li', 'operator'],
    ['operator/Li', 'operator/Li'],
    ['operator/', 'operator/'],
    ['operator/li/wang', 'operator/li/wang'],
    ['core/li', 'core/li'],
    ['nobody', 'nobody'],
    ['', ''],
  ])('named as “%s” with the key of “%s” is refused', async (named, owner) => {
    expect((await ask(named, owner)).status).toBe(401);
  });
});
