import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Database, openDatabase } from './duckdb.ts';
import { environment } from './env.ts';

const env = environment({
  WORK_DIR: z.string().default('/tmp'),
  DUCKDB_MEMORY_MB: z.coerce.number().int().positive().default(512),
  DUCKDB_THREADS: z.coerce.number().int().positive().default(2),
});

/** Gives `work` a folder of its own and a database that spills into it; both are gone afterwards, whatever happens. */
export async function withWorkFolder<T>(work: (folder: string, database: Database) => Promise<T>): Promise<T> {
  await mkdir(env.WORK_DIR, { recursive: true });
  const folder = await mkdtemp(join(env.WORK_DIR, 'canbao-'));
  try {
    const database = await openDatabase({
      memoryMb: env.DUCKDB_MEMORY_MB,
      threads: env.DUCKDB_THREADS,
      tempDir: join(folder, 'spill'),
    });
    try {
      return await work(folder, database);
    } finally {
      database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
