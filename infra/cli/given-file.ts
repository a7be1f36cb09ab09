import { readFile } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

/** @throws UsageError for a file that cannot be read. */
export async function readGiven(path: string): Promise<Buffer> {
  return readFile(path).catch(() => {
    throw new UsageError(`无法读取文件 ${path}`, `The file ${path} cannot be read`);
  });
}
