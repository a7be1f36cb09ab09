import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';

const dynamodb = new DynamoDBClient({});

/** Notes which messages it was given, in the log and in their table; fails for those that are poisoned. */
export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const messages = event.Records.map(({ dynamodb }) => dynamodb?.NewImage?.pk?.S ?? '');
  console.log(JSON.stringify({ messages }));
  const failed = messages.findIndex((id) => id.includes('poison'));
  for (const id of failed < 0 ? messages : messages.slice(0, failed)) {
    await dynamodb.send(new PutItemCommand({ TableName: process.env.MESSAGES, Item: { pk: { S: `sent ${id}` } } }));
  }
  if (failed < 0) return { batchItemFailures: [] };
  return { batchItemFailures: [{ itemIdentifier: event.Records[failed]?.dynamodb?.SequenceNumber ?? '' }] };
}
