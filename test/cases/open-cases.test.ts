import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findingRow } from './finding-rows.ts';
import { startLocalStores } from './local-stores.ts';

let stores: Awaited<ReturnType<typeof startLocalStores>>;
let open: typeof import('../../functions/cases/open-cases.handler.ts').handler;
let cases: typeof import('../../functions/cases/case-store.ts');

const task = '0000-ffff';
const people = 40;
const run = {
  runId: '20220630-1',
  requestId: 'daily',
  state: 'completed',
  asOf: '2022-06-30',
  year: '2022',
  sequence: 1,
  order: '00000001',
  changesCases: true,
  startedAt: '2022-06-30T21:00:00.000Z',
  deadlineAt: '2022-07-01T21:00:00.000Z',
  progressAt: '2022-06-30T21:00:10.000Z',
  preludeDone: true,
  tasks: [task],
  done: new Set([task]),
};

beforeAll(async () => {
  stores = await startLocalStores();
  const { documents } = await import('../../functions/runtime/documents.ts');
  await documents.send(new PutCommand({ TableName: 'runs', Item: { pk: 'run', sk: run.runId, ...run } }));
  await storeFindings();
  ({ handler: open } = await import('../../functions/cases/open-cases.handler.ts'));
  cases = await import('../../functions/cases/case-store.ts');
});

afterAll(() => stores.stop());

test('a message opens the cases of its slice and of no other; a bad message fails alone', async () => {
  const answer = await consume([slice(0, 30), slice(30, 20), { ...slice(0, 10), runId: 'no-such-run' }]);
  expect(answer.batchItemFailures).toEqual([{ itemIdentifier: '2' }]);
  expect(await cases.countCases('500299001')).toBe(25);
  const found = await cases.readCase(person(0));
  expect(found?.item).toMatchObject({
    opened: { runId: run.runId, order: run.order, asOf: run.asOf, at: run.startedAt },
    findings: [{ rule: 'XC-101' }, { rule: 'XC-701', amount_fen: 3_000_000 }],
  });
});

test('the same messages again, and the rest, leave every person with one case', async () => {
  const answer = await consume([slice(50, 30), slice(0, 30), slice(30, 20)]);
  expect(answer.batchItemFailures).toEqual([]);
  expect(await cases.countCases('500299001')).toBe(people);
  expect((await cases.readCase(person(0)))?.item.version).toBe(1);
});

const person = (n: number): string => `PERSON${String(n).padStart(14, '0')}`;
const slice = (offset: number, count: number) => ({ runId: run.runId, task, offset, count });

function consume(messages: readonly object[]) {
  const Records = messages.map(
    (message, at) => ({ messageId: String(at), body: JSON.stringify(message), eventSource: 'aws:sqs' }) as SQSRecord,
  );
  return open({ Records }, { getRemainingTimeInMillis: () => 60_000 } as Context);
}

/** Two findings of every person, neighbours, as a run leaves them in the lake. */
async function storeFindings(): Promise<void> {
  const { openDatabase } = await import('../../functions/runtime/duckdb.ts');
  const { storeFile } = await import('../../functions/runtime/object-store.ts');
  const { writeFindings } = await import('../../functions/crosscheck/findings-file.ts');
  const { runKeys } = await import('../../functions/crosscheck/run-keys.ts');
  const folder = await mkdtemp(join(tmpdir(), 'canbao-findings-'));
  const database = await openDatabase({ memoryMb: 200, threads: 1, tempDir: folder });
  const rows = Array.from({ length: people }, (_, n) => [
    findingRow({ person_ref: person(n), priority: 'P1' }),
    findingRow({ person_ref: person(n), priority: 'P1', rule: 'XC-701', amount_fen: 3_000_000 }),
  ]).flat();
  const columns = Object.keys(findingRow()).map((name) => `${name}: 'VARCHAR'`);
  await writeFile(join(folder, 'findings.json'), JSON.stringify(rows));
  await database.run(
    `CREATE TABLE findings AS
    SELECT *, 1 AS h, person_ref AS person_key, rule || person_ref AS finding_key, '[]' AS evidence, true AS touched
    FROM read_json('${join(folder, 'findings.json')}', columns = {${columns}})`,
  );
  await writeFindings(database, join(folder, 'findings.parquet'));
  await storeFile('lake', runKeys.findings(run.runId, task), join(folder, 'findings.parquet'));
  database.close();
  await rm(folder, { recursive: true });
}
