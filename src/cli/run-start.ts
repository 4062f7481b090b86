/**
 * @file Where `plimsoll run` begins. All of it is one script (scripts/bundle-run.ts), and V8's compiled form of
 * that lies beside it in a file, as Python's does in __pycache__: a command waits 20 ms less for it.
 *
 * The file's name says of which text and which Node it is, and V8 refuses what it did not make itself, under the
 * same flags: then, and where there is none, the script is compiled anew. The first run that finds none of use
 * writes one when it ends, where it may: by then V8 has compiled all that a run takes. One with flags of its own
 * (NODE_OPTIONS) does not: its file would be of no use to others.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** Name of the script, its hash included; the build fills it in. */
declare const PROGRAM: string;

const file = join(import.meta.dirname, PROGRAM);
const compiled = `${file}.${process.version}-${process.arch}`;

const cachedData = compiledCode();
const script = new Script(readFileSync(file, 'latin1'), {
  filename: file,
  ...(cachedData && { cachedData }),
});
const ofUse = cachedData !== undefined && !script.cachedDataRejected;
if (!ofUse && !process.env['NODE_OPTIONS']) process.once('exit', keepCompiledCode);
// The script itself cannot import(): V8 forgets on whose behalf when it takes the compiled form.
const load = async (name: string): Promise<unknown> => {
  // What is loaded later leaves much garbage at once, and V8 would make room for as much again, for good: 5 MiB.
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--semi-space-growth-factor=1');
  process.off('exit', keepCompiledCode); // compiled under other flags now
  return await import(name);
};
script.runInThisContext()(require, module, exports, import.meta.dirname, load);

function compiledCode(): Buffer | undefined {
  try {
    return readFileSync(compiled);
  } catch {
    return undefined; // the first run, or another Node than the build's
  }
}

/** Flushed, as all that must be whole: V8 looks at its beginning and length alone, and a hole in it is a crash. */
function keepCompiledCode(): void {
  const temporary = `${compiled}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, script.createCachedData(), { flush: true });
    renameSync(temporary, compiled);
  } catch {
    rmSync(temporary, { force: true }); // not ours to write: compiled anew each time
  }
}
