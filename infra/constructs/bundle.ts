import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const projectRoot = join(import.meta.dirname, '..', '..');

/**
 * Bundles a handler into a folder that Lambda can run and returns the folder. CDK wants its assets at once, while
 * esbuild's plugins work only asynchronously: so the bundler is a program of its own.
 */
export function bundle(entry: string, { duckdb }: { duckdb: boolean }): string {
  const name = createHash('sha256').update(entry).digest('hex').slice(0, 12);
  const folder = join(projectRoot, 'cdk.out', 'functions', name);
  const bundler = join(import.meta.dirname, 'bundle-function.ts');
  const { status } = spawnSync(process.execPath, [bundler, entry, folder, ...(duckdb ? ['--duckdb'] : [])], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`Bundling ${entry} failed.`);
  return folder;
}
