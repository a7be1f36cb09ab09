import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2 } from 'aws-lambda';

/** Tells what arrived, and the digest of the body's bytes; waits before that as long as it is asked to. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyResultV2> {
  const { body = '', isBase64Encoded, headers, queryStringParameters: { ms } = {} } = event;
  if (ms !== undefined) {
    await sleep(Number(ms));
    console.log(JSON.stringify({ waited: ms }));
  }
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { statusCode: 200, body: JSON.stringify({ digest, isBase64Encoded, headers }) };
}
