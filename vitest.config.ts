import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Tests load modules as production does: Node 24 strips the types, no bundler in between.
    experimental: { viteModuleRunner: false },
  },
});
