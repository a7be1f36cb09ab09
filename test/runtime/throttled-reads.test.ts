import type { Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Items } from '../../functions/runtime/items.ts';
import { standInFor } from './stand-in-service.ts';

/** A table that gives nothing for so long, as one does whose capacity is used up. */
const throttledMs = 400;
let server: Server;
let items: Items;
let asked: number[];

beforeAll(async () => {
  asked = [];
  server = await standInFor('DYNAMODB', (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { RequestItems } = JSON.parse(body) as { RequestItems: { lanes: { Keys: object[] } } };
      asked.push(Date.now());
      const given = Date.now() - asked[0]! > throttledMs;
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(
        JSON.stringify(
          given
            ? { Responses: { lanes: RequestItems.lanes.Keys }, UnprocessedKeys: {} }
            : { Responses: {}, UnprocessedKeys: RequestItems },
        ),
      );
    });
  });
  items = (await import('../../functions/runtime/items.ts')).dynamoItems;
});
afterAll(() => server.close());

test('a table that gives nothing for a while is asked again more and more rarely, until it gives all', async () => {
  const keys = ['1', '2', '3'].map((sk) => ({ pk: 'p', sk }));
  expect(await items.getMany('lanes', keys)).toEqual(keys);
  expect(asked.length).toBeLessThan(15);
});
