/** @file Unit tests stand beside their source; tests of whole runs stand in test/. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['src', 'web', 'test', 'bench', 'scripts'].map((folder) => `${folder}/**/*.test.ts`),
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
