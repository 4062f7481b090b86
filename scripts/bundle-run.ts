/**
 * @file The last step of the build: `plimsoll run` as one file, with what it may need later beside it.
 *
 * Schemas and YAML stay where they are: most commands do without, and they are loaded when one does not.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

const FOLDER = 'dist/run';

rmSync(FOLDER, { recursive: true, force: true }); // names of parts change with what is in them
await build({
  entryPoints: { main: 'src/cli/run-main.ts' },
  outdir: FOLDER,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['source'],
  external: ['#protocol', 'yaml'],
  // commander is CommonJS, and asks for Node's own modules.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
