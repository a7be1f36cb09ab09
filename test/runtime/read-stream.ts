import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item, Key } from '../../functions/runtime/items.ts';

/** Everything that a table's stream has told so far, shard by shard. `item`: as it was then; undefined: deleted. */
export async function readStream(client: DynamoDBStreamsClient, table: string): Promise<{ key: Key; item?: Item }[]> {
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: table }));
  const StreamArn = Streams[0]?.StreamArn;
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const told: { key: Key; item?: Item }[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const begin = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const };
    let { ShardIterator } = await client.send(new GetShardIteratorCommand(begin));
    for (let quiet = 0; ShardIterator !== undefined && quiet < 2; ) {
      const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }));
      for (const { dynamodb } of Records) {
        const key = unmarshall((dynamodb?.Keys ?? {}) as never) as Key;
        told.push(
          dynamodb?.NewImage === undefined ? { key } : { key, item: unmarshall(dynamodb.NewImage as never) as Item },
        );
      }
      quiet = Records.length === 0 ? quiet + 1 : 0;
      ShardIterator = NextShardIterator;
    }
  }
  return told;
}
