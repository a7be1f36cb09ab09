import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';

/** Tells which messages it was given; fails for those that are poisoned. */
export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const messages = event.Records.map(({ dynamodb }) => dynamodb?.NewImage?.pk?.S);
  console.log(JSON.stringify({ messages }));
  const poisoned = event.Records.filter(({ dynamodb }) => dynamodb?.NewImage?.pk?.S?.includes('poison'));
  return { batchItemFailures: poisoned.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })) };
}
