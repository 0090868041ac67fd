import {defineConfig} from 'vitest/config';

// The pages in real browsers, against the whole system (make ui-test).
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/system.ts'],
    fileParallelism: false, // one machine, one browser at a time
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
