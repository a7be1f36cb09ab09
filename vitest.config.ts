import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * Folders whose tests leave nothing behind for the next: no variable of the environment, no table, no mock, no clock.
 * Two processes load the modules once for all of them, instead of once for each file; test/infra/shared-processes.test.ts
 * holds them to it.
 */
const folders = 'county,crosscheck,fuzz,insurers,intake,runtime/signatures,sandbox,schemas,settlement';
/** In there, but with tables or an environment of their own. */
export const apart = [
  'test/crosscheck/run-store.test.ts',
  'test/intake/decide.test.ts',
  'test/intake/delivery-store.test.ts',
  'test/settlement/concurrency.test.ts',
  'test/settlement/events-again.test.ts',
];
export const sharing = globSync(`test/{${folders}}/**/*.test.ts`, { cwd: import.meta.dirname })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !apart.includes(file));

/** Measures milliseconds: it runs before all others and beside none. */
const timed = ['test/local/sqs.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Tests load modules as production does: Node 24 strips the types, no bundler in between.
    experimental: { viteModuleRunner: false },
    env: {
      // Tables of tests live for seconds: what Java's second compiler makes faster would not bring in what it takes.
      JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1',
      // What one process has compiled, the next need not.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache'),
    },
    // In the order of their names: short files come last, so that both processors have work to the end.
    projects: [
      { extends: true, test: { name: 'timed', include: timed, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...sharing, ...timed],
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: 'sharing', include: sharing, isolate: false, sequence: { groupOrder: 1 } } },
    ],
  },
});
