import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { S3Event, SQSEvent } from 'aws-lambda';

const s3 = new S3Client({});
const dynamodb = new DynamoDBClient({});
const sqs = new SQSClient({});

/** Keeps every announced object as an item, once, and passes it on to the next queue. */
export async function handler(event: SQSEvent): Promise<void> {
  for (const { body } of event.Records) {
    for (const { s3: at } of (JSON.parse(body) as S3Event).Records) {
      const Key = decodeURIComponent(at.object.key.replaceAll('+', ' '));
      const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: at.bucket.name, Key }));
      await keep(Key, { bytes: { N: String(ContentLength) } });
      await sqs.send(
        new SendMessageCommand({ QueueUrl: process.env.NEXT_QUEUE_URL, MessageBody: JSON.stringify({ Key }) }),
      );
    }
  }
}

/** The second step of the walk. */
export async function next(event: SQSEvent): Promise<void> {
  for (const { body } of event.Records) await keep(`next ${JSON.parse(body).Key}`, {});
}

async function keep(pk: string, values: Record<string, { N: string }>): Promise<void> {
  try {
    const Item = { pk: { S: pk }, sk: { S: '-' }, ...values };
    await dynamodb.send(
      new PutItemCommand({ TableName: process.env.TABLE, Item, ConditionExpression: 'attribute_not_exists(pk)' }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
