import { DuckDBInstance } from '@duckdb/node-api';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';

let calls = 0;

/** Does what the body of each message says; its lines tell the test what it saw. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse | undefined> {
  calls++;
  const bodies = event.Records.map(({ body }) => JSON.parse(body) as { do?: string; id?: string });
  const remaining = context.getRemainingTimeInMillis();
  const { CANBAO_SECRET: secret, GREETING: greeting, WORK_DIR: folder } = process.env;
  console.log(JSON.stringify({ bodies, calls, remaining, secret, greeting, folder, records: event.Records }));
  for (const { do: what } of bodies) {
    if (what === 'throw') throw new Error('told to throw');
    if (what === 'exit') process.exit(3);
    if (what === 'sleep') await new Promise((resolve) => setTimeout(resolve, 60_000));
    if (what === 'query') await endlessQuery();
    if (what === 'pause') await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const failed = event.Records.filter((_record, index) => bodies[index]?.do === 'fail');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function endlessQuery(): Promise<void> {
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run('SELECT count(*) FROM range(100000000) a, range(1000) b WHERE hash(a.range + b.range) = 7');
}
