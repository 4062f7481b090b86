/** @file Runs the Python scripts beside this file with the reference implementation. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const REFERENCE = join(import.meta.dirname, '../../bench/reference');

/** Whether bench/reference/setup.sh was run; prints the reason where not. */
export function hasReference(): boolean {
  const venv = process.env['PLIMSOLL_REFERENCE_VENV'] ?? join(REFERENCE, 'venv');
  if (existsSync(join(venv, 'bin/python'))) return true;
  console.warn(`skipped: no reference implementation in ${venv} (bash bench/reference/setup.sh)`);
  return false;
}

export interface PythonFacts {
  readonly loss: number;
  /** greedy answers, start token and padding included */
  readonly generate: number[][];
}

/** @throws with what Python wrote to stderr when it fails */
export function runPython(script: string, options: Readonly<Record<string, string>>): PythonFacts {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const printed = execFileSync(
    join(REFERENCE, 'python'),
    [join(import.meta.dirname, `${script}.py`), ...args],
    // Its threads spin while they wait, and other tests run beside this one.
    {
      encoding: 'utf8',
      env: { ...process.env, OMP_NUM_THREADS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const facts: PythonFacts = JSON.parse(printed);
  return facts;
}
