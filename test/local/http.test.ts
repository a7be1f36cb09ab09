import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FunctionDeclaration, RouteDeclaration } from '../../infra/local/declarations.ts';
import { Functions } from '../../infra/local/functions.ts';
import { type HttpApi, startHttpApi } from '../../infra/local/http.ts';
import { hubClock } from '../../infra/local/hub-clock.ts';

const declaration: FunctionDeclaration = {
  ...{ id: 'Echo', name: 'echo', arn: 'arn:echo', exported: 'handler', timeoutSeconds: 28, memoryMb: 128 },
  ...{ concurrency: Number.POSITIVE_INFINITY, shared: true, environment: {}, properties: {}, metadata: {} },
};
const routes: RouteDeclaration[] = [
  { key: 'POST /v1/echo', function: 'Echo', timeoutSeconds: 30 },
  { key: 'GET /v1/echo', function: 'Echo', timeoutSeconds: 30 },
  { key: 'GET /v1/impatient', function: 'Echo', timeoutSeconds: 0.3 },
];
const lines: object[] = [];
let http: HttpApi;
let functions: Functions;

beforeAll(async () => {
  functions = new Functions([declaration], {
    clock: hubClock().shared,
    entryOf: () => join(import.meta.dirname, 'handlers', 'echo.ts'),
    ...{ environment: {}, workFolder: join('/tmp', `canbao-http-${process.pid}`), maxWorkersPerFunction: 2 },
    log: (line) => lines.push(line),
    onFailure: () => {},
  });
  http = await startHttpApi(0);
  http.serve(routes, functions);
});

afterAll(async () => {
  await functions.stop();
  await http.stop();
});

type Echo = { digest: string; isBase64Encoded: boolean; headers: Record<string, string> };
const post = async (body: Uint8Array, type: string): Promise<Echo> => {
  const sent = { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers: { 'content-type': type } };
  return (await (await fetch(`${http.url}/v1/echo`, sent)).json()) as Echo;
};
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('whatever bytes are sent, as whatever they are declared, the function has the same bytes', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc.string({ unit: 'binary', minLength: 1 }).map((text) => new TextEncoder().encode(text)),
  );
  const type = fc.constantFrom('application/json', 'application/json; charset=gbk', 'text/plain', 'image/png', '');
  await fc.assert(
    fc.asyncProperty(bytes, type, async (body, declared) => {
      expect((await post(body, declared)).digest).toBe(digestOf(body));
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['JSON', 'application/json', '{"姓名":"甲"}', false],
  ['JSON after a byte order mark', 'application/json', '\ufeff{}', false],
  ['JSON in GB18030', 'application/json', Buffer.from('7b22d0d5c3fb223a22bcd7227d', 'hex'), true],
  ['bytes', 'application/octet-stream', 'abc', true],
])('%s arrives as text only when text is all that it is', async (_what, type, body, base64) => {
  const bytes = Buffer.from(body);
  expect(await post(bytes, type)).toMatchObject({ isBase64Encoded: base64, digest: digestOf(bytes) });
});

test('header names arrive in lower case, and those sent twice are joined by a comma', async () => {
  const headers = ['Webhook-Id', 'msg_1', 'WEBHOOK-SIGNATURE', 'v1,a', 'webhook-signature', 'sm2,b'];
  // Node's own headers would drop the second of these.
  headers.push('User-Agent', 'one', 'User-Agent', 'two');
  const { hostname, port } = new URL(http.url);
  const answer = await new Promise<string>((resolve, reject) => {
    const request = httpRequest({ hostname, port, path: '/v1/echo', headers: ['Host', 'hub', ...headers] });
    request.on('response', async (response) => resolve((await response.toArray()).join(''))).on('error', reject);
    request.end();
  });
  expect((JSON.parse(answer) as Echo).headers).toMatchObject({
    'webhook-id': 'msg_1',
    'webhook-signature': 'v1,a,sm2,b',
    'user-agent': 'one,two',
  });
});

test.each([
  ['a body over 10 MB', 10 * 1024 * 1024 + 1, 413],
  ['a body that makes the event larger than the 6 MB of Lambda', 6 * 1024 * 1024, 413],
  ['a body that just fits', 5 * 1024 * 1024, 200],
])('%s is answered as API Gateway does', async (_what, bytes, status) => {
  const sent = { method: 'POST', body: 'x'.repeat(bytes), headers: { 'content-type': 'text/plain' } };
  const answer = await fetch(`${http.url}/v1/echo`, sent);
  expect(answer.status).toBe(status);
  if (status === 413) expect(await answer.json()).toEqual({ message: 'Request Entity Too Large' });
});

test('headers over 10,240 bytes are refused', async () => {
  const answer = await fetch(`${http.url}/v1/echo`, { headers: { large: 'x'.repeat(10_240) } });
  expect(answer.status).toBe(431);
});

test('after the time of the integration the caller gets 503, and the function goes on', async () => {
  const answer = await fetch(`${http.url}/v1/impatient?ms=900`);
  expect([answer.status, await answer.json()]).toEqual([503, { message: 'Service Unavailable' }]);
  expect(lines).not.toContainEqual({ function: 'Echo', waited: '900' });
  await expect.poll(() => lines, { timeout: 2000 }).toContainEqual({ function: 'Echo', waited: '900' });
});

test('fifty requests that wait ten seconds at the counter hold up no other', { timeout: 30_000 }, async () => {
  await fetch(`${http.url}/v1/echo`);
  const start = performance.now();
  const waiting = Array.from({ length: 50 }, () => fetch(`${http.url}/v1/echo?ms=10000`));
  for (let request = 0; request < 20; request++) expect((await fetch(`${http.url}/v1/echo`)).status).toBe(200);
  expect(performance.now() - start).toBeLessThan(2000);
  const statuses = (await Promise.all(waiting)).map(({ status }) => status);
  expect(statuses).toEqual(Array(50).fill(200));
  expect(performance.now() - start).toBeLessThan(13_000);
});
