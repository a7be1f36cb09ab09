import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { standInFor } from './stand-in-service.ts';

let server: Server;
let asked: IncomingHttpHeaders;
let writeObject: typeof import('../../functions/runtime/object-store.ts')['writeObject'];

beforeAll(async () => {
  server = await standInFor('S3', (request, response) => {
    asked = request.headers;
    request.resume().on('end', () => response.end());
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
