import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '../../infra/local/dynamodb.ts';
import { region } from '../../infra/local/intrinsics.ts';
import { accessKey, startS3 } from '../../infra/local/s3.ts';

/**
 * Tables of cases and runs in memory, and a lake in a folder that is gone afterwards. Points this process at them:
 * import the stores afterwards.
 */
export async function startLocalStores(): Promise<{ stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'canbao-cases-'));
  const [dynamodb, s3] = await Promise.all([startDynamoDb(undefined), startS3(folder, () => undefined)]);
  await dynamodb.create([declaration('cases', [byTownship]), declaration('runs')]);
  await s3.create([{ id: 'Lake', name: 'lake', notifications: [] }]);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_S3: s3.url,
    S3_FORCE_PATH_STYLE: 'true',
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey.id,
    AWS_SECRET_ACCESS_KEY: accessKey.secret,
    CASES_TABLE: 'cases',
    RUNS_TABLE: 'runs',
    LAKE_BUCKET: 'lake',
    WORK_DIR: folder,
  });
  return {
    async stop() {
      await Promise.all([dynamodb.stop(), s3.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });

const byTownship = {
  IndexName: 'byTownship',
  KeySchema: [key('township', 'HASH'), key('worklist', 'RANGE')],
  Projection: { ProjectionType: 'KEYS_ONLY' as const },
};

function declaration(name: string, indexes: (typeof byTownship)[] = []) {
  const keys = indexes.length === 0 ? ['pk', 'sk'] : ['pk', 'sk', 'township', 'worklist'];
  const input: CreateTableCommandInput = {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
    ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes }),
  };
  return { id: name, name, input };
}
