import { readFile } from 'node:fs/promises';
import { strictJson } from '../../functions/runtime/strict-json.ts';
import { UsageError } from './usage-error.ts';

/** @throws UsageError for a file that cannot be read, is not JSON, or names a member twice. */
export async function readJsonFile(file: string): Promise<unknown> {
  const bytes = await readFile(file).catch(() => {
    throw new UsageError(`无法读取文件：${file}`, `Cannot read ${file}`);
  });
  const json = strictJson(bytes);
  if (json === undefined)
    throw new UsageError(`不是有效的 JSON，或有重复的键：${file}`, `${file} is not JSON, or names a member twice`);
  return json.value;
}
