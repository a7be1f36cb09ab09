import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import middy from '@middy/core';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { logger } from './logger.ts';
import { faultOf } from './queues.ts';

/**
 * A consumer of a table's stream of new images: it gets the items as they are after each change. A batch that throws
 * comes again as a whole; what is done for it must bear that.
 */
export function streamHandler(
  consume: (items: readonly Record<string, unknown>[]) => Promise<void>,
): (event: DynamoDBStreamEvent) => Promise<void> {
  const handler = async (event: DynamoDBStreamEvent): Promise<void> => {
    const images = event.Records.flatMap(({ dynamodb }) =>
      dynamodb?.NewImage === undefined ? [] : [dynamodb.NewImage],
    );
    try {
      await consume(images.map((image) => unmarshall(image as Record<string, AttributeValue>)));
    } catch (error) {
      logger.error('stream batch failed', { records: images.length, fault: faultOf(error) });
      throw error;
    }
  };
  return middy(handler) as unknown as (event: DynamoDBStreamEvent) => Promise<void>;
}
