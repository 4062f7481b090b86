/**
 * @file The last step of the build: `plimsoll run` as one script, its beginning, and V8's compiled form of it, which
 * a first run makes (src/cli/run-start.ts).
 *
 * Schemas and YAML stay where they are: most commands do without, and they are loaded when one does not.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';

const FOLDER = 'dist/run';
const LATER = ['#protocol', 'yaml'];

const options = {
  outdir: FOLDER,
  bundle: true,
  platform: 'node',
  format: 'cjs', // ESM takes 10 ms more to begin, and V8's compiled form of it cannot be kept
  outExtension: { '.js': '.cjs' },
  target: 'node20',
  conditions: ['source'],
  define: { 'import.meta.dirname': '__dirname' },
  logLevel: 'warning',
} as const satisfies BuildOptions;

rmSync(FOLDER, { recursive: true, force: true }); // names change with what is in the files
const { metafile, outputFiles } = await build({
  ...options,
  write: false,
  entryPoints: { program: 'src/cli/run-main.ts' },
  entryNames: '[name]-[hash]',
  external: LATER,
  banner: { js: '(function (require, module, exports, __dirname, load) {' },
  footer: { js: '})' },
  metafile: true,
});
refuseEarly('src/cli/run-main.ts', metafile.inputs);
// A script that V8 takes from its compiled form knows no import() (Node 20): its beginning does that for it.
mkdirSync(FOLDER);
for (const { path, text } of outputFiles) {
  const loading = LATER.reduce(
    (all, name) => all.replaceAll(`import("${name}")`, `load("${name}")`),
    text,
  );
  if (/\bimport\(/.test(loading))
    throw new Error(`${relative('.', path)}: import() of what is not in LATER`);
  writeFileSync(path, loading);
}
const [program = ''] = Object.keys(metafile.outputs);
await build({
  ...options,
  entryPoints: { main: 'src/cli/run-start.ts' },
  define: { ...options.define, PROGRAM: JSON.stringify(basename(program)) },
});

// Its end is one with a report, so that what prints it is compiled as well.
const records = mkdtempSync(join(tmpdir(), 'plimsoll-build-'));
try {
  const env = { ...process.env, XDG_STATE_HOME: records, NODE_OPTIONS: '' };
  execFileSync(resolve('bin/plimsoll'), ['run', '--', 'sh', '-c', 'kill -9 $$'], {
    env,
    stdio: 'ignore',
  });
} catch {
  // Ended by its own signal, 137; where no command can be supervised, the first run that can makes the file.
} finally {
  rmSync(records, { recursive: true });
}

/** What each command would wait for, through a chain of imports that nobody sees. */
function refuseEarly(file: string, inputs: Metafile['inputs'], seen = new Set<string>()): void {
  if (seen.has(file)) return;
  seen.add(file);
  for (const { path, kind, external } of inputs[file]?.imports ?? []) {
    if (kind === 'dynamic-import') continue;
    if (LATER.includes(path))
      throw new Error(`${file} loads ${path}: import() it where it is needed`);
    if (!external) refuseEarly(path, inputs, seen);
  }
}
