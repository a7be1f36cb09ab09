import { strictJson } from '../../functions/runtime/strict-json.ts';
import { readGiven } from './given-file.ts';
import { UsageError } from './usage-error.ts';

/** @throws UsageError for a file that cannot be read, is not JSON, or names a member twice. */
export async function readJsonFile(file: string): Promise<unknown> {
  const json = strictJson(await readGiven(file));
  if (json === undefined)
    throw new UsageError(`不是有效的 JSON，或有重复的键：${file}`, `${file} is not JSON, or names a member twice`);
  return json.value;
}
