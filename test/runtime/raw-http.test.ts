import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rawHttpHandler } from '../../functions/runtime/raw-http.ts';

const event = (over: Partial<APIGatewayProxyEventV2>) =>
  ({ headers: {}, pathParameters: {}, isBase64Encoded: false, ...over }) as APIGatewayProxyEventV2;

/** What the logic saw of an event. */
async function bodyOf(over: Partial<APIGatewayProxyEventV2>): Promise<Buffer> {
  let seen: Uint8Array | undefined;
  const handler = rawHttpHandler(async ({ body }) => {
    seen = body;
    return { status: 200, body: {} };
  });
  await handler(event(over));
  return Buffer.from(seen!);
}

test('any bytes arrive as they were sent, whichever way the gateway writes them down', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const sent = Buffer.from(bytes);
      expect(await bodyOf({ body: sent.toString('base64'), isBase64Encoded: true })).toEqual(sent);
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      expect((await bodyOf({ body: text })).toString('utf8')).toBe(Buffer.from(text).toString('utf8'));
    }),
  );
  expect(await bodyOf({})).toHaveLength(0);
});

test('refusals are problem documents, and a fault says nothing of itself', async () => {
  const refused = await rawHttpHandler(async () => ({ status: 401, body: { code: 'x' } }))(event({}));
  expect(refused).toMatchObject({
    statusCode: 401,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  });
  const failed = await rawHttpHandler(async () => {
    throw new Error('440802199003073218');
  })(event({}));
  expect(failed.statusCode).toBe(500);
  expect(failed.body).not.toContain('4408');
});
