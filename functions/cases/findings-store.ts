import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FindingsMessage } from '../../schemas/run.ts';
import { runKeys } from '../crosscheck/run-keys.ts';
import { type Database, openDatabase } from '../runtime/duckdb.ts';
import { environment } from '../runtime/env.ts';
import { fetchToFile } from '../runtime/object-store.ts';
import type { FindingRow } from './case-changes.ts';

const env = environment({
  LAKE_BUCKET: z.string(),
  WORK_DIR: z.string().default('/tmp'),
  DUCKDB_MEMORY_MB: z.coerce.number().int().positive().default(200),
});

type Reader = {
  readonly folder: string;
  readonly database: Database;
  /** The file that was read last: a task has many slices, and they come one after the other. */
  kept?: { readonly key: string; readonly path: string };
};

let reader: Promise<Reader> | undefined;
let turn: Promise<unknown> = Promise.resolve();

/** The rows of a run's findings that a message is about, in the order of the file. @throws when there is no file. */
export function readSlice(message: FindingsMessage): Promise<FindingRow[]> {
  // The messages of one batch take turns: they share the file that is kept.
  const rows = turn.then(() => slice(message));
  turn = rows.catch(() => undefined);
  return rows;
}

async function slice(message: FindingsMessage): Promise<FindingRow[]> {
  reader ??= openReader().catch((error: unknown) => {
    reader = undefined;
    throw error;
  });
  const opened = await reader;
  const path = await fetched(opened, runKeys.findings(message.runId, message.task));
  return opened.database.all<FindingRow>(
    `SELECT * EXCLUDE (finding_key, h, person_key, evidence, file_row_number)
    FROM read_parquet('${path}', file_row_number = true)
    WHERE file_row_number >= $1 AND file_row_number < $2
    ORDER BY file_row_number`,
    [message.offset, message.offset + message.count],
  );
}

async function openReader(): Promise<Reader> {
  await mkdir(env.WORK_DIR, { recursive: true });
  const folder = await mkdtemp(join(env.WORK_DIR, 'canbao-cases-'));
  const database = await openDatabase({ memoryMb: env.DUCKDB_MEMORY_MB, threads: 1, tempDir: join(folder, 'spill') });
  return { folder, database };
}

/** Path of the local copy of an object. It is kept only once it is whole. */
async function fetched(opened: Reader, key: string): Promise<string> {
  if (opened.kept?.key === key) return opened.kept.path;
  if (opened.kept !== undefined) await rm(opened.kept.path, { force: true });
  opened.kept = undefined;
  const path = join(opened.folder, key.replaceAll('/', '_'));
  await fetchToFile(env.LAKE_BUCKET, key, path);
  opened.kept = { key, path };
  return path;
}
