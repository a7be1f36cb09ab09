import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2 } from 'aws-lambda';

const dynamodb = new DynamoDBClient({});

/** Answers requests by what their path asks for. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyResultV2> {
  const what = event.pathParameters?.what;
  if (what === 'bytes')
    return { statusCode: 200, body: Buffer.from([0, 255, 1]).toString('base64'), isBase64Encoded: true };
  if (what === 'cookies') return { statusCode: 204, cookies: ['a=1', 'b=2; HttpOnly'], headers: { Location: '/x' } };
  if (what === 'bare') return { hello: 'you' } as APIGatewayProxyResultV2;
  if (what === 'throw') throw new Error('told to throw');
  if (what === 'sleep') await new Promise((resolve) => setTimeout(resolve, 60_000));
  const id = event.pathParameters?.id;
  if (id !== undefined) {
    const Item = { pk: { S: id }, due: { S: 'now' } };
    await dynamodb.send(new PutItemCommand({ TableName: process.env.MESSAGES, Item }));
  }
  return { statusCode: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
}
