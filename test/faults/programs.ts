/** @file The programs of the fault suite, compiled where that needs a compiler; null where there is none. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const HERE = import.meta.dirname;
/** For compiled programs; the caller removes it. */
export const BUILT = mkdtempSync(join(tmpdir(), 'plimsoll-faults-'));

/** A file that takes memory of whoever writes it; the caller removes it. */
export const IN_MEMORY = join('/dev/shm', basename(BUILT));

export const C = compiled('gcc', ['-O1', '-o', join(BUILT, 'fault'), join(HERE, 'fault.c')])
  ? [join(BUILT, 'fault')]
  : null;

/** The interpreter itself: what stands first in PATH may be a script that looks for it. */
export const PYTHON = python();

export const JAVA = compiled('javac', ['-d', BUILT, join(HERE, 'Fault.java')])
  ? (...flags: string[]) => ['java', ...flags, '-cp', BUILT, 'Fault']
  : null;

export const NODE = (...flags: string[]) => [process.execPath, ...flags, join(HERE, 'fault.js')];

export const BAD_ALLOC = badAlloc();

function python(): string[] | null {
  const { status, stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)']);
  return status === 0 ? [stdout.toString().trim(), join(HERE, 'fault.py')] : null;
}

function badAlloc(): string[] | null {
  const file = join(BUILT, 'bad-alloc');
  const source = 'int main() { for (;;) new char[1ul << 46]; }';
  const { status } = spawnSync('gcc', ['-x', 'c++', '-o', file, '-', '-lstdc++'], {
    input: source,
  });
  return status === 0 ? [file] : null;
}

function compiled(compiler: string, args: readonly string[]): boolean {
  return spawnSync(compiler, args).status === 0;
}
