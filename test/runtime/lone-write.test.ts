import type { Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Items, Write } from '../../functions/runtime/items.ts';
import { standInFor } from './stand-in-service.ts';

/** What the next requests get; the last of it for all that follow. */
let answers: ('refused' | 'cut' | 'fault')[] = [];
let requests = 0;
let server: Server;
let items: Items;

beforeAll(async () => {
  server = await standInFor('DYNAMODB', (request, response) => {
    request.resume().on('end', () => {
      const answer = answers[Math.min(requests++, answers.length - 1)];
      if (answer === 'cut') return void request.socket.destroy();
      const type = answer === 'fault' ? 'InternalServerError' : 'ConditionalCheckFailedException';
      response.writeHead(answer === 'fault' ? 500 : 400, {
        'content-type': 'application/x-amz-json-1.0',
        date: new Date(Date.now() + clockMinutes * 60_000).toUTCString(),
      });
      response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no' }));
    });
  });
  items = (await import('../../functions/runtime/items.ts')).dynamoItems;
});
afterAll(() => server.close());

/** By how much the store's clock is ahead. */
let clockMinutes = 0;
beforeEach(() => {
  requests = 0;
});

const write: Write = { table: 'lanes', update: { pk: 'p', sk: 's' }, set: { owner: '-' }, when: { owner: 'mine' } };

test.each([0, 5, -600])(
  'a refused condition is the answer, whatever the store’s clock says (%i minutes)',
  async (by) => {
    [clockMinutes, answers] = [by, ['refused']];
    expect(await items.write([write])).toBe(false);
    expect(requests).toBe(1);
  },
);

test.each(['cut', 'fault'] as const)(
  'a write that may have met itself (%s, then refused) is a fault',
  async (first) => {
    [clockMinutes, answers] = [0, [first, 'refused']];
    await expect(items.write([write])).rejects.toThrow();
    expect(requests).toBe(2);
  },
);
