import {defineConfig} from 'vitest/config';

// A short walk in the other browsers of the offices (make browser-test).
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['test/browsers/**/*.test.ts'],
    globalSetup: ['test/e2e/system.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
