/** @file How the dashboard is built into dist/web, which the service serves. */
import { join } from 'node:path';
import { defineConfig } from 'vite';
import { compress } from './build/compress.ts';

const here = import.meta.dirname;

/** That React's packages say 'use client' for frameworks that render on a server, and how long what took. */
const QUIET: ReadonlySet<string | undefined> = new Set([
  'MODULE_LEVEL_DIRECTIVE',
  'PLUGIN_TIMINGS',
]);

export default defineConfig({
  root: here,
  resolve: { conditions: ['source'] },
  build: {
    outDir: join(here, '../dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    // The service's policy lets a page load its own files and nothing that is written into it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      onLog: (level, log, tell) => {
        if (!QUIET.has(log.code)) tell(level, log);
      },
    },
  },
  logLevel: 'warn',
  plugins: [compress()],
  // `vite web` while a service runs: the page is renewed as its code is written.
  server: { proxy: { '/api': process.env['PLIMSOLL_SERVER'] ?? 'http://127.0.0.1:8018' } },
});
