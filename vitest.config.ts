import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than a small machine has processors: a fifth of the time two tests both wait.
    maxWorkers: 3,
    // Tests load modules as production does: Node 24 strips the types, no bundler in between.
    experimental: { viteModuleRunner: false },
  },
});
