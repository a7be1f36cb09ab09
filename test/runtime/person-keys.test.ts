import { beforeAll, describe, expect, test } from 'vitest';
import { clientKey, clientKeys } from '../../functions/runtime/signatures/client-key.ts';
import { sign, toWire } from '../../functions/runtime/signatures/standard-webhooks.ts';
import { civilDateAt } from '../../schemas/time.ts';
import { memoryItems } from '../simulator/memory-items.ts';

const secret = 'a secret that is only for tests, 32+';
let runtime: typeof import('../../functions/runtime/http.ts');
let audit: typeof import('../../functions/console/audit-trail.ts');
let revoked: typeof import('../../functions/console/revoked-keys.ts');
beforeAll(async () => {
  process.env.CANBAO_SECRET = secret;
  runtime = await import('../../functions/runtime/http.ts');
  audit = await import('../../functions/console/audit-trail.ts');
  revoked = await import('../../functions/console/revoked-keys.ts');
});

/** Asks who the hub takes for the signer; `named` in the header, with the key of `owner`. */
async function ask(named: string, owner: string, items = memoryItems(), path = '/who', body = '{}') {
  const handler = runtime.httpHandler(
    (api) => {
      api.use(audit.auditTrail(items, 'audit'));
      revoked.revokedKeyRoutes(api, items, 'audit');
      api.post('/who', (context) => context.json({ client: context.get('client'), signer: runtime.signerOf(context) }));
    },
    { clients: ['operator', 'core'], isRevoked: revoked.isRevoked(items, 'audit') },
  );
  const signed = sign(clientKeys(owner, clientKey(secret, owner)), 'msg_1', new Date(), Buffer.from(body))!;
  const headers = { 'canbao-client': named, 'content-type': 'application/json', ...toWire(signed) };
  const event = {
    ...{ version: '2.0', routeKey: '$default', rawPath: `/v1${path}`, rawQueryString: '', headers, body },
    requestContext: { http: { method: 'POST', path: `/v1${path}` }, domainName: 'hub' },
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

  test('is worth nothing once it was taken away, and nobody else’s key with it', async () => {
    const items = memoryItems();
    const revoke = (client: string) =>
      ask('operator/wang', 'operator/wang', items, '/client-keys/revoke', JSON.stringify({ client }));
    expect((await ask('operator/li', 'operator/li', items)).status).toBe(200);
    expect(await revoke('operator/li')).toMatchObject({
      status: 200,
      body: { revoked: [{ client: 'operator/li', by: 'operator/wang' }] },
    });
    expect(await ask('operator/li', 'operator/li', items)).toMatchObject({
      status: 401,
      body: { code: 'key-revoked' },
    });
    // Who does not hold the key is not told of it.
    expect(await ask('operator/li', 'operator/wang', items)).toMatchObject({
      status: 401,
      body: { code: 'not-signed' },
    });
    for (const other of ['operator/wang', 'operator/lia', 'operator', 'core'])
      expect((await ask(other, other, items)).status, other).toBe(200);
    expect((await revoke('operator/li')).status).toBe(200);
  });

  test.each(['operator', 'core', 'operator/', 'nobody/li'])(
    'is the only kind that can be taken away: not %s',
    async (client) => {
      const body = JSON.stringify({ client });
      expect((await ask('operator/wang', 'operator/wang', memoryItems(), '/client-keys/revoke', body)).status).toBe(
        422,
      );
    },
  );

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
