import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Default exports of every module of a folder whose file name matches, in the order of the file names. This is
 * what makes "a rule is one file" and "a feed is one file" true: nothing lists them a second time. When functions
 * are bundled for AWS, the bundler replaces a register module by static imports (infra/constructs/bundle.ts).
 */
export async function modulesOf<T>(folder: string, pattern: RegExp): Promise<T[]> {
  const names = readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort();
  const modules = await Promise.all(names.map((name) => import(pathToFileURL(join(folder, name)).href)));
  return modules.map((module) => module.default as T);
}
