import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: Server;
let asked: IncomingHttpHeaders;
let writeObject: typeof import('../../functions/runtime/object-store.ts')['writeObject'];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked = request.headers;
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    S3_FORCE_PATH_STYLE: 'true',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'k',
    AWS_SECRET_ACCESS_KEY: 's',
  });
  ({ writeObject } = await import('../../functions/runtime/object-store.ts'));
});
afterAll(() => server.close());

// S3 answers 400 otherwise: "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters".
test('an object is written with its checksum, without which a bucket under object lock takes none', async () => {
  const body = '{"day":"2026-11-21"} 封存';
  await writeObject('seals', 'seals/2026-11-21.json', body, 'application/json');
  expect(asked['x-amz-checksum-sha256']).toBe(createHash('sha256').update(body).digest('base64'));
});
