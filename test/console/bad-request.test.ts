import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Api } from '../../functions/runtime/http.ts';
import { clientKey, clientKeys } from '../../functions/runtime/signatures/client-key.ts';
import { sign, toWire } from '../../functions/runtime/signatures/standard-webhooks.ts';

const secret = 'a secret that is only for tests, 32+';
let httpHandler: typeof import('../../functions/runtime/http.ts').httpHandler;
beforeAll(async () => {
  process.env.CANBAO_SECRET = secret;
  ({ httpHandler } = await import('../../functions/runtime/http.ts'));
});

it('a body that is no JSON is the caller’s mistake, broken JSON of our own is a fault', async () => {
  const { request } = ask((api) => {
    api.post('/theirs', async (context) => context.json(await context.req.json()));
    api.post('/ours', () => JSON.parse('{"broken'));
  });
  expect(await request('/theirs', '{"reason":')).toMatchObject([400, { code: 'bad-request' }]);
  expect(await request('/theirs', '{"reason":1}')).toEqual([200, { reason: 1 }]);
  expect(await request('/ours', '{}')).toMatchObject([500, { code: 'fault' }]);
});

it('what is wrong with a request is said in Chinese and in English, place by place', async () => {
  const Order = z.object({ validDays: z.int().min(1), reason: z.string().min(1), kind: z.enum(['a', 'b']) });
  const { request } = ask((api) => {
    api.post('/orders', async (context) => context.json(Order.parse(await context.req.json())));
  });
  const [status, { title, detail }] = (await request('/orders', '{"validDays":0,"reason":"","kind":"c"}')) as [
    number,
    { title: string; detail: string },
  ];
  expect(status).toBe(400);
  for (const place of ['validDays', 'reason', 'kind']) {
    expect(title).toMatch(new RegExp(`${place} [^；]*\\p{Script=Han}`, 'u'));
    expect(detail).toContain(`→ at ${place}`);
  }
  expect(title).not.toMatch(/expected|Too|Invalid/);
});

/** Sends signed requests to an API, as API Gateway hands them on. */
function ask(addRoutes: (api: Api) => void) {
  const handler = httpHandler(addRoutes, { isRevoked: async () => false });
  return {
    async request(path: string, body: string): Promise<[number, unknown]> {
      const signed = sign(
        clientKeys('operator', clientKey(secret, 'operator')),
        'msg_1',
        new Date(),
        Buffer.from(body),
      )!;
      const headers = { 'canbao-client': 'operator', 'content-type': 'application/json', ...toWire(signed) };
      const event = {
        ...{ version: '2.0', routeKey: '$default', rawPath: `/v1${path}`, rawQueryString: '', headers, body },
        requestContext: { http: { method: 'POST', path: `/v1${path}` }, domainName: 'hub' },
        isBase64Encoded: false,
      };
      const answer = (await handler(event as never)) as { statusCode: number; body: string };
      return [answer.statusCode, JSON.parse(answer.body)];
    },
  };
}
